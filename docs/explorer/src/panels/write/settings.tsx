/**
 * How tokens are chosen, and how many.
 * @module
 */
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";
import { SliderField } from "../../parts/slider-field.tsx";
import { change, seed as seedState } from "../../state.ts";
import { DEFAULT_LENGTH, settings } from "./writing.ts";

/** A link holds nine digits of it. */
const LAST_SEED = 999_999_999;

/** What is as it would be anyway does not stand in the link. */
const unless = (value: number, usual: number) => (value === usual ? undefined : value);

export function Settings() {
  const { length, temperature, topP, topK, seed } = settings();
  const { contextLength, vocabSize } = overview.value.model;
  const isGreedy = temperature === 0;
  return (
    <section class="card settings" aria-label="How it is written">
      <SliderField
        label="Temperature"
        note={isGreedy ? "greedy: always the likeliest" : "flattens, or sharpens"}
        value={temperature}
        {...{ from: 0, to: 2, step: 0.05 }}
        set={(to) => change({ temperature: unless(to, 0) })}
      />
      <SliderField
        label="Top-p"
        note={topP === 1 ? "cuts nothing" : "cuts the unlikely tail"}
        value={topP}
        {...{ from: 0.05, to: 1, step: 0.05 }}
        isOff={isGreedy}
        set={(to) => change({ topP: unless(to, 1) })}
      />
      <SliderField
        label="Top-k"
        note={topK === undefined ? `all ${count(vocabSize)}` : "keeps so many"}
        value={topK ?? vocabSize}
        {...{ from: 1, to: vocabSize, step: 1 }}
        isOff={isGreedy}
        set={(to) => change({ topK: unless(to, vocabSize) })}
      />
      <SliderField
        label="Length"
        note="tokens, at most"
        value={length}
        {...{ from: 1, to: contextLength, step: 1 }}
        set={(to) => change({ length: unless(to, DEFAULT_LENGTH) })}
      />
      <SliderField
        label="Seed"
        note={isGreedy ? "greedy draws nothing" : "the same seed, the same text"}
        value={seed}
        {...{ from: 0, to: LAST_SEED, step: 1 }}
        isOff={isGreedy}
        isTyped
        set={(to) => change({ seed: unless(to, 0) })}
      />
      <button
        type="button"
        disabled={isGreedy}
        onClick={() => change({ seed: (seedState.value ?? 0) + 1 })}
      >
        Another seed
      </button>
    </section>
  );
}

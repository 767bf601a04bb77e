/**
 * What of the model learns, how far a step goes, and how many there are.
 * @module
 */
import { Choices } from "../../parts/choices.tsx";
import { SliderField } from "../../parts/slider-field.tsx";
import { change } from "../../state.ts";
import {
  DEFAULT_RANK,
  DEFAULT_STEPS,
  defaultRate,
  doing,
  isLora,
  MOST_RANK,
  MOST_RATE,
  MOST_STEPS,
  settings,
} from "./learning.ts";
import { BATCH } from "./question.ts";

const WAYS = ["All weights", "LoRA"];

/** What is as it would be anyway does not stand in the link. */
const unless = (value: number, usual: number) => (value === usual ? undefined : value);

export function Settings() {
  const { rank, rate, steps } = settings.value;
  const isOff = doing.value === "learn" || doing.value === "stop";
  return (
    <section class="card settings" aria-label="How it learns">
      <Choices
        label="What learns"
        class="segments"
        count={WAYS.length}
        chosen={isLora.value ? 1 : 0}
        choose={(i) => {
          if (!isOff) change({ view: i === 1 ? "lora" : undefined, rate: undefined });
        }}
        item={(i) => <>{WAYS[i]}</>}
      />
      <p class="muted">
        {rank === undefined
          ? "Every weight moves."
          : "Weights stay. Beside each matrix of a block two thin ones learn, of this rank."}
      </p>
      {rank !== undefined && (
        <SliderField
          label="Rank"
          note="how thin they are"
          value={rank}
          {...{ from: 1, to: MOST_RANK, step: 1, isOff }}
          set={(to) => change({ rank: unless(Math.round(to), DEFAULT_RANK) })}
        />
      )}
      <SliderField
        label="Learning rate"
        note="at its peak"
        value={rate}
        {...{ from: 0.0001, to: MOST_RATE, step: 0.0001, isOff }}
        set={(to) => change({ rate: unless(+to.toFixed(6), defaultRate.value) })}
      />
      <SliderField
        label="Steps"
        note={`of ${BATCH} conversations`}
        value={steps}
        {...{ from: 1, to: MOST_STEPS, step: 1, isOff }}
        set={(to) => change({ steps: unless(Math.round(to), DEFAULT_STEPS) })}
      />
    </section>
  );
}

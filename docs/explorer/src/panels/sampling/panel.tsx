/**
 * From logits to one word: divided by the temperature, softmax, cut by top-p, then by top-k, renewed, drawn.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { count, percent, pieceText } from "../../format.ts";
import { Frame } from "../../parts/frame.tsx";
import { Piece } from "../../parts/piece.tsx";
import * as state from "../../state.ts";
import { Draw } from "./draw.tsx";
import type { Sampling } from "./question.ts";
import { drawingOf, HOTTEST, LEAST_P, PRESETS, SEED, TEMPERATURE, TOP_P } from "./settings.ts";
import { Slider } from "./slider.tsx";
import { SamplingTable } from "./table.tsx";
import "./style.css";

export default function SamplingPanel() {
  const { prompt, pos, model, next } = overview.value;
  const [first] = next;
  const V = model.vocabSize;
  const asked = [state.temperature.value, state.topP.value, state.topK.value];
  useEffect(() => refuseWhatCannotBe(V), [V, ...asked]);
  const temperature = within(state.temperature.value, 0, HOTTEST);
  const topP = within(state.topP.value, LEAST_P, 1);
  const topK = within(state.topK.value, 1, V);
  const set = { temperature, topP, topK };
  const drawing = drawingOf(set, V);
  const seed = state.seed.value ?? SEED;
  const shown = useAnswer("sampling", { prompt, pos, seed, ...drawing });
  const switches = (
    <fieldset class="presets">
      <legend class="unseen">Settings to begin with</legend>
      {PRESETS.map(([name, to]) => {
        const is = drawingOf({ ...set, ...to }, V);
        const isNow = is.temperature === drawing.temperature && is.topP === drawing.topP;
        return (
          <button
            key={name}
            type="button"
            aria-pressed={isNow && is.topK === drawing.topK}
            onClick={() => state.change(to)}
          >
            {name}
          </button>
        );
      })}
    </fieldset>
  );
  return (
    <Frame panel="sampling" title="From logits to one word" switches={switches} answer={shown}>
      {(sampling) => (
        <>
          <p class="hint">
            The model gives every token a chance, <Piece piece={first.piece} />{" "}
            {percent(first.chance)}. A number is drawn, so another word may come. Temperature, top-p
            and top-k change the chances before that.
          </p>
          <div class="sliders">
            <Slider
              name="Temperature"
              value={drawing.temperature}
              ends={["0 greedy", String(HOTTEST)]}
              {...{ min: 0, max: HOTTEST, step: 0.05 }}
              set={(value) =>
                state.change({ temperature: value === TEMPERATURE ? undefined : value })
              }
            >
              {heat(sampling)}
            </Slider>
            <Slider
              name="Top-p"
              value={drawing.topP}
              ends={[String(LEAST_P), "1 off"]}
              {...{ min: LEAST_P, max: 1, step: 0.01 }}
              isOff={drawing.temperature === 0}
              set={(value) => state.change({ topP: value === TOP_P ? undefined : value })}
            >
              keeps {count(sampling.counts.afterTopP)} of {count(sampling.counts.all)}
            </Slider>
            <Slider
              name="Top-k"
              value={drawing.topK}
              ends={["1", `${count(V)} off`]}
              {...{ min: 1, max: V, step: 1 }}
              isLog
              isOff={drawing.temperature === 0}
              set={(value) => state.change({ topK: value === V ? undefined : value })}
            >
              {cut(sampling)}
            </Slider>
          </div>
          <SamplingTable sampling={sampling} />
          <Draw sampling={sampling} />
        </>
      )}
    </Frame>
  );
}

const within = (value: number | undefined, from: number, to: number) =>
  value !== undefined && value >= from && value <= to ? value : undefined;

/** A link may ask for more than the sliders have. */
function refuseWhatCannotBe(V: number): void {
  const limits = [
    ["temperature", state.temperature, 0, HOTTEST],
    ["topP", state.topP, LEAST_P, 1],
    ["topK", state.topK, 1, V],
  ] as const;
  for (const [part, { value }, from, to] of limits) {
    if (value !== undefined && within(value, from, to) === undefined) {
      state.refuse(part, `from ${from} to ${to}`);
    }
  }
}

/** What the temperature does to the most probable token. */
function heat({ drawing: { temperature }, candidates: [first], own }: Sampling): string {
  if (temperature === 0) return `no draw: always ${pieceText(first.piece)}`;
  if (temperature === 1) return "as the model has it";
  const does = temperature > 1 ? "flattens" : "sharpens";
  return `${does}: ${pieceText(first.piece)} ${percent(own)} → ${percent(first.tempered)}`;
}

function cut({ counts: { afterTopP, afterTopK } }: Sampling): string {
  const more = afterTopP - afterTopK;
  return more <= 0 ? "cuts nothing more" : `cuts ${count(more)} more, keeps ${count(afterTopK)}`;
}

/**
 * What the colours, numbers and frames of the page mean.
 * @module
 */
import type { Diagnosis, Result } from "../../run/result.ts";
import { type Markup, markup } from "../markup.ts";
import { SCALE, signOf } from "./scale.ts";

/** The legend, for the results of a tier. */
export function legend(results: readonly Result[], diagnosis: Diagnosis | undefined): Markup {
  const steps = SCALE.map(({ name, label, example }) => {
    return step(markup`<b class="${name}">${signOf(example)}</b>`, label);
  });
  const ids = new Set(results.map(({ id }) => id));
  const { first, isolated = [] } = diagnosis ?? {};
  const notes = [
    markup`<span>A number n: up to 10<sup>n</sup> times</span>`,
    ...(first && ids.has(first.id)
      ? [step(markup`<b class="s4 first"></b>`, "first output that is off")]
      : []),
    ...(isolated.some(({ id }) => ids.has(id))
      ? [step(markup`<b class="s4 own"></b>`, "wrong by itself, from the testee’s own inputs")]
      : []),
    step(markup`<b class="none"></b>`, "not asked for, or not given"),
    ...(results.some(({ beyondGemma1 }) => beyondGemma1)
      ? [markup`<span>† a shape that Gemma 1 does not have</span>`]
      : []),
  ];
  return markup`<p class="legend"><strong>Error over budget</strong>
${steps}</p>
<p class="legend">${notes}</p>`;
}

function step(swatch: Markup, label: string): Markup {
  return markup`<span class="step">${swatch}${label}</span>`;
}

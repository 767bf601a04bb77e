/**
 * Vectors without a forward pass through a model: operators, invariants, texts. A line for each group, and in it a
 * chip for each vector in the colour of its worst output.
 * @module
 */
import type { Result, TapResult } from "../../run/result.ts";
import { tapTitle } from "../figures.ts";
import { type Markup, markup } from "../markup.ts";
import { reasonOf } from "../reason.ts";
import type { Marks } from "./marks.ts";
import { numbersOf } from "./numbers.ts";
import { signOf, stepOf } from "./scale.ts";
import { caseName, groupsOf, SIGNS, toneOf } from "./signs.ts";

/** The chips of `results`, by the second part of their ids: `t0.rope.last` is `last` in the line `rope`. */
export function chips(results: readonly Result[], marks: Marks): Markup {
  const lines = groupsOf(results).map(({ title, results: own }) => {
    return markup`<dt>${title}</dt><dd>${own.map((result) => chip(result, marks(result.id)))}</dd>`;
  });
  return markup`<dl class="chips">
${lines}
</dl>`;
}

function chip(result: Result, classes: string): Markup {
  const { id, status, note } = result;
  const worst = worstOf(result.taps);
  const numbers = worst ? [`${tapTitle(worst)}:`, ...numbersOf(worst)] : [];
  const title = [`${id}: ${status}`, note, reasonOf(result), ...numbers].filter(Boolean).join("\n");
  // The numbers of an expected failure, say, are not what it is about.
  const isByNumbers = worst && (status === "pass" || status === "fail");
  const colour = isByNumbers ? stepOf(worst.over).name : toneOf(result);
  const sign = (isByNumbers && signOf(worst.over)) || SIGNS[status][0];
  return markup`<span class="chip ${colour}${classes}" title="${title}">${caseName(id)}<b>${sign}</b></span>`;
}

function worstOf(taps: readonly TapResult[]): TapResult | undefined {
  let worst = taps[0];
  for (const tap of taps) {
    if (Number.isNaN(tap.over) || tap.over > worst.over) worst = tap;
  }
  return worst;
}

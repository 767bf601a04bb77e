/**
 * What `dpo` says.
 * @module
 */

import type { DpoReport } from "../../preference/dpo/dpo.ts";
import type { DpoFigures } from "../../preference/dpo/dpo-learner.ts";
import type { Style } from "../terminal/style.ts";
import type { Learnt } from "../training/learn.ts";

export function demoBegin(pairs: number, steps: number, style: Style): string {
  const text = `A tiny Gemma learns which of two tales is liked better: ${pairs} pairs, ${steps} steps.`;
  return `${style("bold", text)}\n`;
}

/** What has come of a run. */
export function dpoText({ last, written }: Learnt<DpoReport>, style: Style): string {
  const first = last
    ? `Loss ${last.loss.toFixed(4)} in step ${last.step}${validText(last)}.`
    : "There was nothing left to learn.";
  const left = last?.leftOut ? [`Left out: ${last.leftOut} pairs with a longer answer.`] : [];
  const found = last ? figuresText(last) : [];
  return [style("bold", first), ...left, ...found, ...written, ""].join("\n");
}

const validText = ({ validLoss }: DpoReport) =>
  validLoss === undefined ? "" : `, ${validLoss.toFixed(4)} on pairs that it did not learn`;

/** Both answers, of the pairs that were not learnt if there are any. */
function figuresText({ figures, validFigures }: DpoReport): string[] {
  const shown: DpoFigures = validFigures ?? figures;
  const of = validFigures ? "Of those" : "In that step";
  const { accuracy, margin, drift } = shown;
  const line = (name: string, change: number, logprob: number, tokens: number) =>
    `${name.padEnd(10)} log p ${signed(change).padStart(7)}  now ${logprob.toFixed(2).padStart(8)}  ${tokens.toFixed(1)} tokens`;
  return [
    `${of}, ${(100 * accuracy).toFixed(1)} % are ordered as they were labelled; margin ${margin.toFixed(3)}, drift ${drift.toFixed(2)}.`,
    line("preferred", shown.chosenChange, shown.chosenLogprob, shown.chosenTokens),
    line("the other", shown.rejectedChange, shown.rejectedLogprob, shown.rejectedTokens),
  ];
}

const signed = (x: number) => `${x > 0 ? "+" : ""}${x.toFixed(2)}`;

/**
 * How much a bug hurts: in words of the text, and as a place on a scale.
 * @module
 */
import { activation } from "../../format.ts";
import type { Break, Broken, Bug } from "./question.ts";

/** What a reader of the text would notice. */
export type Outcome = "next" | "later" | "none" | "cannot";

export function outcomeOf({ whole }: Break, { words, unseen }: Broken): Outcome {
  if (unseen !== undefined) return "cannot";
  if (words[0]?.id !== whole.words[0]?.id) return "next";
  return sameWords(whole.words, words) < whole.words.length ? "later" : "none";
}

/** How many words are the same before the first that is not. */
export function sameWords(right: readonly { id: number }[], wrong: readonly { id: number }[]) {
  const other = right.findIndex(({ id }, i) => id !== wrong[i]?.id);
  return other === -1 ? right.length : other;
}

export const isWhole = ({ bugs, broken }: Break) => bugs.every(({ id }) => broken[id]);

/** The worst first, once all are measured. */
export function byChange({ bugs, broken }: Break): Bug[] {
  return [...bugs].sort((a, b) => broken[b.id].change - broken[a.id].change);
}

/** Powers of ten: below the first a bar has no length, at the last it is full. */
const [LEAST, MOST] = [-7, 3];

/** Its place between 0 and 1: each step of the same width is ten times more. */
export function share(change: number): number {
  if (change === 0) return 0;
  const place = (Math.log10(change) - LEAST) / (MOST - LEAST);
  return Math.max(0, Math.min(1, place));
}

/** 5.440; what three decimals do not show as 4.2e−4. */
export function changeText(change: number): string {
  if (change === 0) return "0";
  return change < 5e-4 ? change.toExponential(1).replace("-", "−") : activation(change);
}

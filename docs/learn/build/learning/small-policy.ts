/**
 * A policy of 400 answers, all written out: eight words, at most three of them said. It is a table: for each beginning, a logit
 * for each word that may follow. Rewards and the reference are those of `fixtures/learning/enumerable`.
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readNpz } from "../../../../src/checkpoint/numpy/npz.ts";
import { logSumExp } from "../../../../src/preference/exact/distribution.ts";

/** The words by their ids. `end` closes an answer; three words without it are cut. */
export const WORDS = ["and", "end", "a", "fox", "saw", "plum", "thorn", "red"] as const;
const END = 1;
const [PLUM, THORN] = [5, 6];

const FILE = "fixtures/learning/enumerable/exact.npz";
const arrays = readNpz(
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../../${FILE}`, import.meta.url)))),
  FILE,
);

/** An array of the golden file. */
export function exact(name: string): Float64Array {
  const array = arrays.get(name);
  if (!array) throw new Error(`no ${name} in ${FILE}`);
  return Float64Array.from(array.data as ArrayLike<number>);
}

/** All answers, as ids: one to three words. */
export const ANSWERS: readonly (readonly number[])[] = (() => {
  const [ids, mask] = [exact("ids"), exact("mask")];
  return Array.from({ length: 400 }, (_, y) =>
    [...ids.slice(5 * y + 2, 5 * y + 5)].slice(
      0,
      mask.slice(4 * y, 4 * y + 4).reduce((sum, m) => sum + m, 0),
    ),
  );
})();

/** log π_ref of each answer. */
export const REFERENCE: Float64Array = exact("reference_logprobs");
/** r of each answer: a plum is worth 1, a thorn costs ¼, an end is worth ½. */
export const REWARDS: Float64Array = exact("rewards");
/** Whether an answer ends. */
export const ENDS: readonly boolean[] = ANSWERS.map((answer) => answer.at(-1) === END);

/** What somebody else thinks, who was not asked: one plum is enough, each further one costs ½; an end is worth ½. */
export const SECOND: Float64Array = Float64Array.from(ANSWERS, (answer, y) => {
  const plums = answer.filter((id) => id === PLUM).length;
  return Math.min(plums, 1) - Math.max(0, plums - 1) / 2 + (ENDS[y] ? 0.5 : 0);
});

/** The golden rewards, counted again. */
export function rewardOf(answer: readonly number[]): number {
  const count = (word: number) => answer.filter((id) => id === word).length;
  return count(PLUM) - count(THORN) / 4 + (answer.at(-1) === END ? 0.5 : 0);
}

/** Beginnings that a word may follow, 57 of them: none, one and two words without an end. */
const BEGINNINGS = new Map(
  [[], ...ANSWERS.filter(({ length }) => length === 3).flatMap(([a, b]) => [[a], [a, b]])]
    .map((beginning) => beginning.join())
    .filter((key, at, all) => all.indexOf(key) === at)
    .map((key, at) => [key, at] as const),
);
/** Where in the table each word of each answer stands. */
export const PLACES: readonly (readonly number[])[] = ANSWERS.map((answer) =>
  answer.map((id, t) => 8 * (BEGINNINGS.get(answer.slice(0, t).join()) as number) + id),
);

/** The table of a policy: logits are the log-probabilities of all answers that begin so. @param sums log π of each answer. */
export function tableOf(sums: Float64Array): Float64Array {
  const of: number[][] = Array.from({ length: 8 * BEGINNINGS.size }, () => []);
  PLACES.forEach((places, y) => {
    for (const place of places) of[place].push(sums[y]);
  });
  return Float64Array.from(of, logSumExp);
}

/** log π of each word behind each beginning, as long as the table. */
export function wordLogprobs(table: Float64Array): Float64Array {
  return table.map((logit, i) => logit - logSumExp(table.subarray(i & ~7, (i & ~7) + 8)));
}

/** log π of each answer. */
export function answerLogprobs(table: Float64Array): Float64Array {
  const words = wordLogprobs(table);
  return Float64Array.from(PLACES, (places) => places.reduce((sum, at) => sum + words[at], 0));
}

/** ∂/∂logits, of ∂/∂ log π of words: added up by place, as places are met many times. */
export function tableGradient(table: Float64Array, slopes: Float64Array): Float64Array {
  const words = wordLogprobs(table);
  const gradient = slopes.slice();
  for (let row = 0; row < table.length; row += 8) {
    const sum = slopes.subarray(row, row + 8).reduce((all, slope) => all + slope, 0);
    for (let i = row; i < row + 8; i++) gradient[i] -= sum * Math.exp(words[i]);
  }
  return gradient;
}

/** What a policy is like, over all answers. */
export interface Measured {
  /** E[r]. */
  readonly reward: number;
  /** KL(π ‖ π_ref). */
  readonly kl: number;
  /** e to the entropy: among how many answers it hesitates. */
  readonly answers: number;
  /** The probability that it ends. */
  readonly ends: number;
  /** E of {@link SECOND}. */
  readonly second: number;
}

/** @param logprobs log π of each answer. */
export function measure(logprobs: Float64Array): Measured {
  const found = { reward: 0, kl: 0, entropy: 0, ends: 0, second: 0 };
  logprobs.forEach((S, y) => {
    const p = Math.exp(S);
    if (p === 0) return;
    found.reward += p * REWARDS[y];
    found.kl += p * (S - REFERENCE[y]);
    found.entropy -= p * S;
    found.ends += ENDS[y] ? p : 0;
    found.second += p * SECOND[y];
  });
  const { entropy, ...measured } = found;
  return { ...measured, answers: Math.exp(entropy) };
}

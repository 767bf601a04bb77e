/**
 * Whether a judge prefers the longer answer. The longer answer may also be the better one; so where it is known which is better,
 * only the judge's mistakes count: a judge who likes length errs towards it.
 * @module
 */
import { signTest } from "../../evaluation/metrics/compare.ts";
import { assertPairs, type JudgedPair, outcomeOf } from "../outcome.ts";

/** What the lengths of answers had to do with the outcomes. A pair counts once, whatever the number of its orders. */
export interface LengthBias {
  /** Pairs won by the longer answer. */
  readonly longer: number;
  /** Pairs won by the shorter answer. */
  readonly shorter: number;
  /** longer / (longer + shorter); undefined without such pairs. */
  readonly longerShare: number | undefined;
  /** The probability of such a split, or one more uneven, if length did not matter: exact, two-sided. */
  readonly p: number;
  /** Of these, wins over an answer that is known to be better, or as good; undefined if nothing is known. */
  readonly mistakes: LengthOfMistakes | undefined;
}

/** Mistakes by length. */
export interface LengthOfMistakes {
  /** Mistakes for the longer answer. */
  readonly longer: number;
  /** Mistakes for the shorter answer. */
  readonly shorter: number;
  /** As that of all outcomes. */
  readonly p: number;
}

/** Counts outcomes by length. Pairs without lengths, of equal lengths, tied or with an error say nothing about it. */
export function lengthBias(pairs: readonly JudgedPair[]): LengthBias {
  assertPairs("lengthBias", pairs);
  const counts = { longer: 0, shorter: 0 };
  const mistakes = { longer: 0, shorter: 0 };
  let isKnown = false;
  for (const pair of pairs) {
    const outcome = outcomeOf(pair);
    const [one, two] = pair.lengths ?? [0, 0];
    if (one === two || (outcome !== "win" && outcome !== "loss")) continue;
    const side = (outcome === "win") === one > two ? "longer" : "shorter";
    counts[side]++;
    if (pair.better === undefined) continue;
    isKnown = true;
    if (pair.better !== (outcome === "win" ? "model_1" : "model_2")) mistakes[side]++;
  }
  const { longer, shorter } = counts;
  return {
    ...counts,
    longerShare: longer + shorter > 0 ? longer / (longer + shorter) : undefined,
    ...signTest(longer, shorter),
    mistakes: isKnown ? { ...mistakes, ...signTest(mistakes.longer, mistakes.shorter) } : undefined,
  };
}

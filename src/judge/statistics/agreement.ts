/**
 * How often a judge says what somebody knows who looked: people, or whoever planted the fault.
 * @module
 */
import { signTest } from "../../evaluation/metrics/compare.ts";
import { assertPairs, type JudgedPair, outcomeOf } from "../outcome.ts";

/** Outcomes beside what is known. */
export interface Agreement {
  /** Pairs of which it is known which answer is better, and which have a verdict. */
  readonly pairs: number;
  /** Pairs with the outcome that is known, ties included. */
  readonly right: number;
  /** right / pairs; undefined without pairs. */
  readonly share: number | undefined;
  /** Of pairs that one answer won and one is better: how many the better one won. */
  readonly decidedRight: number;
  /** Of the same pairs: how many the other one. */
  readonly decidedWrong: number;
  /** The probability of such a split, or one more uneven, if the judge guessed: exact, two-sided. */
  readonly p: number;
}

const OUTCOME = { model_1: "win", model_2: "loss", tie: "tie" } as const;

/** Counts pairs with {@link JudgedPair.better}. */
export function agreement(pairs: readonly JudgedPair[]): Agreement {
  assertPairs("agreement", pairs);
  let [known, right, decidedRight, decidedWrong] = [0, 0, 0, 0];
  for (const pair of pairs) {
    const outcome = outcomeOf(pair);
    if (outcome === "error" || pair.better === undefined) continue;
    const truth = OUTCOME[pair.better];
    known++;
    if (outcome === truth) right++;
    if (outcome === "tie" || truth === "tie") continue;
    if (outcome === truth) decidedRight++;
    else decidedWrong++;
  }
  return {
    ...{ pairs: known, right, decidedRight, decidedWrong },
    share: known > 0 ? right / known : undefined,
    p: signTest(decidedRight, decidedWrong).p,
  };
}

/**
 * Whether a judge prefers an answer for its place. Shown in both orders, an unbiased judge that changes its mind does so in both
 * directions alike; that is tested by the sign test. Wang et al. 2023 (arXiv:2305.17926), Zheng et al. 2023 (arXiv:2306.05685).
 * @module
 */
import { signTest } from "../../evaluation/metrics/compare.ts";
import { assertPairs, type JudgedPair, outcomeOf, type Verdict, type Winner } from "../outcome.ts";

/** What the places of answers had to do with the verdicts. Pairs with an error are left out of all of it. */
export interface PositionBias {
  /** Verdicts for the answer shown first; each order is a verdict. */
  readonly first: number;
  /** Verdicts for the answer shown second. */
  readonly second: number;
  /** Verdicts for neither. */
  readonly tie: number;
  /** first / (first + second); undefined if all verdicts are ties. */
  readonly firstShare: number | undefined;
  /** Pairs shown in both orders. */
  readonly both: number;
  /** Of those: the share with the same winner, or a tie, twice. Undefined without such pairs. */
  readonly consistency: number | undefined;
  /** Pairs that the same model won twice. */
  readonly kept: number;
  /** Pairs that the answer shown first won twice: once each model. */
  readonly flipsToFirst: number;
  /** Pairs that the answer shown second won twice. */
  readonly flipsToSecond: number;
  /**
   * The probability of such a split, or one more uneven, if places did not matter: exact, two-sided, of the flips; of all verdicts
   * if no pair was shown in both orders, where models must have been shuffled.
   */
  readonly p: number;
}

/** The place that a winner had in its order: 0 or 1. */
function placeOf(winner: Winner | null, order: number): Verdict | undefined {
  if (winner === null || winner === "error") return undefined;
  if (winner === "tie") return "tie";
  return (winner === "model_1") === (order === 0) ? "A" : "B";
}

/** Counts verdicts by place, and pairs by what the other order did to them. */
export function positionBias(pairs: readonly JudgedPair[]): PositionBias {
  assertPairs("positionBias", pairs);
  const places = pairs
    .filter((pair) => outcomeOf(pair) !== "error")
    .map(({ winners }) => winners.map(placeOf).filter((place) => place !== undefined));
  const verdicts = places.flat();
  const count = (place: Verdict) => verdicts.filter((verdict) => verdict === place).length;
  const inBoth = places.filter(({ length }) => length === 2).map((both) => both.join(" "));
  const pairsThat = (...both: string[]) => inBoth.filter((found) => both.includes(found)).length;
  const [first, second] = [count("A"), count("B")];
  const [flipsToFirst, flipsToSecond] = [pairsThat("A A"), pairsThat("B B")];
  const kept = pairsThat("A B", "B A");
  const { p } = inBoth.length > 0 ? signTest(flipsToFirst, flipsToSecond) : signTest(first, second);
  return {
    ...{ first, second, tie: count("tie") },
    firstShare: first + second > 0 ? first / (first + second) : undefined,
    both: inBoth.length,
    consistency: inBoth.length > 0 ? (kept + pairsThat("tie tie")) / inBoth.length : undefined,
    ...{ kept, flipsToFirst, flipsToSecond, p },
  };
}

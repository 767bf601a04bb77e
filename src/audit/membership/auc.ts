/**
 * How well a score tells documents that were seen from those that were not: the probability that of one of each the seen one has the lower
 * score (Mann–Whitney), a tie half. ½ is a coin.
 *
 *     AUC = mean over pairs of [seen < unseen] + ½ [seen = unseen]
 *
 * Its standard error is that of DeLong et al. 1988 (Biometrics 44, 837–845): from how much each document's own share of won pairs varies.
 * @module
 */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { type Rate, rateOf } from "../estimates/rate.ts";

/** How well a score separates. */
export interface Auc {
  /** From 0 to 1. */
  readonly auc: number;
  /** √(S_seen / m + S_unseen / n), S the variance of the shares; NaN of one document. */
  readonly standardError: number;
  /** How many were seen. */
  readonly seen: number;
  /** How many were not. */
  readonly unseen: number;
}

/**
 * The AUC of scores that are low for documents that were seen. Time (m + n) log(m + n).
 * @throws {ArgumentError} if a list is empty, or a score is not a number.
 */
export function aucOf(seen: ArrayLike<number>, unseen: ArrayLike<number>): Auc {
  assertScores("seen", seen);
  assertScores("unseen", unseen);
  const [m, n] = [seen.length, unseen.length];
  const won = sharesAbove(seen, unseen);
  const lost = sharesAbove(unseen, seen).map((share) => 1 - share);
  const auc = won.reduce((sum, share) => sum + share, 0) / m;
  const spread = (shares: Float64Array) =>
    shares.reduce((sum, share) => sum + (share - auc) ** 2, 0) / (shares.length - 1);
  const standardError = Math.sqrt(spread(won) / m + spread(lost) / n);
  return { auc, standardError, seen: m, unseen: n };
}

/**
 * The true positive rate at a false positive rate of at most `share`: of documents that were seen, the share whose score is below all but that share of
 * the unseen ones. The threshold lies below the unseen score that would be one error too many, so a tie with it is no find. An AUC says
 * how a score does on the whole; this, whether it is ever sure (Carlini et al. 2021, arXiv:2112.03570).
 * @param share of unseen documents that may be taken for seen. With fewer than 1 / share of them: no error at all.
 * @throws {ArgumentError} as {@link aucOf}, or unless 0 ≤ share < 1.
 */
export function truePositiveRateAt(
  seen: ArrayLike<number>,
  unseen: ArrayLike<number>,
  share: number,
): Rate {
  const op = "truePositiveRateAt";
  assertScores("seen", seen, op);
  assertScores("unseen", unseen, op);
  if (!(share >= 0 && share < 1)) {
    const hint = "1 % is 0.01";
    throw refusals(op).argument("share", "a share from 0 to below 1", brief(share), hint);
  }
  // 0.07 · 100 is 7.000000000000001, and 0.29 · 100 is 28.999999999999996.
  const errors = Math.floor(share * unseen.length + 1e-9);
  const threshold = Float64Array.from(unseen).sort()[errors];
  return rateOf(Array.from(seen), (score) => score < threshold);
}

/** Of each of `own`: the share of `others` that are larger, equals half. */
function sharesAbove(own: ArrayLike<number>, others: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(others).sort();
  return Float64Array.from(own, (score) => {
    const [below, upTo] = [firstFrom(sorted, score, false), firstFrom(sorted, score, true)];
    return (sorted.length - upTo + (upTo - below) / 2) / sorted.length;
  });
}

/** The first place of a sorted list with a number from `score` on, or above it. */
function firstFrom(sorted: Float64Array, score: number, isAbove: boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < score || (isAbove && sorted[middle] === score)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function assertScores(argument: string, scores: ArrayLike<number>, op = "aucOf"): void {
  const refuse = refusals(op);
  if (!isList(scores) || scores.length === 0) {
    throw refuse.argument(argument, "a list of at least one score", brief(scores));
  }
  for (let i = 0; i < scores.length; i++) {
    if (typeof scores[i] === "number" && !Number.isNaN(scores[i])) continue;
    throw refuse.argument(`${argument}[${i}]`, "a number", brief(scores[i]));
  }
}

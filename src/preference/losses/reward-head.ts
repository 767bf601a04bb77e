/**
 * The head of a reward model: one number for a whole answer, read off its last token.
 * Ouyang et al. 2022, arXiv:2203.02155, §3.5: the language model with its output layer replaced by one that gives a scalar.
 *
 *     reward = Σ_d score[0,d] · h[last,d]
 *
 * h is the *output of the final norm*, and last the last token that is not padding: what Hugging Face's
 * `GemmaForSequenceClassification` reads. Which token that is follows from the length. Looking for `id == pad` instead goes wrong
 * as soon as a pad token stands in the text, or pad is another token's id.
 * @module
 */
import { assertInteger } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";
import { assertNumbers } from "./check.ts";

/** How sequences lie in the rows. */
export interface LastRowsOptions {
  /** Rows that each sequence takes, padded on the right. Default: as many as it has tokens, one after the other. */
  readonly padded?: number;
}

const LAST_ROWS_NAMES: OptionNames<LastRowsOptions> = { padded: true };

/**
 * The row of the last token of each sequence, [B].
 * @param lengths tokens of each sequence, 1 or more, padding not counted, [B].
 * @param options rows of a padded sequence: {@link LastRowsOptions}
 * @throws {ArgumentError} if a length is no length, or does not fit.
 */
export function lastRows(lengths: ArrayLike<number>, options: LastRowsOptions = {}): Int32Array {
  assertOptions("lastRows", options, LAST_ROWS_NAMES);
  const { padded } = options;
  if (padded !== undefined) assertInteger("lastRows", "padded", padded, { from: 1 });
  assertNumbers("lastRows", "lengths", lengths);
  let from = 0;
  return Int32Array.from(lengths, (length, b) => {
    assertInteger("lastRows", `lengths[${b}]`, length, { from: 1, to: padded });
    const last = from + length - 1;
    from += padded ?? length;
    return last;
  });
}

/**
 * `h` [R, D], `score` [1, D] → the reward of each sequence, [B], summed in float64 and not rounded.
 * @param rows the row of the last token of each sequence, [B]: {@link lastRows}.
 * @throws {ArgumentError} if a row is not in `h`.
 */
export function rewardHead(h: NdArray, score: NdArray, rows: ArrayLike<number>): Float64Array {
  const D = assertHead("rewardHead", h, score, rows);
  return Float64Array.from(rows, (row) => {
    let reward = 0;
    for (let d = 0; d < D; d++) reward += score.get(0, d) * h.get(row, d);
    return reward;
  });
}

/** The precision, and where the results go. */
export interface RewardHeadBackwardOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [R, D], overwritten, with 0 in all other rows. Allocated when absent. */
  dh?: NdArray;
  /** [1, D], *added* to. Allocated when absent. */
  dScore?: NdArray;
}

const NAMES: OptionNames<RewardHeadBackwardOptions> = { precision: true, dh: true, dScore: true };

/**
 * The backward twin of {@link rewardHead}:
 *
 *     dh[last,d]    = dReward · score[0,d]
 *     dScore[0,d]  += Σ_b dReward[b] · h[last_b,d]
 *
 * @param dRewards ∂loss/∂reward of each sequence, [B].
 * @param options precision, destinations: {@link RewardHeadBackwardOptions}
 * @throws {ArgumentError} as {@link rewardHead}, or if there are not as many rewards as rows.
 */
export function rewardHeadBackward(
  dRewards: ArrayLike<number>,
  h: NdArray,
  score: NdArray,
  rows: ArrayLike<number>,
  options: RewardHeadBackwardOptions = {},
): { readonly dh: NdArray; readonly dScore: NdArray } {
  const op = "rewardHeadBackward";
  assertOptions(op, options, NAMES);
  const D = assertHead(op, h, score, rows);
  assertNumbers(op, "dRewards", dRewards, rows.length);
  const { precision = float32 } = options;
  const { round } = precision;
  const dh = resultOf(op, options.dh, h.shape, precision);
  const dScore = resultOf(op, options.dScore, [1, D], precision);

  for (let r = 0; r < h.shape[0]; r++) for (let d = 0; d < D; d++) dh.set(r, d, 0);
  for (let d = 0; d < D; d++) {
    let sum = 0;
    for (let b = 0; b < rows.length; b++) {
      // Added, as two sequences may end in one row: an answer that is compared with two others.
      dh.set(rows[b], d, round(dh.get(rows[b], d) + dRewards[b] * score.get(0, d)));
      sum += dRewards[b] * h.get(rows[b], d);
    }
    dScore.set(0, d, round(dScore.get(0, d) + sum));
  }
  return { dh, dScore };
}

/** @returns D */
function assertHead(op: string, h: NdArray, score: NdArray, rows: ArrayLike<number>): number {
  assertTensor(op, "h", h, [undefined, undefined]);
  const [R, D] = h.shape;
  assertTensor(op, "score", score, [1, D]);
  assertNumbers(op, "rows", rows);
  for (let b = 0; b < rows.length; b++) {
    assertInteger(op, `rows[${b}]`, rows[b], { from: 0, to: R - 1 });
  }
  return D;
}

/**
 * Cross-entropy: how surprised the model is by the tokens that came, and which logits would have surprised it less.
 * With a weight m[r] for each row (m/M, where M is the number of targets, makes it their mean) and the z-loss of
 * Chowdhery et al. 2022, arXiv:2204.02311, §5, which keeps the softmax's denominator near 1:
 *
 *     lse[r]       = log Σ_v exp(logits[r,v])
 *     logprob[r]   = logits[r, targets[r]] − lse[r]
 *     loss         = Σ_r m[r] · (−logprob[r] + zLoss · lse[r]²)
 *     dlogits[r,v] = m[r] · (softmax(logits[r])[v] · (1 + 2 · zLoss · lse[r]) − (v = targets[r] ? 1 : 0))
 *
 * The maximum is taken out of the sum before exp, so that logits of thousands give finite numbers; log of a softmax would
 * be log 0 there.
 *
 * By calculator: logits = [0, ln 2, ln 5], target 2, weight 1 → loss 0.470004, dlogits = [⅛, ¼, −⅜]; zLoss 0.01 adds
 * 0.0432408 to the loss, and [0.0051986, 0.0103972, 0.0259930] to dlogits.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertIdsBelow, isList, numberGot } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertPrecision, float32, type Precision } from "../../tensor/precision.ts";
import { assertTensor, type FloatArray, type NdArray } from "../../tensor/tensor.ts";

/** What counts, and where the gradient goes. */
export interface CrossEntropyOptions {
  /** How much each row counts, [R]. Default 1/R each: the mean. */
  weights?: ArrayLike<number>;
  /** Coefficient of the z-loss. Default 0. */
  zLoss?: number;
  /** Where the gradient is rounded when it is stored. Default float32. */
  precision?: Precision;
  /** [R, V], overwritten by the gradient. Not computed when absent. May be `logits`. */
  dLogits?: NdArray;
}

const NAMES: OptionNames<CrossEntropyOptions> = {
  weights: true,
  zLoss: true,
  precision: true,
  dLogits: true,
};

/** The loss, and what it is made of. */
export interface CrossEntropy {
  /** The weighted sum, z-loss included, in nats. */
  readonly loss: number;
  /** log p(target) of each row, [R]; 0 in rows of weight 0. */
  readonly logprobs: Float64Array;
  /** log Σ exp of each row, [R]; 0 in rows of weight 0. */
  readonly logSumExp: Float64Array;
}

/**
 * `logits` [R, V], `targets` [R] → the loss. Rows of weight 0 are skipped: neither their logits nor their targets are
 * looked at, and their gradient is 0. Weights may be negative. All of it is in float64, but for the gradient, which is
 * rounded once on store.
 * @param options weights, destination: {@link CrossEntropyOptions}
 * @throws {ArgumentError} if a target that counts is no id below V, or a weight is not finite.
 */
export function crossEntropy(
  logits: NdArray,
  targets: ArrayLike<number>,
  options: CrossEntropyOptions = {},
): CrossEntropy {
  const op = "crossEntropy";
  assertOptions(op, options, NAMES);
  const { zLoss = 0, precision = float32, dLogits } = options;
  assertFinite(op, "zLoss", zLoss);
  assertPrecision(op, precision);
  assertTensor(op, "logits", logits, [undefined, undefined]);
  const [R, V] = logits.shape;
  const weights = weightsOf(op, options.weights, R);
  assertTargets(op, targets, weights, V);
  if (dLogits !== undefined) assertTensor(op, "dLogits", dLogits, [R, V]);

  const { round } = precision;
  const { data: X } = logits;
  const logprobs = new Float64Array(R);
  const logSumExp = new Float64Array(R);
  let loss = 0;
  for (let r = 0; r < R; r++) {
    const weight = weights[r];
    const dxr = dLogits ? dLogits.offset + r * dLogits.stride[0] : 0;
    if (weight === 0) {
      dLogits?.data.fill(0, dxr, dxr + V);
      continue;
    }
    // #region row
    const xr = logits.offset + r * logits.stride[0];
    const target = targets[r];
    const lse = logSumExpOf(X, xr, V);
    logSumExp[r] = lse;
    logprobs[r] = X[xr + target] - lse;
    loss += weight * (zLoss * lse * lse - logprobs[r]);
    if (!dLogits) continue;
    const { data: DX } = dLogits;
    const share = weight * (1 + 2 * zLoss * lse);
    for (let v = 0; v < V; v++) {
      const slope = share * Math.exp(X[xr + v] - lse);
      DX[dxr + v] = round(v === target ? slope - weight : slope);
    }
    // #endregion
  }
  return { loss, logprobs, logSumExp };
}

/** log Σ exp of `count` numbers from `begin` on, the maximum taken out. */
function logSumExpOf(x: FloatArray, begin: number, count: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let v = begin; v < begin + count; v++) if (x[v] > max) max = x[v];
  let sum = 0;
  for (let v = begin; v < begin + count; v++) sum += Math.exp(x[v] - max);
  return max + Math.log(sum);
}

/** The weights of `R` rows: those given, or the same for all. @throws {ArgumentError} if they are no R finite numbers. */
export function weightsOf(
  op: string,
  weights: ArrayLike<number> | undefined,
  R: number,
): ArrayLike<number> {
  if (weights === undefined) return new Float64Array(R).fill(1 / R);
  assertLength(op, "weights", weights, R);
  for (let r = 0; r < R; r++) {
    if (Number.isFinite(weights[r])) continue;
    const hint = "a batch without a target has no mean: leave it out";
    throw refusals(op).argument(`weights[${r}]`, "a finite number", numberGot(weights[r]), hint);
  }
  return weights;
}

/** @throws {ArgumentError} unless there is a target for each row, and those of rows that count are ids below `V`. */
export function assertTargets(
  op: string,
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
  V: number,
): void {
  if (!isList(targets)) assertIdsBelow(op, targets, V, "targets"); // which says what to give
  assertLength(op, "targets", targets, weights.length);
  for (let r = 0; r < targets.length; r++) {
    const target = targets[r];
    if (weights[r] === 0 || (Number.isInteger(target) && target >= 0 && target < V)) continue;
    const hint = "a row without a target has weight 0";
    const expected = `an integer from 0 to ${V - 1}`;
    throw refusals(op).argument(`targets[${r}]`, expected, numberGot(target), hint);
  }
}

function assertLength(op: string, argument: string, list: ArrayLike<number>, R: number): void {
  if (!isList(list)) throw refusals(op).argument(argument, "a list of numbers", brief(list));
  if (list.length === R) return;
  throw refusals(op).argument(argument, `${R} numbers, one for each row`, list.length);
}

/**
 * Softmax: scores to a distribution.
 * Vaswani et al. 2017, arXiv:1706.03762, Eq. 1 (within attention):
 *
 *     y[s] = exp(x[s] − max(x)) / Σ_t exp(x[t] − max(x))
 *
 * Subtracting the maximum changes nothing mathematically and keeps exp from overflowing.
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";

/** The precision, and where the result goes. */
export interface SoftmaxOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, S]; allocated when absent. May be `x`. */
  out?: NdArray;
}

const NAMES: OptionNames<SoftmaxOptions> = { precision: true, out: true };

/**
 * `x` [L, S] → y [L, S], each row a distribution. Summed in float64, rounded once on store.
 * @param options precision, destination: {@link SoftmaxOptions}
 */
export function softmax(x: NdArray, options: SoftmaxOptions = {}): NdArray {
  assertOptions("softmax", options, NAMES);
  const { precision = float32, out } = options;
  assertTensor("softmax", "x", x, [undefined, undefined]);
  const [L, S] = x.shape;
  const y = resultOf("softmax", out, [L, S], precision);

  const { data: X } = x;
  const { data: Y } = y;
  const row = new Float64Array(S);
  for (let l = 0; l < L; l++) {
    const xl = x.offset + l * x.stride[0];
    const yl = y.offset + l * y.stride[0];
    for (let s = 0; s < S; s++) row[s] = X[xl + s];
    softmaxInPlace(row, S, precision.round);
    for (let s = 0; s < S; s++) Y[yl + s] = row[s];
  }
  return y;
}

/** Softmax of the first `count` values of `x`, in place, each rounded once. */
export function softmaxInPlace(x: Float64Array, count: number, round: (x: number) => number): void {
  const op = "softmaxInPlace";
  if (!(x instanceof Float64Array)) throw refusals(op).argument("x", "a Float64Array", brief(x));
  assertInteger(op, "count", count, { from: 0, to: x.length });
  if (typeof round !== "function") {
    const hint = "a Precision has one: float64.round";
    throw refusals(op).argument("round", "a function from number to number", brief(round), hint);
  }
  // #region shares
  let max = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < count; s++) if (x[s] > max) max = x[s];
  let sum = 0;
  for (let s = 0; s < count; s++) {
    x[s] = Math.exp(x[s] - max);
    sum += x[s];
  }
  for (let s = 0; s < count; s++) x[s] = round(x[s] / sum);
  // #endregion
}

/**
 * Softmax: scores to a distribution.
 * Vaswani et al. 2017, arXiv:1706.03762, Eq. 1 (within attention):
 *
 *     y[s] = exp(x[s] − max(x)) / Σ_t exp(x[t] − max(x))
 *
 * Subtracting the maximum changes nothing mathematically and keeps exp from overflowing.
 * @module
 */
import { float32, type Precision, zeros } from "../tensor/precision.ts";
import { assertShape, type NdArray } from "../tensor/tensor.ts";

export interface SoftmaxOptions {
  precision?: Precision;
  /** [L, S]; allocated when absent. May be `x`. */
  out?: NdArray;
}

/**
 * `x` [L, S] → y [L, S], each row a distribution. Summed in float64, rounded once on store.
 * @param options precision, destination: {@link SoftmaxOptions}
 */
export function softmax(x: NdArray, { precision = float32, out }: SoftmaxOptions = {}): NdArray {
  const [L, S] = x.shape;
  const y = out ?? zeros([L, S], precision);
  assertShape("softmax", "x", x, [undefined, undefined]);
  assertShape("softmax", "out", y, [L, S]);

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
  let max = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < count; s++) if (x[s] > max) max = x[s];
  let sum = 0;
  for (let s = 0; s < count; s++) {
    x[s] = Math.exp(x[s] - max);
    sum += x[s];
  }
  for (let s = 0; s < count; s++) x[s] = round(x[s] / sum);
}

/**
 * The way back through nn/softmax.ts:
 *
 *     dx[s] = y[s] · (dy[s] − Σ_t dy[t] · y[t])
 *
 * The sum is the average of dy under y: raising a score takes its share from all others, so only what dy has above that
 * average counts, and the dx of a row sum to 0.
 *
 * By calculator: y = [¼, ¾], dy = [1, 0] → the average is ¼, dx = [3/16, −3/16].
 *
 * Kept from the forward: y, which says all that is needed of x. A masked y is 0, and so is its dx.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";

/** The precision, and where the gradient goes. */
export interface SoftmaxBackwardOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, S]; allocated when absent. May be `dy` or `y`. */
  dx?: NdArray;
}

const NAMES: OptionNames<SoftmaxBackwardOptions> = { precision: true, dx: true };

/**
 * `dy` [L, S], `y` [L, S] of the forward, each row a distribution → dx [L, S]. Summed in float64, rounded once on store.
 * @param options precision, destination: {@link SoftmaxBackwardOptions}
 */
export function softmaxBackward(
  dy: NdArray,
  y: NdArray,
  options: SoftmaxBackwardOptions = {},
): NdArray {
  const op = "softmaxBackward";
  assertOptions(op, options, NAMES);
  const { precision = float32 } = options;
  assertTensor(op, "dy", dy, [undefined, undefined]);
  const [L, S] = dy.shape;
  assertTensor(op, "y", y, [L, S]);
  const dx = resultOf(op, options.dx, [L, S], precision, "dx");

  const { round } = precision;
  const { data: DY } = dy;
  const { data: Y } = y;
  const { data: DX } = dx;
  // #region rows
  for (let l = 0; l < L; l++) {
    const dyl = dy.offset + l * dy.stride[0];
    const yl = y.offset + l * y.stride[0];
    const dxl = dx.offset + l * dx.stride[0];
    let average = 0;
    for (let s = 0; s < S; s++) average += DY[dyl + s] * Y[yl + s];
    for (let s = 0; s < S; s++) DX[dxl + s] = round(Y[yl + s] * (DY[dyl + s] - average));
  }
  // #endregion
  return dx;
}

/**
 * The way back through nn/rmsnorm.ts. With ρ = 1 / √(mean_d(x²) + ε) of a row and g = dy · (1 + weight):
 *
 *     dx[l,d]    = ρ[l] · (g[l,d] − x[l,d] · ρ[l]² · mean_d(g[l,d] · x[l,d]))
 *     dweight[d] = Σ_l dy[l,d] · x[l,d] · ρ[l]
 *
 * The quotient rule, once for the x above and once for the x in the root. What is subtracted is the part of g along
 * x: making x longer does not change its direction, so dx stands at a right angle to x (but for ε).
 *
 * By calculator (ε = 0): x = [3, 4], weight = [0, ½], dy = [1, 0] → ρ = 0.282843, dx = [0.181019, −0.135765],
 * dweight = [0.848528, 0]; and 3 · 0.181019 = 4 · 0.135765.
 *
 * Kept from the forward: x.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";

/** What the forward was told, and where the gradients go. */
export interface RmsNormBackwardOptions {
  /** ε, as in the forward. Default 1e-6. */
  eps?: number;
  /** As in the forward: 0 for weights that have folded the 1 in. Default 1. */
  normOffset?: 0 | 1;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, D]; allocated when absent. May be `dy`, `x` or `plus`. */
  dx?: NdArray;
  /** [D]; the weight's gradient is added to it. Not computed when absent. */
  dWeight?: NdArray;
  /** [L, D], added to dx before it is rounded: the gradient that comes by the residual beside the norm. */
  plus?: NdArray;
}

const NAMES: OptionNames<RmsNormBackwardOptions> = {
  eps: true,
  normOffset: true,
  precision: true,
  dx: true,
  dWeight: true,
  plus: true,
};

/**
 * `dy` [L, D], and `x` [L, D] and `weight` [D] of the forward → dx [L, D]. Sums are in float64; each number is rounded
 * once, on store, that of `dWeight` after what it held has been added.
 * @param options what the forward was told, destinations: {@link RmsNormBackwardOptions}
 */
export function rmsNormBackward(
  dy: NdArray,
  x: NdArray,
  weight: NdArray,
  options: RmsNormBackwardOptions = {},
): NdArray {
  const op = "rmsNormBackward";
  assertOptions(op, options, NAMES);
  const { eps = 1e-6, normOffset = 1, precision = float32, dWeight, plus } = options;
  assertFinite(op, "eps", eps);
  if (normOffset !== 0 && normOffset !== 1) {
    throw refusals(op).argument("normOffset", "0 or 1", brief(normOffset));
  }
  assertTensor(op, "dy", dy, [undefined, undefined]);
  const [L, D] = dy.shape;
  assertTensor(op, "x", x, [L, D]);
  assertTensor(op, "weight", weight, [D]);
  if (dWeight !== undefined) assertTensor(op, "dWeight", dWeight, [D]);
  if (plus !== undefined) assertTensor(op, "plus", plus, [L, D]);
  const dx = resultOf(op, options.dx, [L, D], precision, "dx");

  const { round } = precision;
  const { data: DY } = dy;
  const { data: X } = x;
  const { data: W, offset: w } = weight;
  const { data: DX } = dx;
  const P = plus?.data;
  const sums = new Float64Array(D);
  // #region rows
  for (let l = 0; l < L; l++) {
    const dyl = dy.offset + l * dy.stride[0];
    const xl = x.offset + l * x.stride[0];
    const dxl = dx.offset + l * dx.stride[0];
    const pl = plus ? plus.offset + l * plus.stride[0] : 0;
    let sumOfSquares = 0;
    let along = 0; // Σ_d g · x
    for (let d = 0; d < D; d++) {
      const value = X[xl + d];
      sumOfSquares += value * value;
      along += DY[dyl + d] * (normOffset + W[w + d]) * value;
    }
    const inverseRms = 1 / Math.sqrt(sumOfSquares / D + eps);
    const pull = inverseRms * inverseRms * (along / D);
    for (let d = 0; d < D; d++) {
      const value = X[xl + d];
      const slope = DY[dyl + d];
      sums[d] += slope * value * inverseRms;
      const change = inverseRms * (slope * (normOffset + W[w + d]) - value * pull);
      DX[dxl + d] = round(P ? P[pl + d] + change : change);
    }
  }
  // #endregion
  if (dWeight) {
    const { data: DW, offset: dw } = dWeight;
    for (let d = 0; d < D; d++) DW[dw + d] = round(DW[dw + d] + sums[d]);
  }
  return dx;
}

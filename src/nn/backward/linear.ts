/**
 * The way back through nn/linear.ts, which is two matrix products more: of the three that a training step makes for
 * each weight, one is the forward's.
 *
 *     dx[l,d]      = Σ_f dy[l,f] · weight[f,d]
 *     dweight[f,d] = Σ_l dy[l,f] · x[l,d]           over all rows of the batch
 *
 * By calculator: x = [[2, 3]], weight = [[5, 7], [1, 1]], so y = [[31, 5]]; dy = [[1, 10]] → dx = [[15, 17]],
 * dweight = [[2, 3], [20, 30]].
 *
 * Kept from the forward: x for dweight, and nothing for dx.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertStored, type Stored, widenRow } from "../../tensor/stored.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";

/** The precision, and where the gradient of what came in goes. */
export interface LinearInputBackwardOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, D]; allocated when absent. May not be `dy`. */
  dx?: NdArray;
  /** Adds to what `dx` holds, as where several weights read the same x. Default false: it is overwritten. */
  add?: boolean;
}

const INPUT_NAMES: OptionNames<LinearInputBackwardOptions> = {
  precision: true,
  dx: true,
  add: "boolean",
};

/** The precision, and where the gradient of the weight goes. */
export interface LinearWeightBackwardOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [F, D]; the gradient is added to it. Allocated when absent. */
  dWeight?: NdArray;
}

const WEIGHT_NAMES: OptionNames<LinearWeightBackwardOptions> = { precision: true, dWeight: true };

/**
 * `dy` [L, F], `weight` [F, D] → dx [L, D]. Summed in float64 from f = 0 upwards, then added to what `dx` holds if `add`
 * says so, and rounded once on store. The weight is widened a row at a time from whatever dtype it is stored in.
 * @param options precision, destination: {@link LinearInputBackwardOptions}
 */
export function linearInputBackward(
  dy: NdArray,
  weight: Stored,
  options: LinearInputBackwardOptions = {},
): NdArray {
  const op = "linearInputBackward";
  assertOptions(op, options, INPUT_NAMES);
  const { precision = float32, add = false } = options;
  assertTensor(op, "dy", dy, [undefined, undefined]);
  const [L, F] = dy.shape;
  assertStored(op, "weight", weight, [F, undefined]);
  const [, D] = weight.shape;
  const dx = resultOf(op, options.dx, [L, D], precision, "dx");

  const { round } = precision;
  const { data: DY } = dy;
  const { data: DX } = dx;
  const sums = new Float64Array(L * D);
  // #region input
  const row = new Float64Array(D);
  for (let f = 0; f < F; f++) {
    widenRow(weight, f, row);
    for (let l = 0; l < L; l++) {
      const slope = DY[dy.offset + l * dy.stride[0] + f];
      const sl = l * D;
      for (let d = 0; d < D; d++) sums[sl + d] += slope * row[d];
    }
  }
  // #endregion
  for (let l = 0; l < L; l++) {
    const dxl = dx.offset + l * dx.stride[0];
    const sl = l * D;
    for (let d = 0; d < D; d++) {
      DX[dxl + d] = round(add ? DX[dxl + d] + sums[sl + d] : sums[sl + d]);
    }
  }
  return dx;
}

/**
 * `dy` [L, F], `x` [L, D] of the forward → dWeight [F, D], added to what it holds. Summed in float64 from l = 0 upwards,
 * then added, and rounded once on store.
 * @param options precision, destination: {@link LinearWeightBackwardOptions}
 */
export function linearWeightBackward(
  dy: NdArray,
  x: NdArray,
  options: LinearWeightBackwardOptions = {},
): NdArray {
  const op = "linearWeightBackward";
  assertOptions(op, options, WEIGHT_NAMES);
  const { precision = float32 } = options;
  assertTensor(op, "dy", dy, [undefined, undefined]);
  const [L, F] = dy.shape;
  assertTensor(op, "x", x, [L, undefined]);
  const [, D] = x.shape;
  const dWeight = resultOf(op, options.dWeight, [F, D], precision, "dWeight");

  const { round } = precision;
  const { data: DY } = dy;
  const { data: X } = x;
  const { data: DW } = dWeight;
  const sums = new Float64Array(D);
  // #region weight
  for (let f = 0; f < F; f++) {
    sums.fill(0);
    for (let l = 0; l < L; l++) {
      const slope = DY[dy.offset + l * dy.stride[0] + f];
      const xl = x.offset + l * x.stride[0];
      for (let d = 0; d < D; d++) sums[d] += slope * X[xl + d];
    }
    const dwf = dWeight.offset + f * dWeight.stride[0];
    for (let d = 0; d < D; d++) DW[dwf + d] = round(DW[dwf + d] + sums[d]);
  }
  // #endregion
  return dWeight;
}

/**
 * Linear layer without bias: every projection of Gemma, and, with the embedding table as its weight,
 * the logits. Weights lie [out, in], as in gemma_pytorch (gemma/model.py, 014acb7) and Hugging Face.
 * Here D is whatever width comes in, F whatever goes out:
 *
 *     y[l,f] = Σ_d x[l,d] · weight[f,d]
 *
 * @module
 */
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertStored, type Stored, widenRow } from "../tensor/stored.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";

/** The precision, and where the result goes. */
export interface LinearOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, F]; allocated when absent. May not be `x`. */
  out?: NdArray;
}

const NAMES: OptionNames<LinearOptions> = { precision: true, out: true };

/**
 * `x` [L, D], `weight` [F, D] → y [L, F]. Summed in float64 from d = 0 upwards, rounded once on
 * store. The weight is widened a row at a time from whatever dtype it is stored in.
 * @param options precision, destination: {@link LinearOptions}
 */
export function linear(x: NdArray, weight: Stored, options: LinearOptions = {}): NdArray {
  assertOptions("linear", options, NAMES);
  const { precision = float32, out } = options;
  assertTensor("linear", "x", x, [undefined, undefined]);
  const [L, D] = x.shape;
  assertStored("linear", "weight", weight, [undefined, D]);
  const [F] = weight.shape;
  const y = resultOf("linear", out, [L, F], precision);

  const { round } = precision;
  const { data: X } = x;
  const { data: Y } = y;
  // #region rows
  const row = new Float64Array(D);
  for (let f = 0; f < F; f++) {
    widenRow(weight, f, row);
    for (let l = 0; l < L; l++) {
      const xl = x.offset + l * x.stride[0];
      let sum = 0;
      for (let d = 0; d < D; d++) sum += X[xl + d] * row[d];
      Y[y.offset + l * y.stride[0] + f] = round(sum);
    }
  }
  // #endregion
  return y;
}

/**
 * Linear layer without bias: every projection of Gemma, and, with the embedding table as its weight,
 * the logits. Weights lie [out, in], as in gemma_pytorch (gemma/model.py, 014acb7) and Hugging Face.
 * Here D is whatever width comes in, F whatever goes out:
 *
 *     y[l,f] = Σ_d x[l,d] · weight[f,d]
 *
 * @module
 */
import { float32, type Precision, zeros } from "../tensor/precision.ts";
import { type Stored, widenRow } from "../tensor/stored.ts";
import { assertShape, type NdArray } from "../tensor/tensor.ts";

export interface LinearOptions {
  precision?: Precision;
  /** [L, F]; allocated when absent. May not be `x`. */
  out?: NdArray;
}

/**
 * `x` [L, D], `weight` [F, D] → y [L, F]. Summed in float64 from d = 0 upwards, rounded once on
 * store. The weight is widened a row at a time from whatever dtype it is stored in.
 * @param options precision, destination: {@link LinearOptions}
 */
export function linear(
  x: NdArray,
  weight: Stored,
  { precision = float32, out }: LinearOptions = {},
): NdArray {
  const [L, D] = x.shape;
  const [F] = weight.shape;
  const y = out ?? zeros([L, F], precision);
  assertShape("linear", "x", x, [undefined, undefined]);
  assertShape("linear", "weight", weight, [F, D]);
  assertShape("linear", "out", y, [L, F]);

  const { round } = precision;
  const { data: X } = x;
  const { data: Y } = y;
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
  return y;
}

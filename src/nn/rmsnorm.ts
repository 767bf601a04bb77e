/**
 * RMSNorm: Gemma 1's only normalisation (before attention, before the MLP, before the logits).
 * Zhang & Sennrich 2019, arXiv:1910.07467, Eq. 4, with the gain stored as an offset from 1:
 *
 *     y[l,d] = x[l,d] / √(mean_d(x[l,d]²) + ε) · (1 + weight[d])
 *
 * The 1 + and the ε are in gemma_pytorch (gemma/model.py, 014acb7), not in the report or the paper.
 * @module
 */
import { brief } from "../brief.ts";
import { assertFinite } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";

/** ε, the 1 of the gain, the precision, and where the result goes. */
export interface RmsNormOptions {
  /** ε, inside the root. */
  eps?: number;
  /** Added to the weight: 1, or 0 for files that have folded it in already (GGUF). */
  normOffset?: 0 | 1;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, D]; allocated when absent. May not be `x`. */
  out?: NdArray;
}

const NAMES: OptionNames<RmsNormOptions> = {
  eps: true,
  normOffset: true,
  precision: true,
  out: true,
};

/**
 * `x` [L, D], `weight` [D] → y [L, D]. The mean is summed in float64, and each value rounded once,
 * on store: not before the gain, and 1 + weight is not rounded at all. (Early gemma_pytorch and
 * Hugging Face rounded before the gain; the difference shows in bfloat16 only.)
 * @param options precision, destination: {@link RmsNormOptions}
 */
export function rmsNorm(x: NdArray, weight: NdArray, options: RmsNormOptions = {}): NdArray {
  assertOptions("rmsNorm", options, NAMES);
  const { eps = 1e-6, normOffset = 1, precision = float32, out } = options;
  assertFinite("rmsNorm", "eps", eps);
  if (normOffset !== 0 && normOffset !== 1) {
    throw refusals("rmsNorm").argument("normOffset", "0 or 1", brief(normOffset));
  }
  assertTensor("rmsNorm", "x", x, [undefined, undefined]);
  const [L, D] = x.shape;
  assertTensor("rmsNorm", "weight", weight, [D]);
  const y = resultOf("rmsNorm", out, [L, D], precision);

  const { round } = precision;
  const { data: X } = x;
  const { data: W, offset: w } = weight;
  const { data: Y } = y;
  // #region rows
  for (let l = 0; l < L; l++) {
    const xl = x.offset + l * x.stride[0];
    const yl = y.offset + l * y.stride[0];
    let sumOfSquares = 0;
    for (let d = 0; d < D; d++) sumOfSquares += X[xl + d] * X[xl + d];
    const inverseRms = 1 / Math.sqrt(sumOfSquares / D + eps);
    // Gemma scales by 1 + weight where Llama scales by weight: forgetting it is the classic port bug.
    for (let d = 0; d < D; d++) {
      Y[yl + d] = round(X[xl + d] * inverseRms * (normOffset + W[w + d]));
    }
  }
  // #endregion
  return y;
}

/**
 * GeGLU: the MLP's activation, one branch gating the other.
 * Shazeer 2020, arXiv:2002.05202, Eq. 5; the GELU is the tanh approximation of
 * Hendrycks & Gimpel 2016, arXiv:1606.08415, §2:
 *
 *     y[l,f] = gelu(gate[l,f]) · up[l,f]
 *     gelu(x) = ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
 *
 * Always the tanh form, whatever a config.json says: Gemma was trained with it (report §2,
 * "approximated version of the GeGLU"). The exact form differs by up to 4.7e-4, at |x| ≈ 2.7.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";

/** The precision, and where the result goes. */
export interface GegluOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, F]; allocated when absent. May be `gate` or `up`. */
  out?: NdArray;
}

const NAMES: OptionNames<GegluOptions> = { precision: true, out: true };

/**
 * `gate` and `up` [L, F] → y [L, F]. Rounded twice: gelu(gate), then the product.
 * @param options precision, destination: {@link GegluOptions}
 */
export function geglu(gate: NdArray, up: NdArray, options: GegluOptions = {}): NdArray {
  assertOptions("geglu", options, NAMES);
  const { precision = float32, out } = options;
  assertTensor("geglu", "gate", gate, [undefined, undefined]);
  const [L, F] = gate.shape;
  assertTensor("geglu", "up", up, [L, F]);
  const y = resultOf("geglu", out, [L, F], precision);

  const { round } = precision;
  const { data: G } = gate;
  const { data: U } = up;
  const { data: Y } = y;
  // #region rows
  for (let l = 0; l < L; l++) {
    const gl = gate.offset + l * gate.stride[0];
    const ul = up.offset + l * up.stride[0];
    const yl = y.offset + l * y.stride[0];
    for (let f = 0; f < F; f++) {
      Y[yl + f] = round(round(gelu(G[gl + f])) * U[ul + f]);
    }
  }
  // #endregion
  return y;
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** GELU, tanh approximation, in float64. */
export function gelu(x: number): number {
  if (typeof x !== "number") throw refusals("gelu").argument("x", "a number", brief(x));
  // #region gelu
  return 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)));
  // #endregion
}

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
import { float32, type Precision, zeros } from "../tensor/precision.ts";
import { assertShape, type NdArray } from "../tensor/tensor.ts";

export interface GegluOptions {
  precision?: Precision;
  /** [L, F]; allocated when absent. May be `gate` or `up`. */
  out?: NdArray;
}

/**
 * `gate` and `up` [L, F] → y [L, F]. Rounded twice: gelu(gate), then the product.
 * @param options precision, destination: {@link GegluOptions}
 */
export function geglu(
  gate: NdArray,
  up: NdArray,
  { precision = float32, out }: GegluOptions = {},
): NdArray {
  const [L, F] = gate.shape;
  const y = out ?? zeros([L, F], precision);
  assertShape("geglu", "gate", gate, [undefined, undefined]);
  assertShape("geglu", "up", up, [L, F]);
  assertShape("geglu", "out", y, [L, F]);

  const { round } = precision;
  const { data: G } = gate;
  const { data: U } = up;
  const { data: Y } = y;
  for (let l = 0; l < L; l++) {
    const gl = gate.offset + l * gate.stride[0];
    const ul = up.offset + l * up.stride[0];
    const yl = y.offset + l * y.stride[0];
    for (let f = 0; f < F; f++) {
      Y[yl + f] = round(round(gelu(G[gl + f])) * U[ul + f]);
    }
  }
  return y;
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** GELU, tanh approximation, in float64. */
export function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)));
}

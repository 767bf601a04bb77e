/**
 * RoPE, rotary position embedding: turns pairs of each query and key by an angle that grows with
 * position, so that their dot product depends only on how far apart they stand.
 * Su et al. 2021, arXiv:2104.09864, Eq. 34, with the pairs taken from the two halves of the head:
 *
 *     angle = (pos + l) · θ^(−2i/H),  i = 0 … H/2 − 1
 *     y[i]       = x[i] · cos(angle) − x[i + H/2] · sin(angle)
 *     y[i + H/2] = x[i + H/2] · cos(angle) + x[i] · sin(angle)
 *
 * The paper pairs neighbours (2i, 2i + 1); Gemma pairs i with i + H/2 (gemma_pytorch, gemma/model.py,
 * 014acb7), over all of the head, and so do its checkpoints: nothing is permuted on load.
 * @module
 */
import { assertFinite, assertInteger, INTEGER } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { assertPrecision, float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";

/** The base of the angles, the precision, and where the result goes. */
export interface RopeOptions {
  /** θ, the base of the angles. */
  theta?: number;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, N, H]; allocated when absent. May be `x`. */
  out?: NdArray;
}

const ANGLE_NAMES: OptionNames<Pick<RopeOptions, "theta" | "precision">> = {
  theta: true,
  precision: true,
};
const NAMES: OptionNames<RopeOptions> = { ...ANGLE_NAMES, out: true };

/** Cosines and sines of the angles of L positions, each [L, H/2], row-major. */
export interface RopeAngles {
  /** Cosines [L, H/2]. */
  readonly cos: Float64Array;
  /** Sines [L, H/2]. */
  readonly sin: Float64Array;
}

/**
 * The angles of `L` tokens from position `pos` on (the first token, BOS, is at 0), for heads of size `H`. They
 * are the same for every head and layer, for queries and for keys.
 *
 * In float64 an angle is right to a few units in the last place. Otherwise angles, cosines and sines are
 * float32, as Google's are: at position 8191 a float32 angle is off by up to 5e-4, so only the same roundings
 * give the same numbers.
 */
export function ropeAngles(
  pos: number,
  L: number,
  H: number,
  options: Pick<RopeOptions, "theta" | "precision"> = {},
): RopeAngles {
  assertOptions("ropeAngles", options, ANGLE_NAMES);
  const { theta = 10000, precision = float32 } = options;
  assertInteger("ropeAngles", "pos", pos, INTEGER);
  assertInteger("ropeAngles", "L", L, { from: 0 });
  assertInteger("ropeAngles", "H", H, { from: 0 });
  assertFinite("ropeAngles", "theta", theta);
  assertPrecision("ropeAngles", precision);
  const half = H / 2;
  const round = precision.name === "float64" ? precision.round : Math.fround;
  const cos = new Float64Array(L * half);
  const sin = new Float64Array(L * half);
  // #region angles
  for (let i = 0; i < half; i++) {
    const invFreq = round(1 / round(theta ** ((2 * i) / H)));
    for (let l = 0; l < L; l++) {
      const angle = round((pos + l) * invFreq);
      cos[l * half + i] = round(Math.cos(angle));
      sin[l * half + i] = round(Math.sin(angle));
    }
  }
  // #endregion
  return { cos, sin };
}

/**
 * `x` [L, N, H], with row l at position `pos` + l → y [L, N, H]. The angles are those of {@link ropeAngles}; the
 * rotation is in float64, and rounded once on store.
 * @param options precision, destination: {@link RopeOptions}
 * @throws {ShapeError} if H is odd.
 */
export function applyRope(x: NdArray, pos: number, options: RopeOptions = {}): NdArray {
  assertOptions("applyRope", options, NAMES);
  const { theta = 10000, precision = float32, out } = options;
  assertTensor("applyRope", "x", x, [undefined, undefined, undefined]);
  assertInteger("applyRope", "pos", pos, INTEGER);
  assertFinite("applyRope", "theta", theta);
  const [L, N, H] = x.shape;
  const half = H / 2;
  const y = resultOf("applyRope", out, [L, N, H], precision);
  if (!Number.isInteger(half)) throw refusals("applyRope").shape("x", "an even head size", H);

  const { round } = precision;
  const { cos, sin } = ropeAngles(pos, L, H, { theta, precision });
  const { data: X } = x;
  const { data: Y } = y;
  // #region turn
  for (let l = 0; l < L; l++) {
    const angles = l * half;
    for (let n = 0; n < N; n++) {
      const xn = x.offset + l * x.stride[0] + n * x.stride[1];
      const yn = y.offset + l * y.stride[0] + n * y.stride[1];
      for (let i = 0; i < half; i++) {
        const c = cos[angles + i];
        const s = sin[angles + i];
        const first = X[xn + i];
        const second = X[xn + half + i]; // both are read before either is written: out may be x
        Y[yn + i] = round(first * c - second * s);
        Y[yn + half + i] = round(second * c + first * s);
      }
    }
  }
  // #endregion
  return y;
}

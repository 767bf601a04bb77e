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
import { ShapeError } from "../errors.ts";
import { float32, type Precision, zeros } from "../tensor/precision.ts";
import { assertShape, type NdArray } from "../tensor/tensor.ts";

export interface RopeOptions {
  /** θ, the base of the angles. */
  theta?: number;
  precision?: Precision;
  /** [L, N, H]; allocated when absent. May be `x`. */
  out?: NdArray;
}

/**
 * `x` [L, N, H], with row l at position `pos` + l (the first token, BOS, is at 0) → y [L, N, H].
 *
 * In float64 the angle is right to a few units in the last place. Otherwise angles, cosines and sines are float32,
 * as Google's are: at position 8191 a float32 angle is off by up to 5e-4, so only the same roundings
 * give the same numbers. The rotation itself is wide, and rounded once on store.
 * @param options precision, destination: {@link RopeOptions}
 * @throws {ShapeError} if H is odd.
 */
export function applyRope(
  x: NdArray,
  pos: number,
  { theta = 10000, precision = float32, out }: RopeOptions = {},
): NdArray {
  const [L, N, H] = x.shape;
  const half = H / 2;
  const y = out ?? zeros([L, N, H], precision);
  assertShape("applyRope", "x", x, [undefined, undefined, undefined]);
  assertShape("applyRope", "out", y, [L, N, H]);
  if (!Number.isInteger(half)) {
    throw new ShapeError({
      op: "applyRope",
      argument: "x",
      expected: "an even head size",
      got: `${H}`,
    });
  }

  const { round } = precision;
  const roundAngle = precision.name === "float64" ? round : Math.fround;
  const invFreq = new Float64Array(half);
  for (let i = 0; i < half; i++) {
    invFreq[i] = roundAngle(1 / roundAngle(theta ** ((2 * i) / H)));
  }

  const { data: X } = x;
  const { data: Y } = y;
  const cos = new Float64Array(half);
  const sin = new Float64Array(half);
  for (let l = 0; l < L; l++) {
    for (let i = 0; i < half; i++) {
      const angle = roundAngle((pos + l) * invFreq[i]);
      cos[i] = roundAngle(Math.cos(angle));
      sin[i] = roundAngle(Math.sin(angle));
    }
    for (let n = 0; n < N; n++) {
      const xn = x.offset + l * x.stride[0] + n * x.stride[1];
      const yn = y.offset + l * y.stride[0] + n * y.stride[1];
      for (let i = 0; i < half; i++) {
        const first = X[xn + i];
        const second = X[xn + half + i]; // both are read before either is written: out may be x
        Y[yn + i] = round(first * cos[i] - second * sin[i]);
        Y[yn + half + i] = round(second * cos[i] + first * sin[i]);
      }
    }
  }
  return y;
}

/**
 * The way back through nn/rope.ts. A rotation keeps lengths and angles (it is orthogonal), so its derivative turns the
 * gradient by the opposite angle:
 *
 *     dx[i]       = dy[i] · cos(angle) + dy[i + H/2] · sin(angle)
 *     dx[i + H/2] = dy[i + H/2] · cos(angle) − dy[i] · sin(angle)
 *
 * By calculator: H = 2 and an angle of 90° give y = [−x₂, x₁], so dx = [dy₂, −dy₁].
 *
 * Kept from the forward: nothing but the positions.
 * @module
 */
import { assertFinite, assertInteger, INTEGER } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";
import { ropeAngles } from "../rope.ts";

/** The base of the angles, the precision, and where the gradient goes. */
export interface RopeBackwardOptions {
  /** θ, the base of the angles, as in the forward. Default 10000. */
  theta?: number;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, N, H]; allocated when absent. May be `dy`. */
  dx?: NdArray;
}

const NAMES: OptionNames<RopeBackwardOptions> = { theta: true, precision: true, dx: true };

/**
 * `dy` [L, N, H], with row l at position `pos` + l → dx [L, N, H]. The angles are the forward's, as its precision rounds
 * them; the rotation is in float64, and rounded once on store.
 * @param options precision, destination: {@link RopeBackwardOptions}
 * @throws {ShapeError} if H is odd.
 */
export function applyRopeBackward(
  dy: NdArray,
  pos: number,
  options: RopeBackwardOptions = {},
): NdArray {
  const op = "applyRopeBackward";
  assertOptions(op, options, NAMES);
  const { theta = 10000, precision = float32 } = options;
  assertTensor(op, "dy", dy, [undefined, undefined, undefined]);
  assertInteger(op, "pos", pos, INTEGER);
  assertFinite(op, "theta", theta);
  const [L, N, H] = dy.shape;
  const half = H / 2;
  const dx = resultOf(op, options.dx, [L, N, H], precision, "dx");
  if (!Number.isInteger(half)) throw refusals(op).shape("dy", "an even head size", H);

  const { round } = precision;
  const { cos, sin } = ropeAngles(pos, L, H, { theta, precision });
  const { data: DY } = dy;
  const { data: DX } = dx;
  // #region turn
  for (let l = 0; l < L; l++) {
    const angles = l * half;
    for (let n = 0; n < N; n++) {
      const dyn = dy.offset + l * dy.stride[0] + n * dy.stride[1];
      const dxn = dx.offset + l * dx.stride[0] + n * dx.stride[1];
      for (let i = 0; i < half; i++) {
        const c = cos[angles + i];
        const s = sin[angles + i];
        const first = DY[dyn + i];
        const second = DY[dyn + half + i]; // both are read before either is written: dx may be dy
        DX[dxn + i] = round(first * c + second * s);
        DX[dxn + half + i] = round(second * c - first * s);
      }
    }
  }
  // #endregion
  return dx;
}

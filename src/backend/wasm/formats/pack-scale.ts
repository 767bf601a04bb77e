/**
 * The float16 scale of a block, widened when a weight is packed.
 * @module
 */
import type { I32 } from "../asm/expression.ts";
import type { FunctionBuilder } from "../asm/function.ts";
import { f32, f32x4, i32, i32x4, v128 } from "../asm/instructions.ts";
import { widener } from "./float16.ts";

const EXPONENT = 0x7c00;

/**
 * Writes the float16 at `row` + `from` to `piece` + `to` as a float32, times `factor`, a power of two.
 * @returns 1 if it is an infinity or a NaN, else 0.
 */
export function packScale(
  f: FunctionBuilder,
  row: I32,
  from: number,
  piece: I32,
  to: number,
  factor: number,
): I32 {
  const half = f.let(i32.load16_u(row, from));
  const wide = widener(f)(i32x4.shl(i32x4.splat(half), 16));
  const scaled = f32x4.mul(wide, f.constant(f32x4.splat(f32.const(factor))));
  f.do(v128.store32_lane(piece, scaled, 0, to));
  return i32.eq(i32.and(half, EXPONENT), EXPONENT);
}

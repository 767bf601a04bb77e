/**
 * The scales of a piece: of four rows, as float16, side by side.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { f32, f32x4, i32, i32x4, v128 } from "../../asm/instructions.ts";

const EXPONENT = 0x7c00;
/** Of a float16 that was widened with copies of its sign and shifted up by 13: sign, exponent and mantissa. */
const SIGN_AND_NUMBER = i32x4.splat(i32.const(0x8fffe000 | 0));

/** Copies the float16 at each of `rows` to `piece`. It returns 1 if one is an infinity or a NaN, else 0. */
export function packScales(f: FunctionBuilder, rows: readonly I32[], piece: I32): I32 {
  const suspects = rows.map((row, r) => {
    const half = f.let(i32.load16_u(row));
    f.do(i32.store16(piece, half, 2 * r));
    return i32.eq(i32.and(half, EXPONENT), EXPONENT);
  });
  return suspects.reduce(i32.or);
}

/** The four scales as float32, divided by `factor`, a power of two: exact, as formats/float16.ts says. */
export function scales(f: FunctionBuilder, piece: I32, factor: number): V128 {
  const bits = i32x4.shl(v128.load16x4_s(piece), 13);
  const power = f.constant(f32x4.splat(f32.const(2 ** 112 / factor)));
  return f32x4.mul(v128.and(bits, f.constant(SIGN_AND_NUMBER)), power);
}

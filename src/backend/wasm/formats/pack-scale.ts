/**
 * The float16 scales of a block: one is widened when a weight is packed, two take the room of one and stay as they are.
 * @module
 */
import type { I32, V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32, f32x4, i32, i32x4, v128 } from "../asm/instructions.ts";
import { notFinite, widener } from "./float16.ts";

const EXPONENT = 0x7c00;

/**
 * Writes the float16 at `row` + `from` to `piece` + `to` as a float32, times `factor`, a power of two or −1.
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

/**
 * Writes the two float16 with which a block at `row` begins to `piece` + `to`.
 * @returns 1 if one is an infinity or a NaN, else 0.
 */
export function packHalves(f: FunctionBuilder, row: I32, piece: I32, to: number, from = 0): I32 {
  f.do(i32.store(piece, i32.load(row, from), to));
  return v128.any_true(notFinite(v128.load32_zero(row, from)));
}

/** The two float16 of four rows, as float32: the first of each row, and the second. */
export function wideHalves(
  f: FunctionBuilder,
  piece: Local<"i32">,
): { readonly lower: V128; readonly upper: V128 } {
  const both = f.let(v128.load(piece));
  const widen = widener(f);
  return { lower: widen(i32x4.shl(both, 16)), upper: widen(both) };
}

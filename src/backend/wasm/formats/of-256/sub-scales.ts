/**
 * The small integers by which the scale of a block becomes that of a sub-block: a byte each, of four rows side by side.
 * Widened to float32, they would take up to a third more memory than what is stored.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { f32x4, i16x8, i32, i32x4, v128 } from "../../asm/instructions.ts";

/** A scale and an offset of four rows each. */
export interface ScaleAndOffset {
  readonly scale: Local<"v128">;
  readonly offset: Local<"v128">;
}

/** d · s of four rows, s being the signed bytes at `at` + `offset`. */
export function signedScales(f: FunctionBuilder, at: I32, offset: number, d: V128): Local<"v128"> {
  const bytes = v128.load32_zero(at, offset);
  const s = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
  return f.let(f32x4.mul(f32x4.convert_i32x4_s(s), d));
}

/** d · s and e · t of four rows, e being negative where an offset is taken off: s are the bytes at `at` + `offset`, t those behind. */
export function scalesAndOffsets(
  f: FunctionBuilder,
  at: I32,
  offset: number,
  d: V128,
  e: V128,
): ScaleAndOffset {
  const both = f.let(i16x8.extend_low_i8x16_u(v128.load64_zero(at, offset)));
  return {
    scale: product(f, i32x4.extend_low_i16x8_u(both), d),
    offset: product(f, i32x4.extend_high_i16x8_u(both), e),
  };
}

/** As {@link scalesAndOffsets} of nibbles: a byte has s in its lower half, t in its upper one. */
export function nibbleScalesAndOffsets(
  f: FunctionBuilder,
  at: I32,
  offset: number,
  d: V128,
  e: V128,
): ScaleAndOffset {
  const bytes = v128.load32_zero(at, offset);
  const both = f.let(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
  const low = f.constant(i32x4.splat(i32.const(15)));
  return {
    scale: product(f, v128.and(both, low), d),
    offset: product(f, i32x4.shr_u(both, 4), e),
  };
}

function product(f: FunctionBuilder, integers: V128, factor: V128): Local<"v128"> {
  return f.let(f32x4.mul(f32x4.convert_i32x4_s(integers), factor));
}

/** Of q4_k and q5_k, s and t of a sub-block of a block as stored: 12 bytes at `from` (tensor/blocks/of-256.ts). */
export function storedScalesAndOffset(row: I32, from: number, sub: number): readonly [I32, I32] {
  const byte = (i: number) => i32.load8_u(row, from + i);
  if (sub < 4) return [i32.and(byte(sub), 63), i32.and(byte(sub + 4), 63)];
  const upper = (i: number) => i32.shl(i32.shr_u(byte(i), 6), 4);
  const both = byte(sub + 4);
  return [i32.or(i32.and(both, 15), upper(sub - 4)), i32.or(i32.shr_u(both, 4), upper(sub))];
}

/**
 * Four bits at bit `lowBit` of the byte at `low` and two at bit `highBit` of that at `high`, less 32: s of q3_k and iq4_xs,
 * in the lowest byte.
 */
export function storedScale(
  row: I32,
  low: number,
  lowBit: number,
  high: number,
  highBit: number,
): I32 {
  const lower = i32.and(i32.shr_u(i32.load8_u(row, low), lowBit), 15);
  const upper = i32.and(i32.shr_u(i32.load8_u(row, high), highBit), 3);
  return i32.add(i32.or(lower, i32.shl(upper, 4)), -32);
}

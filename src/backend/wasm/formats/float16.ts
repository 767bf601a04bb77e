/**
 * float16: a piece is eight columns of four rows, 16 bytes each, read in pairs as bfloat16.ts does.
 *
 * A float16 is s eeeee mmmmmmmmmm. With its sign in bit 31 and the other bits from bit 27 down they are the bits of
 * a float32, whose exponent is too small by 127 − 15: a product with 2^112 makes it right, for subnormal numbers
 * too, and is exact. Infinities and NaN would become finite, so packing reports them, and such a weight is kept
 * as float32.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder } from "../asm/function.ts";
import { f32, f32x4, i16x8, i32, i32x4, v128 } from "../asm/instructions.ts";
import type { WeightFormat } from "./format.ts";

const EXPONENT = i16x8.splat(i32.const(0x7c00));
/** Sign and, behind three copies of it, exponent and mantissa. */
const SIGN_AND_NUMBER = i32x4.splat(i32.const(0x8fffe000 | 0));
const SCALE = f32x4.splat(f32.const(2 ** 112));

export const float16: WeightFormat = {
  dtype: "float16",
  head: 0,
  steps: 1,
  stepBytes: 64,
  vectors: 2,
  stride: 2,
  storedBytes: 16,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      const numbers = f.let(v128.load(row));
      f.do(v128.store(piece, numbers, 16 * r));
      return notFinite(numbers);
    });
    return v128.any_true(suspects.reduce(v128.or));
  },

  open(f) {
    const widen = widener(f);
    return (at, row, offset = 0) => {
      const pairs = f.let(v128.load(at, offset + 16 * row));
      return [widen(i32x4.shl(pairs, 16)), widen(pairs)];
    };
  },
};

/** float16 in the upper halves of 32 bits as float32; what is in the lower halves plays no part. */
export function widener(f: FunctionBuilder): (upperHalves: V128) => V128 {
  const mask = f.constant(SIGN_AND_NUMBER);
  const scale = f.constant(SCALE);
  return (upperHalves) => f32x4.mul(v128.and(i32x4.shr_s(upperHalves, 3), mask), scale);
}

/** Ones in the lanes of 16 bits that are an infinity or a NaN. */
export function notFinite(numbers: V128): V128 {
  return i16x8.eq(v128.and(numbers, EXPONENT), EXPONENT);
}

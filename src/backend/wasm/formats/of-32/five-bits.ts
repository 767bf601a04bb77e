/**
 * Fifth bits of 32 numbers, and of four rows. As stored, those of one row lie together. In a piece they are 16 bytes:
 * bit 2r of byte i is of number i of row r, bit 2r + 1 of number 16 + i. So a shift and a mask give sixteen of them.
 *
 * The other four bits are in 16 bytes of each row, number 16 + i in the upper half of byte i.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { i8x16, i16x8, i32, v128 } from "../../asm/instructions.ts";
import { BYTE_FACTOR, byteVectors } from "../quants.ts";

const SECOND_BYTES = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
const BITS = v128.const([1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);

/** What the numbers of {@link fiveBitVectors} are too large by: in bits 2 to 6 of a byte, their sign is plus. */
export const FIVE_BIT_FACTOR: number = BYTE_FACTOR * 4;

/** The fifth bits of `rows` as a piece has them; those of a row are the four bytes at its `from`. */
export function fifthBits(f: FunctionBuilder, rows: readonly I32[], from: number): V128 {
  const bits = rows.flatMap((row, r) =>
    [0, 1].map((half) => sixteen(f, row, from + 2 * half, 2 * r + half)),
  );
  return bits.reduce((a, b) => v128.or(a, b));
}

/** Two bytes as bit `bit` of sixteen. */
function sixteen(f: FunctionBuilder, row: I32, from: number, bit: number): V128 {
  const both = f.let(v128.load16_splat(row, from));
  const each = v128.and(i8x16.shuffle(both, both, SECOND_BYTES), f.constant(BITS));
  const isSet = i8x16.eq(each, f.constant(BITS));
  return v128.and(isSet, f.constant(i8x16.splat(i32.const(1 << bit))));
}

/** Thirty-two numbers of row `row`, from 0 to 31, as eight vectors, each times {@link FIVE_BIT_FACTOR}. */
export function fiveBitVectors(
  f: FunctionBuilder,
  four: V128,
  fifth: Local<"v128">,
  row: number,
): V128[] {
  const nibbles = f.let(four);
  const bytes = (value: number) => f.constant(i8x16.splat(i32.const(value)));
  return [i16x8.shl(nibbles, 2), i16x8.shr_u(nibbles, 2)].flatMap((moved, half) => {
    const top = v128.and(shifted(fifth, 6 - 2 * row - half), bytes(0x40));
    return byteVectors(f, v128.or(v128.and(moved, bytes(0x3c)), top));
  });
}

/** `bytes` moved up by some bits, or down; bits that come from a neighbour are masked off behind. */
export function shifted(bytes: V128, up: number): V128 {
  if (up === 0) return bytes;
  return up > 0 ? i16x8.shl(bytes, up) : i16x8.shr_u(bytes, -up);
}

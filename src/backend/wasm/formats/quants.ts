/**
 * Small integers as float32, four at a time.
 *
 * Shifted to the top of a lane of 32 bits, with zeros below, an integer of n bits is q · 2^(32 − n): it has few
 * significant bits, so its conversion to float32 is exact, and the factor is taken into the scale of its block. A
 * lane of four bytes gives four numbers (columns 4j … 4j + 3 in lane j), one of eight nibbles eight.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32x4, i8x16, i32, i32x4, v128 } from "../asm/instructions.ts";

/** What the numbers of {@link byteVectors} are too large by; of the others, in order. */
export const BYTE_FACTOR: number = 2 ** 24;
export const NIBBLE_FACTOR: number = 2 ** 28;
export const UNSIGNED_NIBBLE_FACTOR: number = 2 ** 24;
export const SIX_BIT_FACTOR: number = 2 ** 26;
export const THREE_BIT_FACTOR: number = 2 ** 29;
export const TWO_BIT_FACTOR: number = 2 ** 24;

const TOP_BYTES = i32x4.splat(i32.const(0xff000000 | 0));
const TOP_NIBBLES = i32x4.splat(i32.const(0xf0000000 | 0));
/** Below four bits of zeros, so that the sign is plus. */
const SECOND_NIBBLES = i32x4.splat(i32.const(0x0f000000));
const SECOND_TWO_BITS = i32x4.splat(i32.const(0x03000000));
const TOP_THREE_BITS = i32x4.splat(i32.const(0xe0000000 | 0));
const TOP_SIX_BITS = i32x4.splat(i32.const(0xfc000000 | 0));
/** Three bytes to the top of each lane, and 0 below. */
const SPREAD = v128.const([255, 0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11]);

/** Sixteen signed bytes as four vectors, each number times 2^24. */
export function byteVectors(f: FunctionBuilder, bytes: V128): V128[] {
  return shifted(f, bytes, TOP_BYTES, [24, 16, 8, 0]);
}

/**
 * Thirty-two signed nibbles as eight vectors, each number times 2^28: first the lower nibbles of the bytes, then
 * the upper ones.
 */
export function nibbleVectors(f: FunctionBuilder, bytes: V128): V128[] {
  return shifted(f, bytes, TOP_NIBBLES, [28, 20, 12, 4, 24, 16, 8, 0]);
}

/** As {@link nibbleVectors}, of nibbles without a sign, each number times 2^24. */
export function unsignedNibbles(f: FunctionBuilder, bytes: V128): V128[] {
  const all = f.let(bytes);
  const mask = f.constant(SECOND_NIBBLES);
  return [24, 16, 8, 0, 20, 12, 4, -4].map((bits) => {
    const moved = bits > 0 ? i32x4.shl(all, bits) : bits < 0 ? i32x4.shr_u(all, -bits) : all;
    return f32x4.convert_i32x4_s(v128.and(moved, mask));
  });
}

/** Sixteen signed integers of six bits, which lie in the first twelve bytes, as four vectors, times 2^26. */
export function sixBitVectors(f: FunctionBuilder, bytes: V128): V128[] {
  return shifted(f, spreadThree(f, bytes), TOP_SIX_BITS, [18, 12, 6, 0]);
}

/** Of the first twelve bytes three in each lane, at its top. */
export function spreadThree(f: FunctionBuilder, bytes: V128): V128 {
  return i8x16.swizzle(bytes, f.constant(SPREAD));
}

/**
 * Sixteen signed integers of three bits as four vectors, times 2^29. Those of row 0 lie in bits 8 to 19 of each lane, those
 * of row 1 above.
 */
export function threeBitVectors(f: FunctionBuilder, lanes: Local<"v128">, row: number): V128[] {
  const shifts = row === 0 ? [21, 18, 15, 12] : [9, 6, 3, 0];
  return shifted(f, lanes, TOP_THREE_BITS, shifts, 21);
}

/** Sixteen integers of two bits without a sign as four vectors, times 2^24: those in byte `row` of each lane. */
export function twoBitVectors(f: FunctionBuilder, lanes: Local<"v128">, row: number): V128[] {
  const mask = f.constant(SECOND_TWO_BITS);
  return [24, 22, 20, 18].map((first) => {
    const bits = first - 8 * row;
    const moved = bits > 0 ? i32x4.shl(lanes, bits) : bits < 0 ? i32x4.shr_u(lanes, -bits) : lanes;
    return f32x4.convert_i32x4_s(v128.and(moved, mask));
  });
}

/** @param most the shift that leaves zeros below, and needs no mask. */
function shifted(
  f: FunctionBuilder,
  bytes: V128,
  mask: V128,
  shifts: readonly number[],
  most = shifts[0],
): V128[] {
  const all = f.let(bytes);
  const top = f.constant(mask);
  return shifts.map((bits) => {
    const moved = bits === 0 ? all : i32x4.shl(all, bits);
    return f32x4.convert_i32x4_s(bits === most ? moved : v128.and(moved, top));
  });
}

/** One lane of `four` in all lanes. */
export function splatLane(four: V128, lane: number): V128 {
  const lanes = [0, 1, 2, 3].flatMap(() => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
  return i8x16.shuffle(four, four, lanes);
}

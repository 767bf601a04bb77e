/**
 * The scale of a block of 32 numbers, as llama.cpp's reference computes it.
 * @module
 */
import type { V128 } from "../../../backend/wasm/asm/expression.ts";
import type { FunctionBuilder, Local } from "../../../backend/wasm/asm/function.ts";
import { f32x4, i8x16, i32x4, v128 } from "../../../backend/wasm/asm/instructions.ts";
import { float16Bits } from "./float16.ts";
import { bitsOf, isLarge, splat, splatBits } from "./kernel.ts";

/** Below it, the reciprocal of a scale may be infinite. */
const SMALL = 2 ** -100;

/** The largest of four lanes of integers, in all of them. */
export function maximumInAllLanes(f: FunctionBuilder, four: V128): V128 {
  let all = f.let(four);
  for (const by of [8, 4]) {
    const turned = Array.from({ length: 16 }, (_, i) => (i + by) % 16);
    all = f.let(i32x4.max_s(all, i8x16.shuffle(all, all, turned)));
  }
  return all;
}

/** Stores the scale d as a float16, and gives 1/d, the reciprocal of the float32; of 0 it is 0. */
export function storeScale(f: FunctionBuilder, to: Local<"i32">, d: V128): V128 {
  const isZero = f32x4.eq(d, splat(f, 0));
  const inverse = f.let(v128.andnot(f32x4.div(splat(f, 1), d), isZero));
  f.do(v128.store16_lane(to, float16Bits(f, d), 0));
  return inverse;
}

/** Ones where the largest size of a block is not below `limit`, or so small that its reciprocal may be infinite. */
export function isExtreme(f: FunctionBuilder, largest: V128, limit: number): V128 {
  const isSmall = i32x4.lt_s(largest, splatBits(f, bitsOf(SMALL)));
  const isZero = i32x4.eq(largest, splatBits(f, 0));
  return v128.or(isLarge(f, largest, limit), v128.andnot(isSmall, isZero));
}

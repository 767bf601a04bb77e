/**
 * The nibbles of a sub-block of q4_k and q5_k.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16, i16x8, i32, v128 } from "../../asm/instructions.ts";

const LOW_NIBBLES = i8x16.splat(i32.const(0x0f));
const HIGH_NIBBLES = i8x16.splat(i32.const(0xf0));

/**
 * Numbers i and 16 + i of a sub-block in byte i; as stored, from `from` on, a byte has number i of two sub-blocks.
 */
export function subBlockNibbles(f: FunctionBuilder, row: I32, from: number, sub: number): V128 {
  const at = from + 32 * (sub >> 1);
  const [first, second] = [v128.load(row, at), v128.load(row, at + 16)];
  const [low, high] = [f.constant(LOW_NIBBLES), f.constant(HIGH_NIBBLES)];
  if (sub % 2 === 0) return v128.or(v128.and(first, low), i16x8.shl(v128.and(second, low), 4));
  return v128.or(i16x8.shr_u(v128.and(first, high), 4), v128.and(second, high));
}

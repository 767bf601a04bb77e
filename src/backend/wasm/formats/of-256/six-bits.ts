/**
 * The numbers of q6_k, as stored.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16, i32, v128 } from "../../asm/instructions.ts";
import { shifted } from "../of-32/five-bits.ts";

/** In a block as stored: the upper two bits of numbers. The lower four come first. */
const UPPER_BITS = 128;

/** The sixteen numbers of sub-block `sub`, q in six bits of a byte each. */
export function storedSixBits(f: FunctionBuilder, row: I32, sub: number): V128 {
  const bytes = (value: number) => f.constant(i8x16.splat(i32.const(value)));
  // In each half of 128: four runs of 32, two sharing 32 bytes of lower bits, all four 32 bytes of upper ones.
  const [half, run, within] = [sub >> 3, (sub >> 1) & 3, 16 * (sub & 1)];
  const four = v128.load(row, 64 * half + 32 * (run & 1) + within);
  const two = v128.load(row, UPPER_BITS + 32 * half + within);
  const lower = v128.and(shifted(four, run < 2 ? 0 : -4), bytes(0x0f));
  return v128.or(lower, v128.and(shifted(two, 4 - 2 * run), bytes(0x30)));
}

/**
 * Two bits of each number of q2_k and q3_k, as stored.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import { i16x8, v128 } from "../../asm/instructions.ts";

/**
 * Those of the sixteen numbers of sub-block `sub`, in the lowest bits of a byte each; what is above has to be masked off.
 * In each half of 128, four runs of 32 share 32 bytes, from `from` on.
 */
export function storedTwoBits(row: I32, from: number, sub: number): V128 {
  const [half, run, within] = [sub >> 3, (sub >> 1) & 3, 16 * (sub & 1)];
  const four = v128.load(row, from + 32 * half + within);
  return run === 0 ? four : i16x8.shr_u(four, 2 * run);
}

/**
 * Integers of few bits, a byte each, side by side.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16, i32, i32x4, v128 } from "../../asm/instructions.ts";

/** Of four bytes in each lane, whose upper bits are 0, the lower `bits`, in the lowest bits of the lane. */
export function squeezed(f: FunctionBuilder, bytes: V128, bits: number): V128 {
  const all = f.let(bytes);
  const field = (k: number) => {
    const mask = f.constant(i32x4.splat(i32.const((2 ** bits - 1) << (bits * k))));
    return v128.and(k === 0 ? all : i32x4.shr_u(all, (8 - bits) * k), mask);
  };
  return [0, 1, 2, 3].map(field).reduce((a, b) => v128.or(a, b));
}

/** Writes the lower three bytes of each lane to `piece` + `at`. */
export function storeTwelve(f: FunctionBuilder, piece: I32, lanes: V128, at: number): void {
  const all = f.let(lanes);
  const twelve = f.let(
    i8x16.shuffle(all, all, [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15]),
  );
  f.do(v128.store64_lane(piece, twelve, 0, at), v128.store32_lane(piece, twelve, 2, at + 8));
}

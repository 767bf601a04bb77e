/**
 * bfloat16: a piece is eight columns of four rows, 16 bytes each.
 *
 * A bfloat16 is the upper half of a float32. Of each 32 bits of a row, the upper half is an odd column: a mask
 * widens it. The lower half is the even column before: a shift by 16 widens it. So eight numbers cost one load and
 * two operations.
 * @module
 */
import { i32, i32x4, v128 } from "../asm/instructions.ts";
import type { WeightFormat } from "./format.ts";

const UPPER_HALVES = i32x4.splat(i32.const(0xffff0000 | 0));

export const bfloat16: WeightFormat = {
  dtype: "bfloat16",
  head: 0,
  steps: 1,
  stepBytes: 64,
  vectors: 2,
  stride: 2,
  storedBytes: 16,

  pack(f, rows, piece) {
    rows.forEach((row, r) => {
      f.do(v128.store(piece, v128.load(row), 16 * r));
    });
    return undefined;
  },

  open(f) {
    const mask = f.constant(UPPER_HALVES);
    return (at, row, offset = 0) => {
      const pairs = f.let(v128.load(at, offset + 16 * row));
      return [i32x4.shl(pairs, 16), v128.and(pairs, mask)];
    };
  },
};

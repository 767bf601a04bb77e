/**
 * float32: a piece is four columns of four rows, 16 bytes each.
 * @module
 */
import { v128 } from "../asm/instructions.ts";
import type { WeightFormat } from "./format.ts";

export const float32: WeightFormat = {
  dtype: "float32",
  head: 0,
  steps: 1,
  stepBytes: 64,
  vectors: 1,
  stride: 1,
  storedBytes: 16,

  pack(f, rows, piece) {
    rows.forEach((row, r) => {
      f.do(v128.store(piece, v128.load(row), 16 * r));
    });
    return undefined;
  },

  open:
    () =>
    (at, row, offset = 0) => [v128.load(at, offset + 16 * row)],
};

/**
 * q8_0: blocks of 32 signed bytes with a float16 scale d; a number is d · q, which float32 holds exactly.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4        d of rows 0–3, widened to float32
 *     2 · 4 · 16   the first half of q of rows 0–3, the second half
 *
 * A scale with its factor is exact too, because it is a power of two.
 * @module
 */
import { f32x4, i32, v128 } from "../asm/instructions.ts";
import type { WeightFormat } from "./format.ts";
import { packScale } from "./pack-scale.ts";
import { BYTE_FACTOR, byteVectors, splatLane } from "./quants.ts";

const SCALE_BYTES = 2;

export const q8_0: WeightFormat = {
  dtype: "q8_0",
  head: 16,
  steps: 2,
  stepBytes: 64,
  vectors: 4,
  stride: 4,
  storedBytes: 34,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      for (const half of [0, 1]) {
        const quants = v128.load(row, SCALE_BYTES + 16 * half);
        f.do(v128.store(piece, quants, this.head + this.stepBytes * half + 16 * r));
      }
      return packScale(f, row, 0, piece, 4 * r, 1 / BYTE_FACTOR);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const four = f.let(v128.load(piece));
    const scales = [0, 1, 2, 3].map((row) => f.let(splatLane(four, row)));
    return (at, row) =>
      byteVectors(f, v128.load(at, 16 * row)).map((q) => f32x4.mul(q, scales[row]));
  },
};

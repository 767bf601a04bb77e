/**
 * q8_0: blocks of 32 signed bytes q with a float16 scale d; a number is d · q.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4        d of rows 0–3, widened to float32
 *     2 · 4 · 16   the first half of q of rows 0–3, the second half
 *
 * A scale with its factor is exact too, because it is a power of two.
 * @module
 */
import { v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { BYTE_FACTOR, byteVectors } from "../quants.ts";
import { packBlockScales } from "./block-scale.ts";

const SCALE_BYTES = 2;

export const q8_0: WeightFormat = {
  dtype: "q8_0",
  head: 16,
  steps: 2,
  stepBytes: 64,
  vectors: 4,
  stride: 4,
  storedBytes: 34,

  isScaled: true,

  pack(f, rows, piece) {
    const { suspect, kept } = packBlockScales(f, rows, piece, 1 / BYTE_FACTOR);
    rows.forEach((row, r) => {
      for (const half of [0, 1]) {
        const quants = kept(r, v128.load(row, SCALE_BYTES + 16 * half));
        f.do(v128.store(piece, quants, this.head + this.stepBytes * half + 16 * r));
      }
    });
    return suspect;
  },

  open(f) {
    return (at, row) => byteVectors(f, v128.load(at, 16 * row));
  },
};

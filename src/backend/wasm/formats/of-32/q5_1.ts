/**
 * q5_1: blocks of 32 numbers of five bits with float16 scale d and offset m; a number is d · q + m. The product is exact
 * in float32, so the sum is rounded once. Byte i of a block holds four bits of numbers i and, in its upper half, 16 + i.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4    d and m of rows 0–3, as they are stored
 *     16       the fifth bits (five-bits.ts)
 *     4 · 16   four bits of each number of rows 0–3, as they are stored
 * @module
 */
import { f32, f32x4, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { packHalves, wideHalves } from "../pack-scale.ts";
import { splatLane } from "../quants.ts";
import { FIVE_BIT_FACTOR, fifthBits, fiveBitVectors } from "./five-bits.ts";

/** In a block as stored: the fifth bits, and the others. */
const [FIFTH, OTHERS] = [4, 8];
const FACTOR = f32x4.splat(f32.const(1 / FIVE_BIT_FACTOR));

export const q5_1: WeightFormat = {
  dtype: "q5_1",
  head: 32,
  steps: 1,
  stepBytes: 64,
  vectors: 8,
  stride: 4,
  storedBytes: 24,

  pack(f, rows, piece) {
    f.do(v128.store(piece, fifthBits(f, rows, FIFTH), 16));
    const suspects = rows.map((row, r) => {
      f.do(v128.store(piece, v128.load(row, OTHERS), this.head + 16 * r));
      return packHalves(f, row, piece, 4 * r);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece, multiplyAdd) {
    const { lower, upper } = wideHalves(f, piece);
    const scales = f.let(f32x4.mul(lower, f.constant(FACTOR)));
    const offsets = f.let(upper);
    const fifth = f.let(v128.load(piece, 16));
    return (at, row) => {
      const scale = f.let(splatLane(scales, row));
      const offset = f.let(splatLane(offsets, row));
      const quants = fiveBitVectors(f, v128.load(at, 16 * row), fifth, row);
      return quants.map((q) => multiplyAdd(offset, q, scale));
    };
  },
};

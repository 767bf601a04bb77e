/**
 * q4_1: blocks of 32 numbers of four bits with float16 scale d and offset m; a number is d · q + m. The product is
 * exact in float32, so the sum is rounded once. Byte i of a block holds numbers i and, in its upper half, 16 + i.
 *
 * A piece is a block of four rows: d and m of rows 0–3, as they are stored, then 16 bytes of each row.
 * @module
 */
import { f32, f32x4, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { packHalves, wideHalves } from "../pack-scale.ts";
import { splatLane, UNSIGNED_NIBBLE_FACTOR, unsignedNibbles } from "../quants.ts";

const SCALE_BYTES = 4;
const FACTOR = f32x4.splat(f32.const(1 / UNSIGNED_NIBBLE_FACTOR));

export const q4_1: WeightFormat = {
  dtype: "q4_1",
  head: 16,
  steps: 1,
  stepBytes: 64,
  vectors: 8,
  stride: 4,
  storedBytes: 20,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      f.do(v128.store(piece, v128.load(row, SCALE_BYTES), this.head + 16 * r));
      return packHalves(f, row, piece, 4 * r);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece, multiplyAdd) {
    const { lower, upper } = wideHalves(f, piece);
    const scales = f.let(f32x4.mul(lower, f.constant(FACTOR)));
    const offsets = f.let(upper);
    return (at, row) => {
      const scale = f.let(splatLane(scales, row));
      const offset = f.let(splatLane(offsets, row));
      const quants = unsignedNibbles(f, v128.load(at, 16 * row));
      return quants.map((q) => multiplyAdd(offset, q, scale));
    };
  },
};

/**
 * iq4_nl: blocks of 32 nibbles with a float16 scale d; a number is d · TABLE[q], which float32 holds exactly. Byte i of a
 * block holds numbers i and, in its upper half, 16 + i.
 *
 * A piece is a block of four rows: d of rows 0–3, widened to float32, then 16 bytes of each row. The table has no 0, so
 * a block whose scale is 0 cannot be packed as block-scale.ts does, and d is applied to numbers.
 * @module
 */
import { f32x4, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { packScale } from "../pack-scale.ts";
import { BYTE_FACTOR, splatLane } from "../quants.ts";
import { tableVectors } from "../table.ts";

const SCALE_BYTES = 2;

export const iq4_nl: WeightFormat = {
  dtype: "iq4_nl",
  head: 16,
  steps: 1,
  stepBytes: 64,
  vectors: 8,
  stride: 4,
  storedBytes: 18,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      f.do(v128.store(piece, v128.load(row, SCALE_BYTES), this.head + 16 * r));
      return packScale(f, row, 0, piece, 4 * r, 1 / BYTE_FACTOR);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const four = f.let(v128.load(piece));
    return (at, row) => {
      const scale = f.let(splatLane(four, row));
      return tableVectors(f, v128.load(at, 16 * row)).map((q) => f32x4.mul(q, scale));
    };
  },
};

/**
 * q4_0: blocks of 32 numbers of four bits with a float16 scale d; a number is d · (q − 8), which float32 holds
 * exactly. Byte i of a block holds numbers i and, in its upper half, 16 + i.
 *
 * A piece is a block of four rows: d of rows 0–3, widened to float32, then 16 bytes of each row. They are packed as
 * signed nibbles: q − 8 is q with its top bit flipped.
 * @module
 */
import { f32x4, i8x16, i32, v128 } from "../asm/instructions.ts";
import type { WeightFormat } from "./format.ts";
import { packScale } from "./pack-scale.ts";
import { NIBBLE_FACTOR, nibbleVectors, splatLane } from "./quants.ts";

const SCALE_BYTES = 2;
const TOP_BITS = i8x16.splat(i32.const(0x88));

export const q4_0: WeightFormat = {
  dtype: "q4_0",
  head: 16,
  steps: 1,
  stepBytes: 64,
  vectors: 8,
  stride: 4,
  storedBytes: 18,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      const quants = v128.xor(v128.load(row, SCALE_BYTES), f.constant(TOP_BITS));
      f.do(v128.store(piece, quants, this.head + 16 * r));
      return packScale(f, row, 0, piece, 4 * r, 1 / NIBBLE_FACTOR);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const four = f.let(v128.load(piece));
    const scales = [0, 1, 2, 3].map((row) => f.let(splatLane(four, row)));
    return (at, row) =>
      nibbleVectors(f, v128.load(at, 16 * row)).map((q) => f32x4.mul(q, scales[row]));
  },
};

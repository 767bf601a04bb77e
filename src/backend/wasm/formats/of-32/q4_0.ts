/**
 * q4_0: blocks of 32 numbers of four bits with a float16 scale d; a number is d · (q − 8).
 * Byte i of a block holds numbers i and, in its upper half, 16 + i.
 *
 * A piece is a block of four rows: d of rows 0–3, widened to float32, then 16 bytes of each row. They are packed as
 * signed nibbles: q − 8 is q with its top bit flipped.
 * @module
 */
import { i8x16, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { NIBBLE_FACTOR, nibbleVectors } from "../quants.ts";
import { packBlockScales } from "./block-scale.ts";

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

  isScaled: true,

  pack(f, rows, piece) {
    const { suspect, kept } = packBlockScales(f, rows, piece, 1 / NIBBLE_FACTOR);
    rows.forEach((row, r) => {
      const quants = v128.xor(v128.load(row, SCALE_BYTES), f.constant(TOP_BITS));
      f.do(v128.store(piece, kept(r, quants), this.head + 16 * r));
    });
    return suspect;
  },

  open(f) {
    return (at, row) => nibbleVectors(f, v128.load(at, 16 * row));
  },
};

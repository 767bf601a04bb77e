/**
 * q5_0: blocks of 32 numbers of five bits with a float16 scale d; a number is d · (q − 16), which float32 holds
 * exactly. Byte i of a block holds four bits of numbers i and, in its upper half, 16 + i; the fifth bits lie together.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4    d of rows 0–3, widened to float32
 *     16       the fifth bits (five-bits.ts), flipped
 *     4 · 16   four bits of each number of rows 0–3, as they are stored
 *
 * q − 16 is q with its top bit flipped, and is put
 * together in the upper bits of a byte, where its sign needs no more care.
 * @module
 */
import { f32x4, i8x16, i16x8, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { packScale } from "../pack-scale.ts";
import { BYTE_FACTOR, byteVectors, splatLane } from "../quants.ts";
import { fifthBits } from "./five-bits.ts";

const ROWS = 4;
/** In a block as stored: the fifth bits, and the others. */
const [FIFTH, OTHERS] = [2, 6];
/** What a number is too large by, in bits 3 to 7 of a byte. */
const FACTOR = BYTE_FACTOR * 8;

export const q5_0: WeightFormat = {
  dtype: "q5_0",
  head: 32,
  steps: 1,
  stepBytes: 64,
  vectors: 8,
  stride: 4,
  storedBytes: 22,

  pack(f, rows, piece) {
    const ones = f.constant(i8x16.splat(i32.const(0xff)));
    f.do(v128.store(piece, v128.xor(fifthBits(f, rows, FIFTH), ones), 4 * ROWS));
    const suspects = rows.map((row, r) => {
      f.do(v128.store(piece, v128.load(row, OTHERS), this.head + 16 * r));
      return packScale(f, row, 0, piece, 4 * r, 1 / FACTOR);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const four = f.let(v128.load(piece));
    const fifth = f.let(v128.load(piece, 4 * ROWS));
    const bytes = (value: number) => f.constant(i8x16.splat(i32.const(value)));
    return (at, row) => {
      const scale = f.let(splatLane(four, row));
      const nibbles = f.let(v128.load(at, 16 * row));
      return [i16x8.shl(nibbles, 3), i16x8.shr_u(nibbles, 1)].flatMap((moved, half) => {
        const bit = 2 * row + half;
        const top = v128.and(bit === 7 ? fifth : i16x8.shl(fifth, 7 - bit), bytes(0x80));
        const five = v128.or(v128.and(moved, bytes(0x78)), top);
        return byteVectors(f, five).map((q) => f32x4.mul(q, scale));
      });
    };
  },
};

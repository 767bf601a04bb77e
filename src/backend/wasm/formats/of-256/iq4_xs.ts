/**
 * iq4_xs: blocks of 256 nibbles in eight sub-blocks of 32. A number is d · (s − 32) · TABLE[q]: a float16 scale d of the
 * block, s of six bits of the sub-block. float32 holds it exactly.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4           d of rows 0–3, widened to float32
 *     8 · (4 · 16     a sub-block: q of rows 0–3, as they are stored; byte i has numbers i and, in its upper half, 16 + i,
 *          + 4)                    s − 32 of rows 0–3, a byte each
 * @module
 */
import type { Local } from "../../asm/function.ts";
import { f32x4, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { packScale } from "../pack-scale.ts";
import { BYTE_FACTOR, splatLane } from "../quants.ts";
import { tableVectors } from "../table.ts";
import { signedScales, storedScale } from "./sub-scales.ts";

const ROWS = 4;
const SUB_BLOCKS = 8;
/** In a block as stored: upper bits of s, lower bits, and numbers. */
const [UPPER_BITS, LOWER_BITS, QUANTS] = [2, 4, 8];

export const iq4_xs: WeightFormat = {
  dtype: "iq4_xs",
  head: 16,
  steps: SUB_BLOCKS,
  stepBytes: ROWS * 16 + ROWS,
  vectors: 8,
  stride: 4,
  storedBytes: 136,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      for (let sub = 0; sub < SUB_BLOCKS; sub++) {
        const at = this.head + this.stepBytes * sub;
        f.do(v128.store(piece, v128.load(row, QUANTS + 16 * sub), at + 16 * r));
        const [low, high] = [LOWER_BITS + (sub >> 1), UPPER_BITS + (sub >> 2)];
        const s = storedScale(row, low, 4 * (sub & 1), high, 2 * (sub & 3));
        f.do(i32.store8(piece, s, at + 16 * ROWS + r));
      }
      return packScale(f, row, 0, piece, 4 * r, 1 / BYTE_FACTOR);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const d = f.let(v128.load(piece));
    let scales: Local<"v128">;
    return (at, row) => {
      if (row === 0) scales = signedScales(f, at, 16 * ROWS, d);
      const scale = f.let(splatLane(scales, row));
      return tableVectors(f, v128.load(at, 16 * row)).map((q) => f32x4.mul(q, scale));
    };
  },
};

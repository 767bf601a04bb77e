/**
 * q4_k: blocks of 256 numbers of four bits, in eight sub-blocks of 32. A number is d · s · q − e · t: float16 scales d
 * and e of the block, s and t of six bits of the sub-block. d · s · q and e · t are exact in float32, so the
 * difference is rounded once, as the library rounds it, and a fused multiply-add does not do otherwise.
 *
 * A piece is a block of four rows:
 *
 *     2 · 4 · 4       d and −e of rows 0–3, widened to float32
 *     8 · (4 · 16     a sub-block: q of rows 0–3; byte i has numbers i and, in its upper half, 16 + i,
 *          + 4 + 4)                s of rows 0–3, t of rows 0–3, a byte each
 * @module
 */
import { i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { splatLane, UNSIGNED_NIBBLE_FACTOR, unsignedNibbles } from "../quants.ts";
import { subBlockNibbles } from "./nibbles.ts";
import { type ScaleAndOffset, scalesAndOffsets, storedScalesAndOffset } from "./sub-scales.ts";
import { HEAD, packTwoScales, twoScales } from "./two-scales.ts";

const ROWS = 4;
const SUB_BLOCKS = 8;
/** In a block as stored: where scales of sub-blocks begin, and where numbers do. */
const [SCALES, QUANTS] = [4, 16];

export const q4_k: WeightFormat = {
  dtype: "q4_k",
  head: HEAD,
  steps: SUB_BLOCKS,
  stepBytes: ROWS * 16 + 2 * ROWS,
  vectors: 8,
  stride: 4,
  storedBytes: 144,

  pack(f, rows, piece) {
    for (const [r, row] of rows.entries()) {
      for (let sub = 0; sub < SUB_BLOCKS; sub++) {
        const at = this.head + this.stepBytes * sub;
        f.do(v128.store(piece, subBlockNibbles(f, row, QUANTS, sub), at + 16 * r));
        const [s, t] = storedScalesAndOffset(row, SCALES, sub);
        f.do(i32.store8(piece, s, at + 16 * ROWS + r), i32.store8(piece, t, at + 17 * ROWS + r));
      }
    }
    return packTwoScales(f, rows, 0, piece, 1 / UNSIGNED_NIBBLE_FACTOR);
  },

  open(f, piece, multiplyAdd) {
    const { d, e } = twoScales(f, piece);
    let four: ScaleAndOffset;
    return (at, row) => {
      if (row === 0) four = scalesAndOffsets(f, at, 16 * ROWS, d, e);
      const scale = f.let(splatLane(four.scale, row));
      const offset = f.let(splatLane(four.offset, row));
      const quants = unsignedNibbles(f, v128.load(at, 16 * row));
      return quants.map((q) => multiplyAdd(offset, q, scale));
    };
  },
};

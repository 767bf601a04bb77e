/**
 * q6_k: blocks of 256 numbers of six bits, in sixteen sub-blocks of 16. A number is d · s · (q − 32): a float16 scale
 * d of the block, a signed byte s of the sub-block. float32 holds it exactly.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4           d of rows 0–3, widened to float32
 *     16 · (4 · 12    a sub-block: q − 32 of rows 0–3, six bits each, four in three bytes
 *           + 4)                   s of rows 0–3
 *
 * As stored, four bits of a number lie apart from the other two. Side by side they cost a byte shuffle for sixteen
 * numbers, which gives each lane three bytes, and then a shift and a mask as other formats do.
 * @module
 */
import type { Local } from "../../asm/function.ts";
import { f32x4, i8x16, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { packScale } from "../pack-scale.ts";
import { SIX_BIT_FACTOR, sixBitVectors, splatLane } from "../quants.ts";
import { storedSixBits } from "./six-bits.ts";
import { squeezed, storeTwelve } from "./squeeze.ts";
import { signedScales } from "./sub-scales.ts";

const ROWS = 4;
const SUB_BLOCKS = 16;
/** Bytes of a sub-block of one row. */
const ROW_BYTES = 12;
/** In a block as stored: scales of sub-blocks, and d. */
const [SCALES, SCALE] = [192, 208];
/** q − 32 is q with its top bit flipped. */
const TOP_BITS = i8x16.splat(i32.const(0x20));

export const q6_k: WeightFormat = {
  dtype: "q6_k",
  head: 16,
  steps: SUB_BLOCKS,
  stepBytes: ROWS * ROW_BYTES + ROWS,
  vectors: 4,
  stride: 4,
  storedBytes: 210,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      for (let sub = 0; sub < SUB_BLOCKS; sub++) {
        const at = this.head + this.stepBytes * sub;
        const quants = v128.xor(storedSixBits(f, row, sub), f.constant(TOP_BITS));
        const lanes = squeezed(f, quants, 6);
        storeTwelve(f, piece, lanes, at + ROW_BYTES * r);
        f.do(i32.store8(piece, i32.load8_u(row, SCALES + sub), at + ROW_BYTES * ROWS + r));
      }
      return packScale(f, row, SCALE, piece, 4 * r, 1 / SIX_BIT_FACTOR);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const d = f.let(v128.load(piece));
    let scales: Local<"v128">;
    return (at, row) => {
      if (row === 0) {
        scales = signedScales(f, at, ROW_BYTES * ROWS, d);
      }
      const scale = f.let(splatLane(scales, row));
      // Of row 3, the load goes on into s; those bytes are dropped.
      return sixBitVectors(f, v128.load(at, ROW_BYTES * row)).map((q) => f32x4.mul(q, scale));
    };
  },
};

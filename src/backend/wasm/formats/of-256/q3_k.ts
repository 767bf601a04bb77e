/**
 * q3_k: blocks of 256 numbers of three bits, in sixteen sub-blocks of 16. A number is d · (s − 32) · (q − 4): a float16
 * scale d of the block, s of six bits of the sub-block. float32 holds it exactly.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4           d of rows 0–3, widened to float32
 *     16 · (2 · 12    a sub-block: q − 4 of rows 0 and 1, and of rows 2 and 3, three bits each: three bytes have columns
 *           + 4)                   4j to 4j + 3 of both rows
 *                                  s − 32 of rows 0–3, a byte each
 *
 * As stored, two bits of a number lie apart from the third. Side by side they cost a byte shuffle for thirty-two
 * numbers, and then a shift and a mask, as q6_k.ts.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { f32x4, i8x16, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { shifted } from "../of-32/five-bits.ts";
import { packScale } from "../pack-scale.ts";
import { splatLane, spreadThree, THREE_BIT_FACTOR, threeBitVectors } from "../quants.ts";
import { squeezed, storeTwelve } from "./squeeze.ts";
import { signedScales, storedScale } from "./sub-scales.ts";
import { storedTwoBits } from "./two-bits.ts";

const ROWS = 4;
const SUB_BLOCKS = 16;
/** Bytes of a sub-block of two rows. */
const PAIR_BYTES = 12;
/** In a block as stored: lower two bits, scales of sub-blocks, and d. Upper bits come first. */
const [LOWER_BITS, SCALES, SCALE] = [32, 96, 108];

export const q3_k: WeightFormat = {
  dtype: "q3_k",
  head: 16,
  steps: SUB_BLOCKS,
  stepBytes: 2 * PAIR_BYTES + ROWS,
  vectors: 4,
  stride: 4,
  storedBytes: 110,

  pack(f, rows, piece) {
    for (let sub = 0; sub < SUB_BLOCKS; sub++) {
      const at = this.head + this.stepBytes * sub;
      const each = rows.map((row) => squeezed(f, quantsOf(f, row, sub), 3));
      for (const pair of [0, 1]) {
        const both = v128.or(each[2 * pair], i32x4.shl(each[2 * pair + 1], 12));
        storeTwelve(f, piece, both, at + PAIR_BYTES * pair);
      }
      const [low, high] = [SCALES + (sub & 7), SCALES + 8 + (sub & 3)];
      for (const [r, row] of rows.entries()) {
        const s = storedScale(row, low, 4 * (sub >> 3), high, 2 * (sub >> 2));
        f.do(i32.store8(piece, s, at + 2 * PAIR_BYTES + r));
      }
    }
    const factor = 1 / THREE_BIT_FACTOR;
    return rows.map((row, r) => packScale(f, row, SCALE, piece, 4 * r, factor)).reduce(i32.or);
  },

  open(f, piece) {
    const d = f.let(v128.load(piece));
    let scales: Local<"v128">;
    let pair: Local<"v128">;
    return (at, row) => {
      if (row === 0) scales = signedScales(f, at, 2 * PAIR_BYTES, d);
      // Of the second pair, the load goes on into s; those bytes are dropped.
      if (row % 2 === 0) pair = f.let(spreadThree(f, v128.load(at, PAIR_BYTES * (row / 2))));
      const scale = f.let(splatLane(scales, row));
      return threeBitVectors(f, pair, row % 2).map((q) => f32x4.mul(q, scale));
    };
  },
};

/** The sixteen numbers of a sub-block, q − 4 in three bits of a byte each: q with its top bit flipped. */
function quantsOf(f: FunctionBuilder, row: I32, sub: number): V128 {
  const bytes = (value: number) => f.constant(i8x16.splat(i32.const(value)));
  const lower = v128.and(storedTwoBits(row, LOWER_BITS, sub), bytes(3));
  const upper = v128.and(shifted(v128.load(row, 16 * (sub & 1)), 2 - (sub >> 1)), bytes(4));
  return v128.xor(v128.or(lower, upper), bytes(4));
}

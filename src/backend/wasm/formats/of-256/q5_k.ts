/**
 * q5_k: blocks of 256 numbers of five bits, in eight sub-blocks of 32. A number is d · s · q − e · t: float16 scales d
 * and e of the block, s and t of six bits of the sub-block. d · s · q and e · t are exact in float32, so the
 * difference is rounded once, as the library rounds it, and a fused multiply-add does not do otherwise.
 *
 * A piece is a block of four rows:
 *
 *     2 · 4 · 4       d and −e of rows 0–3, widened to float32
 *     8 · (4 · 16     a sub-block: four bits of q of rows 0–3; byte i has numbers i and, in its upper half, 16 + i,
 *          + 16                    their fifth bits (../of-32/five-bits.ts),
 *          + 4 + 4)                s of rows 0–3, t of rows 0–3, a byte each
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { i8x16, i32, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { FIVE_BIT_FACTOR, fiveBitVectors, shifted } from "../of-32/five-bits.ts";
import { splatLane } from "../quants.ts";
import { subBlockNibbles } from "./nibbles.ts";
import { type ScaleAndOffset, scalesAndOffsets, storedScalesAndOffset } from "./sub-scales.ts";
import { HEAD, packTwoScales, twoScales } from "./two-scales.ts";

const ROWS = 4;
const SUB_BLOCKS = 8;
/** In a block as stored: scales of sub-blocks, the fifth bits, and the others. */
const [SCALES, FIFTH, QUANTS] = [4, 16, 48];
/** In a step: where the fifth bits are, and s and t. */
const [FIFTH_AT, S_AT, T_AT] = [ROWS * 16, ROWS * 20, ROWS * 21];

export const q5_k: WeightFormat = {
  dtype: "q5_k",
  head: HEAD,
  steps: SUB_BLOCKS,
  stepBytes: ROWS * 22,
  vectors: 8,
  stride: 4,
  storedBytes: 176,

  pack(f, rows, piece) {
    for (let sub = 0; sub < SUB_BLOCKS; sub++) {
      const at = this.head + this.stepBytes * sub + FIFTH_AT;
      f.do(v128.store(piece, fifthBitsOf(f, rows, sub), at));
    }
    for (const [r, row] of rows.entries()) {
      for (let sub = 0; sub < SUB_BLOCKS; sub++) {
        const at = this.head + this.stepBytes * sub;
        f.do(v128.store(piece, subBlockNibbles(f, row, QUANTS, sub), at + 16 * r));
        const [s, t] = storedScalesAndOffset(row, SCALES, sub);
        f.do(i32.store8(piece, s, at + S_AT + r), i32.store8(piece, t, at + T_AT + r));
      }
    }
    return packTwoScales(f, rows, 0, piece, 1 / FIVE_BIT_FACTOR);
  },

  open(f, piece, multiplyAdd) {
    const { d, e } = twoScales(f, piece);
    let four: ScaleAndOffset;
    let fifth: Local<"v128">;
    return (at, row) => {
      if (row === 0) {
        four = scalesAndOffsets(f, at, S_AT, d, e);
        fifth = f.let(v128.load(at, FIFTH_AT));
      }
      const scale = f.let(splatLane(four.scale, row));
      const offset = f.let(splatLane(four.offset, row));
      const quants = fiveBitVectors(f, v128.load(at, 16 * row), fifth, row);
      return quants.map((q) => multiplyAdd(offset, q, scale));
    };
  },
};

/** As stored, bit `sub` of byte j is of number j of that sub-block. */
function fifthBitsOf(f: FunctionBuilder, rows: readonly I32[], sub: number): V128 {
  const bits = rows.flatMap((row, r) =>
    [0, 1].map((half) => {
      const bit = 2 * r + half;
      const moved = shifted(v128.load(row, FIFTH + 16 * half), bit - sub);
      return v128.and(moved, f.constant(i8x16.splat(i32.const(1 << bit))));
    }),
  );
  return bits.reduce((a, b) => v128.or(a, b));
}

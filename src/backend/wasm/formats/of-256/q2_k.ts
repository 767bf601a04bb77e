/**
 * q2_k: blocks of 256 numbers of two bits, in sixteen sub-blocks of 16. A number is d · s · q − e · t: float16 scales d
 * and e of the block, s and t of four bits of the sub-block. Both products are exact in float32.
 *
 * A piece is a block of four rows:
 *
 *     2 · 4 · 4    d and −e of rows 0–3, widened to float32
 *     16 · (16     a sub-block: q; byte r of lane j has columns 4j to 4j + 3 of row r, from the lowest bits up
 *           + 4)                s and t of rows 0–3, as they are stored: t in the upper half of a byte
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { i8x16, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { WeightFormat } from "../format.ts";
import { splatLane, TWO_BIT_FACTOR, twoBitVectors } from "../quants.ts";
import { squeezed } from "./squeeze.ts";
import { nibbleScalesAndOffsets, type ScaleAndOffset } from "./sub-scales.ts";
import { storedTwoBits } from "./two-bits.ts";
import { HEAD, packTwoScales, twoScales } from "./two-scales.ts";

const ROWS = 4;
const SUB_BLOCKS = 16;
/** In a block as stored: numbers, and d and e. Scales of sub-blocks come first. */
const [QUANTS, BOTH] = [16, 80];

export const q2_k: WeightFormat = {
  dtype: "q2_k",
  head: HEAD,
  steps: SUB_BLOCKS,
  stepBytes: 16 + ROWS,
  vectors: 4,
  stride: 4,
  storedBytes: 84,

  pack(f, rows, piece) {
    for (let sub = 0; sub < SUB_BLOCKS; sub++) {
      const at = this.head + this.stepBytes * sub;
      f.do(v128.store(piece, quantsOf(f, rows, sub), at));
      for (const [r, row] of rows.entries()) {
        f.do(i32.store8(piece, i32.load8_u(row, sub), at + 16 + r));
      }
    }
    return packTwoScales(f, rows, BOTH, piece, 1 / TWO_BIT_FACTOR);
  },

  open(f, piece, multiplyAdd) {
    const { d, e } = twoScales(f, piece);
    let four: ScaleAndOffset;
    let quants: Local<"v128">;
    return (at, row) => {
      if (row === 0) {
        four = nibbleScalesAndOffsets(f, at, 16, d, e);
        quants = f.let(v128.load(at));
      }
      const scale = f.let(splatLane(four.scale, row));
      const offset = f.let(splatLane(four.offset, row));
      return twoBitVectors(f, quants, row).map((q) => multiplyAdd(offset, q, scale));
    };
  },
};

/** The numbers of a sub-block: of each row, a byte in each lane. */
function quantsOf(f: FunctionBuilder, rows: readonly I32[], sub: number): V128 {
  const three = f.constant(i8x16.splat(i32.const(3)));
  const each = rows.map((row, r) => {
    const bytes = v128.and(storedTwoBits(row, QUANTS, sub), three);
    const lanes = squeezed(f, bytes, 2);
    return r === 0 ? lanes : i32x4.shl(lanes, 8 * r);
  });
  return each.reduce((a, b) => v128.or(a, b));
}

/**
 * q8_0 for activations of int8. A piece is a block of four rows:
 *
 *     4 · 2     the scales of rows 0–3, as float16
 *     8 · 16    of each four columns, four bytes of rows 0–3
 *
 * Sixteen bits hold a column of two pairs: c and, in the upper byte, c + 2. At the top of 16 bits, with zeros below, a
 * byte is an integer of 16 bits, q · 2^8: a shift, or a mask, widens eight bytes.
 * @module
 */
import type { V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16, i16x8, i32, v128 } from "../../asm/instructions.ts";
import { type BlockFormat, SCALES, STEP } from "./format.ts";
import { interleaved } from "./interleave.ts";
import { packScales } from "./scales.ts";

const SCALE_BYTES = 2;
const TOP_BYTES = i16x8.splat(i32.const(0xff00));

export const q8_0: BlockFormat = {
  name: "q8_0_pairs",
  dtype: "q8_0",
  pieceBytes: SCALES + 128,
  storedBytes: 34,
  factor: 2 ** 8,

  pack(f, rows, piece) {
    for (const half of [0, 1]) {
      const bytes = rows.map((row) => inPairs(f, v128.load(row, SCALE_BYTES + 16 * half)));
      interleaved(f, bytes, 4).forEach((vector, i) => {
        f.do(v128.store(piece, vector, SCALES + 64 * half + 16 * i));
      });
    }
    return packScales(f, rows, piece);
  },

  pairs(f, piece, step) {
    const top = f.constant(TOP_BYTES);
    return Array.from({ length: STEP / 2 }, (_, i) => {
      const four = f.let(v128.load(piece, SCALES + 16 * ((STEP / 2) * step + i)));
      return [i16x8.shl(four, 8), v128.and(four, top)];
    }).flat();
  },
};

/** Sixteen stored bytes in the order of a piece: of each four columns 0, 2, 1, 3. */
function inPairs(f: FunctionBuilder, stored: V128): V128 {
  const bytes = f.let(stored);
  const columns = [0, 4, 8, 12].flatMap((four) => [0, 2, 1, 3].map((i) => four + i));
  return i8x16.shuffle(bytes, bytes, columns);
}

/**
 * q2_k for activations of int8. A piece is a block of four rows:
 *
 *     2 · 4 · 4       d and −e of rows 0–3, widened to float32
 *     8 · (2 · 16     32 columns: q (fields.ts),
 *          + 2 · 4)               s and t of rows 0–3, of each 16, as they are stored
 * @module
 */
import { i32, v128 } from "../../../asm/instructions.ts";
import { nibbleScalesAndOffsets } from "../../of-256/sub-scales.ts";
import { storedTwoBits } from "../../of-256/two-bits.ts";
import { HEAD, packTwoScales, twoScales } from "../../of-256/two-scales.ts";
import { STEPS, type SubBlockFormat } from "../format.ts";
import { bytes, loadFields, storeFields, TWO_BITS } from "./fields.ts";
import { quadsOf } from "./quads.ts";

const SCALES_AT = 32;
const STEP_BYTES = SCALES_AT + 8;
/** In a block as stored: numbers, and d and e. Scales of sub-blocks come first. */
const [QUANTS, BOTH] = [16, 80];

export const q2_k: SubBlockFormat = {
  name: "q2_k_quads",
  dtype: "q2_k",
  head: HEAD,
  stepBytes: STEP_BYTES,
  storedBytes: 84,

  pack(f, rows, piece) {
    for (let step = 0; step < STEPS; step++) {
      const at = HEAD + STEP_BYTES * step;
      const vectors = [0, 1].flatMap((half) =>
        quadsOf(f, rows, (row) =>
          v128.and(storedTwoBits(row, QUANTS, 2 * step + half), bytes(f, 3)),
        ),
      );
      storeFields(f, TWO_BITS, vectors, piece, at);
      for (const half of [0, 1]) {
        for (const [r, row] of rows.entries()) {
          const both = i32.load8_u(row, 2 * step + half);
          f.do(i32.store8(piece, both, at + SCALES_AT + 4 * half + r));
        }
      }
    }
    return packTwoScales(f, rows, BOTH, piece, 1);
  },

  open(f, piece) {
    const { d, e } = twoScales(f, piece);
    return (at) =>
      [0, 1].map((half) => {
        const both = nibbleScalesAndOffsets(f, at, SCALES_AT + 4 * half, d, e);
        const vector = (k: number) => loadFields(f, TWO_BITS, at, 4 * half + k);
        return { ...both, vectors: () => [0, 1, 2, 3].map(vector) };
      });
  },
};

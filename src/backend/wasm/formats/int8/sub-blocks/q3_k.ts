/**
 * q3_k for activations of int8. A piece is a block of four rows:
 *
 *     4 · 4           d of rows 0–3, widened to float32
 *     8 · (3 · 16     32 columns: q (fields.ts),
 *          + 2 · 4)               s − 32 of rows 0–3, of each 16
 *
 * A number is d · (s − 32) · q − 4 · d · (s − 32).
 * @module
 */
import { f32, f32x4, i32, v128 } from "../../../asm/instructions.ts";
import { shifted } from "../../of-32/five-bits.ts";
import { signedScales, storedScale } from "../../of-256/sub-scales.ts";
import { storedTwoBits } from "../../of-256/two-bits.ts";
import { packScale } from "../../pack-scale.ts";
import { STEPS, type SubBlockFormat } from "../format.ts";
import { bytes, loadFields, storeFields, THREE_BITS } from "./fields.ts";
import { quadsOf } from "./quads.ts";

const HEAD = 16;
const SCALES_AT = 48;
const STEP_BYTES = SCALES_AT + 8;
/** In a block as stored: lower two bits, scales of sub-blocks, and d. Third bits come first. */
const [LOWER_BITS, SCALES, SCALE] = [32, 96, 108];
const MINUS_FOUR = f32x4.splat(f32.const(-4));

export const q3_k: SubBlockFormat = {
  name: "q3_k_quads",
  dtype: "q3_k",
  head: HEAD,
  stepBytes: STEP_BYTES,
  storedBytes: 110,

  pack(f, rows, piece) {
    for (let step = 0; step < STEPS; step++) {
      const at = HEAD + STEP_BYTES * step;
      const vectors = [0, 1].flatMap((half) =>
        quadsOf(f, rows, (row) => {
          const lower = v128.and(storedTwoBits(row, LOWER_BITS, 2 * step + half), bytes(f, 3));
          const upper = v128.and(shifted(v128.load(row, 16 * half), 2 - step), bytes(f, 4));
          return v128.or(lower, upper);
        }),
      );
      storeFields(f, THREE_BITS, vectors, piece, at);
      for (const half of [0, 1]) {
        const sub = 2 * step + half;
        const [low, high] = [SCALES + (sub & 7), SCALES + 8 + (sub & 3)];
        for (const [r, row] of rows.entries()) {
          const s = storedScale(row, low, 4 * (sub >> 3), high, 2 * (sub >> 2));
          f.do(i32.store8(piece, s, at + SCALES_AT + 4 * half + r));
        }
      }
    }
    return rows.map((row, r) => packScale(f, row, SCALE, piece, 4 * r, 1)).reduce(i32.or);
  },

  open(f, piece) {
    const d = f.let(v128.load(piece));
    return (at) => {
      return [0, 1].map((half) => {
        const scale = signedScales(f, at, SCALES_AT + 4 * half, d);
        const offset = f.let(f32x4.mul(scale, f.constant(MINUS_FOUR)));
        const vector = (k: number) => loadFields(f, THREE_BITS, at, 4 * half + k);
        return { scale, offset, vectors: () => [0, 1, 2, 3].map(vector) };
      });
    };
  },
};

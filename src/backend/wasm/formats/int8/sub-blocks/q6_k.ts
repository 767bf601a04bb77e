/**
 * q6_k for activations of int8. A piece is a block of four rows:
 *
 *     4 · 4           d of rows 0–3, widened to float32
 *     8 · (6 · 16     32 columns: q (fields.ts),
 *          + 2 · 4)               s of rows 0–3, of each 16
 *
 * A number is d · s · q − 32 · d · s.
 * @module
 */
import { f32, f32x4, i32, v128 } from "../../../asm/instructions.ts";
import { storedSixBits } from "../../of-256/six-bits.ts";
import { signedScales } from "../../of-256/sub-scales.ts";
import { packScale } from "../../pack-scale.ts";
import { STEPS, type SubBlockFormat } from "../format.ts";
import { loadFields, SIX_BITS, storeFields } from "./fields.ts";
import { quadsOf } from "./quads.ts";

const HEAD = 16;
const SCALES_AT = 96;
const STEP_BYTES = SCALES_AT + 8;
/** In a block as stored: scales of sub-blocks, and d. */
const [SCALES, SCALE] = [192, 208];
const MINUS_32 = f32x4.splat(f32.const(-32));

export const q6_k: SubBlockFormat = {
  name: "q6_k_quads",
  dtype: "q6_k",
  head: HEAD,
  stepBytes: STEP_BYTES,
  isLarge: true,
  storedBytes: 210,

  pack(f, rows, piece) {
    for (let step = 0; step < STEPS; step++) {
      const at = HEAD + STEP_BYTES * step;
      const vectors = [0, 1].flatMap((half) =>
        quadsOf(f, rows, (row) => storedSixBits(f, row, 2 * step + half)),
      );
      storeFields(f, SIX_BITS, vectors, piece, at);
      for (const half of [0, 1]) {
        for (const [r, row] of rows.entries()) {
          const s = i32.load8_u(row, SCALES + 2 * step + half);
          f.do(i32.store8(piece, s, at + SCALES_AT + 4 * half + r));
        }
      }
    }
    return rows.map((row, r) => packScale(f, row, SCALE, piece, 4 * r, 1)).reduce(i32.or);
  },

  open(f, piece) {
    const d = f.let(v128.load(piece));
    return (at) =>
      [0, 1].map((half) => {
        const scale = signedScales(f, at, SCALES_AT + 4 * half, d);
        const offset = f.let(f32x4.mul(scale, f.constant(MINUS_32)));
        const vector = (k: number) => loadFields(f, SIX_BITS, at, 4 * half + k);
        return { scale, offset, vectors: () => [0, 1, 2, 3].map(vector) };
      });
  },
};

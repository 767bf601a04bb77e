/**
 * q4_k and q5_k for activations of int8. A piece is a block of four rows:
 *
 *     2 · 4 · 4       d and −e of rows 0–3, widened to float32
 *     8 · (4 · 16     a sub-block: q (fields.ts); of q5_k 5 · 16 bytes,
 *          + 4 + 4)                s of rows 0–3, t of rows 0–3, a byte each
 * @module
 */
import type { V128 } from "../../../asm/expression.ts";
import type { FunctionBuilder } from "../../../asm/function.ts";
import { i16x8, i32, v128 } from "../../../asm/instructions.ts";
import { shifted } from "../../of-32/five-bits.ts";
import { scalesAndOffsets, storedScalesAndOffset } from "../../of-256/sub-scales.ts";
import { HEAD, packTwoScales, twoScales } from "../../of-256/two-scales.ts";
import { STEPS, type SubBlockFormat } from "../format.ts";
import { bytes, FIVE_BITS, FOUR_BITS, loadFields, storeFields, vectorsOf } from "./fields.ts";
import { quadsOf } from "./quads.ts";

const ROWS = 4;
const FIFTH_BIT = 4;
/** In a block as stored: scales of sub-blocks. */
const SCALES = 4;

/** Where a block as stored has its numbers: fifth bits, if there are any, and the others. */
export interface Places {
  readonly fifth?: number;
  readonly quants: number;
}

/** Such a format. */
export function nibbleSteps(
  dtype: "q4_k" | "q5_k",
  storedBytes: number,
  { fifth, quants }: Places,
): SubBlockFormat {
  const fields = fifth === undefined ? FOUR_BITS : FIVE_BITS;
  const scalesAt = 16 * vectorsOf(fields);
  const stepBytes = scalesAt + 2 * ROWS;

  return {
    name: `${dtype}_quads`,
    dtype,
    head: HEAD,
    stepBytes,
    storedBytes,

    pack(f, rows, piece) {
      for (let sub = 0; sub < STEPS; sub++) {
        const at = HEAD + stepBytes * sub;
        const vectors = [0, 1].flatMap((half) =>
          quadsOf(f, rows, (row) => {
            const four = fourBits(f, v128.load(row, quants + 32 * (sub >> 1) + 16 * half), sub);
            if (fifth === undefined) return four;
            const top = shifted(v128.load(row, fifth + 16 * half), FIFTH_BIT - sub);
            return v128.or(four, v128.and(top, bytes(f, 1 << FIFTH_BIT)));
          }),
        );
        storeFields(f, fields, vectors, piece, at);
        for (const [r, row] of rows.entries()) {
          const [s, t] = storedScalesAndOffset(row, SCALES, sub);
          const to = at + scalesAt + r;
          f.do(i32.store8(piece, s, to), i32.store8(piece, t, to + ROWS));
        }
      }
      return packTwoScales(f, rows, 0, piece, 1);
    },

    open(f, piece) {
      const { d, e } = twoScales(f, piece);
      return (at) => {
        const both = scalesAndOffsets(f, at, scalesAt, d, e);
        return [0, 4].map((first) => ({
          ...both,
          vectors: () => [0, 1, 2, 3].map((k) => loadFields(f, fields, at, first + k)),
        }));
      };
    },
  };
}

/** A byte has four bits of numbers of two sub-blocks. */
function fourBits(f: FunctionBuilder, stored: V128, sub: number): V128 {
  return v128.and(sub % 2 === 0 ? stored : i16x8.shr_u(stored, 4), bytes(f, 0x0f));
}

export const q4_k: SubBlockFormat = nibbleSteps("q4_k", 144, { quants: 16 });
export const q5_k: SubBlockFormat = nibbleSteps("q5_k", 176, { fifth: 16, quants: 48 });

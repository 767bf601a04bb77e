/**
 * q4_0 for activations of int8. A piece is a block of four rows:
 *
 *     4 · 2     the scales of rows 0–3, as float16
 *     4 · 16    of each eight columns, four bytes of rows 0–3
 *
 * Sixteen bits hold a column of four pairs, as nibbles: c, c + 2, c + 4, c + 6, from the lowest up.
 *
 * As pairs, nibbles are signed. Shifted to the top, with zeros below, one is an integer of 16 bits, q · 2^12. As quads
 * they are as stored, 8 too large; a mask widens those that are the lower halves of bytes.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16, i16x8, i32, v128 } from "../../asm/instructions.ts";
import { type BlockFormat, SCALES, STEP } from "./format.ts";
import { interleaved } from "./interleave.ts";
import { packScales } from "./scales.ts";

const SCALE_BYTES = 2;
/** q − 8 is q with its top bit flipped. */
const TOP_BITS = i8x16.splat(i32.const(0x88));
const LOW_NIBBLES = i8x16.splat(i32.const(0x0f));
const TOP_NIBBLES = i16x8.splat(i32.const(0xf000));

const common = {
  dtype: "q4_0",
  pieceBytes: SCALES + 64,
  storedBytes: 18,
  factor: 2 ** 12,
} as const;

export const q4_0: BlockFormat = {
  ...common,
  name: "q4_0_pairs",

  pack(f, rows, piece) {
    return pack(f, rows, piece, (stored) => v128.xor(stored, f.constant(TOP_BITS)));
  },

  pairs(f, piece, step) {
    return topNibbles(f, v128.load(piece, SCALES + 16 * step));
  },
};

export const q4_0Quads: BlockFormat = {
  ...common,
  name: "q4_0_quads",

  pack(f, rows, piece) {
    return pack(f, rows, piece, (stored) => stored);
  },

  pairs(f, piece, step) {
    const stored = v128.load(piece, SCALES + 16 * step);
    return topNibbles(f, v128.xor(stored, f.constant(TOP_BITS)));
  },

  quads(f, piece, step) {
    const mask = f.constant(LOW_NIBBLES);
    return [0, 1].flatMap((i) => {
      const both = f.let(v128.load(piece, SCALES + 16 * (2 * step + i)));
      return [v128.and(both, mask), v128.and(i16x8.shr_u(both, 4), mask)];
    });
  },
};

function pack(
  f: FunctionBuilder,
  rows: readonly I32[],
  piece: I32,
  nibbles: (stored: V128) => V128,
): I32 {
  const each = rows.map((row) => inPairs(f, nibbles(v128.load(row, SCALE_BYTES))));
  interleaved(f, each, 4).forEach((vector, i) => {
    f.do(v128.store(piece, vector, SCALES + 16 * i));
  });
  return packScales(f, rows, piece);
}

/** The four nibbles of each 16 bits, each at the top of 16 bits. */
function topNibbles(f: FunctionBuilder, nibbles: V128): V128[] {
  const four = f.let(nibbles);
  const top = f.constant(TOP_NIBBLES);
  return Array.from({ length: STEP }, (_, k) => {
    const bits = 12 - 4 * k;
    const shifted = bits === 0 ? four : i16x8.shl(four, bits);
    return bits === 12 ? shifted : v128.and(shifted, top);
  });
}

/**
 * A stored row of a block, whose byte i has columns i and 16 + i, in the order of a piece: eight columns, 4 bytes.
 * Byte 0 has columns 0 and 2, byte 1 has 4 and 6, byte 2 has 1 and 3, byte 3 has 5 and 7.
 */
function inPairs(f: FunctionBuilder, stored: V128): V128 {
  const both = f.let(stored);
  const mask = f.constant(LOW_NIBBLES);
  const first = f.let(v128.and(both, mask));
  const second = f.let(v128.and(i16x8.shr_u(both, 4), mask));
  const [low, high] = [0, 2].map((c) => {
    const columns = [0, 8, 16, 24].flatMap((eight) => [0, 4, 1, 5].map((i) => eight + c + i));
    return i8x16.shuffle(first, second, columns);
  });
  return v128.or(low, i16x8.shl(high, 4));
}

/**
 * Quantised blocks, as llama.cpp stores weights in GGUF (ggml: src/ggml-common.h, src/ggml-quants.c):
 * a row is cut into blocks of 32 or 256 numbers. Each number is a small integer q; each block has a float16
 * scale d, and some have a second float16: an offset m, or a scale e of offsets.
 *
 *     q8_0     d·q                q signed                            34 bytes for 32 numbers
 *     q4_0     d·(q − 8)          q of 4 bits                         18
 *     q4_1     d·q + m                                                20
 *     q5_0     d·(q − 16)         q of 5 bits                         22
 *     q5_1     d·q + m                                                24
 *     iq4_nl   d·table[q]         q of 4 bits                         18
 *     q2_k     d·s·q − e·t        16 sub-blocks, s and t of 4 bits    84 for 256
 *     q3_k     d·(s − 32)·(q − 4) 16 sub-blocks, s of 6 bits          110
 *     q4_k     d·s·q − e·t        8 sub-blocks, s and t of 6 bits     144
 *     q5_k     d·s·q − e·t        8 sub-blocks, s and t of 6 bits     176
 *     q6_k     d·s·(q − 32)       16 sub-blocks, s of 8 bits          210
 *     iq4_xs   d·(s − 32)·table[q]  8 sub-blocks, s of 6 bits         136
 *
 * Widening gives the float32 numbers that llama.cpp's own reference gives, to the bit: every product
 * here has few enough bits to be exact (11 of d, 7 of s and of q at most; the largest of iq4_xs has 23), so at most the
 * one addition rounds, and it is rounded once. A fused multiply-add would give the same.
 * @module
 */
import type { BlockFormat } from "./blocks/format.ts";
import { iq4_nl, iq4_xs } from "./blocks/from-table.ts";
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from "./blocks/of-32.ts";
import { q2_k, q3_k, q4_k, q5_k, q6_k } from "./blocks/of-256.ts";
import { float32ToFloat16 } from "./float16.ts";

export type { BlockFormat, Widen } from "./blocks/format.ts";

/** ggml's names of the formats, in lower case. */
export type BlockType =
  | "q8_0"
  | "q4_0"
  | "q4_1"
  | "q5_0"
  | "q5_1"
  | "q2_k"
  | "q3_k"
  | "q4_k"
  | "q5_k"
  | "q6_k"
  | "iq4_nl"
  | "iq4_xs";

/** The formats that can be read. */
export const BLOCK_FORMATS: Readonly<Record<BlockType, BlockFormat>> = {
  q8_0,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q2_k,
  q3_k,
  q4_k,
  q5_k,
  q6_k,
  iq4_nl,
  iq4_xs,
};

/**
 * Quantises a row as llama.cpp's reference does, to the bit. `row`'s length is a multiple of 32.
 * All arithmetic is in float32, and quotients are products with a rounded reciprocal.
 */
export function quantizeQ8_0(row: ArrayLike<number>): Uint8Array {
  const blocks = new Uint8Array((row.length / 32) * 34);
  for (let block = 0, at = 0; at < blocks.length; block += 32, at += 34) {
    let largest = 0;
    for (let j = 0; j < 32; j++) largest = Math.max(largest, Math.abs(row[block + j]));
    const d = Math.fround(largest / 127);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    setFloat16(blocks, at, d);
    for (let j = 0; j < 32; j++) {
      blocks[at + 2 + j] = roundHalfAway(Math.fround(row[block + j] * inverse));
    }
  }
  return blocks;
}

/** As {@link quantizeQ8_0}. The number furthest from 0, whatever its sign, becomes −8. */
export function quantizeQ4_0(row: ArrayLike<number>): Uint8Array {
  const blocks = new Uint8Array((row.length / 32) * 18);
  for (let block = 0, at = 0; at < blocks.length; block += 32, at += 18) {
    let [furthest, largest] = [0, 0];
    for (let j = 0; j < 32; j++) {
      const size = Math.abs(row[block + j]);
      if (size > largest) {
        largest = size;
        furthest = row[block + j];
      }
    }
    const d = Math.fround(furthest / -8);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    setFloat16(blocks, at, d);
    for (let j = 0; j < 16; j++) {
      const low = nibble(Math.fround(row[block + j] * inverse));
      blocks[at + 2 + j] = low | (nibble(Math.fround(row[block + j + 16] * inverse)) << 4);
    }
  }
  return blocks;
}

/** q + 8 of 4 bits: halves go up, 7.5 and more to 15. */
function nibble(q: number): number {
  const moved = Math.fround(q + 8.5);
  return moved >= 15 ? 15 : moved | 0;
}

function setFloat16(bytes: Uint8Array, at: number, value: number): void {
  const bits = float32ToFloat16(value);
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
}

/** C's roundf: −2.5 becomes −3, where Math.round gives −2. */
function roundHalfAway(x: number): number {
  return x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
}

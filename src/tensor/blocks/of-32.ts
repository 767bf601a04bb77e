/**
 * Blocks of 32 numbers with one scale d, and some with an offset m: q8_0, q4_0, q4_1, q5_0, q5_1.
 *
 * Of 4 bits, the low halves of the bytes are the first 16 numbers, the high halves the other 16. Fifth bits lie
 * together in front: bit j is that of number j.
 * @module
 */
import { type BlockFormat, float16At, int8, type Numbers } from "./format.ts";

/** d·q, q signed. */
export const q8_0: BlockFormat = {
  numbers: 32,
  bytes: 34,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    for (let j = 0; j < 32; j++) out[to + j] = int8(blocks[at + 2 + j]) * d;
  },
};

/** d·(q − 8) */
export const q4_0: BlockFormat = {
  numbers: 32,
  bytes: 18,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 2 + j];
      out[to + j] = ((pair & 15) - 8) * d;
      out[to + 16 + j] = ((pair >> 4) - 8) * d;
    }
  },
};

/** d·q + m */
export const q4_1: BlockFormat = {
  numbers: 32,
  bytes: 20,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    const m = float16At(blocks, at + 2);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 4 + j];
      out[to + j] = Math.fround((pair & 15) * d + m);
      out[to + 16 + j] = Math.fround((pair >> 4) * d + m);
    }
  },
};

/** d·(q − 16) */
export const q5_0: BlockFormat = {
  numbers: 32,
  bytes: 22,
  widen(blocks, at, out, to) {
    fiveBits(blocks, at + 2, out, to);
    const d = float16At(blocks, at);
    for (let j = to; j < to + 32; j++) out[j] = (out[j] - 16) * d;
  },
};

/** d·q + m */
export const q5_1: BlockFormat = {
  numbers: 32,
  bytes: 24,
  widen(blocks, at, out, to) {
    fiveBits(blocks, at + 4, out, to);
    const d = float16At(blocks, at);
    const m = float16At(blocks, at + 2);
    for (let j = to; j < to + 32; j++) out[j] = Math.fround(out[j] * d + m);
  },
};

/** The integers q of 32 numbers, from the four bytes of fifth bits on. */
function fiveBits(blocks: Uint8Array, at: number, out: Numbers, to: number): void {
  for (let j = 0; j < 16; j++) {
    const pair = blocks[at + 4 + j];
    const first = (blocks[at + (j >> 3)] >> (j & 7)) & 1;
    const second = (blocks[at + 2 + (j >> 3)] >> (j & 7)) & 1;
    out[to + j] = (pair & 15) | (first << 4);
    out[to + 16 + j] = (pair >> 4) | (second << 4);
  }
}

/**
 * Blocks of 32 numbers (tensor/blocks/of-32.ts) as bytes or nibbles with a scale, and an offset where they have it.
 * @module
 */
import { float16At } from "../../../../tensor/blocks/format.ts";
import type { Unpack, Unpacked } from "./unpacked.ts";

export const q8_0: Unpack = (stored, at, out, to, scale) => {
  out.scales[scale] = float16At(stored, at);
  for (let j = 0; j < 32; j++) out.words[to + j] = stored[at + 2 + j];
};

export const q5_0: Unpack = (stored, at, out, to, scale) => {
  out.scales[scale] = float16At(stored, at);
  fiveBits(stored, at + 2, out, to);
  for (let j = 0; j < 32; j++) out.words[to + j] -= 16;
};

export const q5_1: Unpack = (stored, at, out, to, scale) => {
  out.scales[scale] = float16At(stored, at);
  out.scales[scale + 1] = float16At(stored, at + 2);
  fiveBits(stored, at + 4, out, to);
};

export const q4_0: Unpack = (stored, at, out, to, scale) => {
  out.scales[scale] = float16At(stored, at);
  inOrder(stored, at + 2, out, to);
};

export const q4_1: Unpack = (stored, at, out, to, scale) => {
  out.scales[scale] = float16At(stored, at);
  out.scales[scale + 1] = float16At(stored, at + 2);
  inOrder(stored, at + 4, out, to);
};

/** Five bits of 32 columns: the fifth ones, four bytes, and then the others. */
function fiveBits(stored: Uint8Array, at: number, { words }: Unpacked, to: number): void {
  for (let j = 0; j < 16; j++) {
    const pair = stored[at + 4 + j];
    const first = (stored[at + (j >> 3)] >> (j & 7)) & 1;
    const second = (stored[at + 2 + (j >> 3)] >> (j & 7)) & 1;
    words[to + j] = (pair & 15) | (first << 4);
    words[to + 16 + j] = (pair >> 4) | (second << 4);
  }
}

/** Nibbles of 32 columns, the lower ones those of 0 to 15, become pairs of neighbours. */
function inOrder(stored: Uint8Array, at: number, { words }: Unpacked, to: number): void {
  for (let j = 0; j < 8; j++) {
    const [even, odd] = [stored[at + 2 * j], stored[at + 2 * j + 1]];
    words[to + j] = (even & 15) | ((odd & 15) << 4);
    words[to + 8 + j] = (even >> 4) | (odd & 0xf0);
  }
}

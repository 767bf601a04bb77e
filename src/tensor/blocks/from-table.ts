/**
 * Blocks whose four bits choose a number of a table, in which steps are smaller around 0: iq4_nl and iq4_xs.
 *
 * Other types of llama.cpp whose names begin with IQ have tables of 256 and more entries of eight numbers each. They are
 * not read.
 * @module
 */
import { type BlockFormat, float16At } from "./format.ts";

/** What each of the four bits' 16 values stands for (ggml: `kvalues_iq4nl`). */
export const TABLE: readonly number[] = [
  -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];

/** d·TABLE[q]. Low halves of the bytes are the first 16 numbers, as in q4_0. */
export const iq4_nl: BlockFormat = {
  numbers: 32,
  bytes: 18,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 2 + j];
      out[to + j] = TABLE[pair & 15] * d;
      out[to + 16 + j] = TABLE[pair >> 4] * d;
    }
  },
};

/** d·(s − 32)·TABLE[q], in 8 sub-blocks of 32, each laid out as in iq4_nl. */
export const iq4_xs: BlockFormat = {
  numbers: 256,
  bytes: 136,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    for (let sub = 0; sub < 8; sub++) {
      const scale = d * (tableScale(blocks, at + 2, sub) - 32);
      for (let j = 0; j < 16; j++) {
        const pair = blocks[at + 8 + 16 * sub + j];
        out[to + 32 * sub + j] = TABLE[pair & 15] * scale;
        out[to + 32 * sub + 16 + j] = TABLE[pair >> 4] * scale;
      }
    }
  },
};

/** s of sub-block `sub` of 8 in iq4_xs: the upper two of its six bits lie in two bytes at `at`, the others behind. */
export function tableScale(blocks: Uint8Array, at: number, sub: number): number {
  const low = blocks[at + 2 + (sub >> 1)] >> (4 * (sub & 1));
  const high = blocks[at + (sub >> 2)] >> (2 * (sub & 3));
  return (low & 15) | ((high & 3) << 4);
}

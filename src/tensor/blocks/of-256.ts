/**
 * Blocks of 256 numbers in sub-blocks with a scale each, which is a small integer beside the block's d: q2_k to q6_k,
 * the "k-quants". Where numbers have an offset, it is made of an integer t and the block's e in the same way.
 * @module
 */
import { type BlockFormat, float16At, int8 } from "./format.ts";

/** d·s·q − e·t, in 16 sub-blocks of 16. A byte has s in its lower half, t in its upper one. */
export const q2_k: BlockFormat = {
  numbers: 256,
  bytes: 84,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at + 80);
    const e = float16At(blocks, at + 82);
    for (let j = 0; j < 256; j++) {
      const both = blocks[at + (j >> 4)];
      const q = twoBits(blocks, at + 16, j);
      out[to + j] = Math.fround(d * (both & 15) * q - e * (both >> 4));
    }
  },
};

/** d·(s − 32)·(q − 4), in 16 sub-blocks of 16. The upper bit of q lies apart: bit j >> 5 of byte j & 31. */
export const q3_k: BlockFormat = {
  numbers: 256,
  bytes: 110,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at + 108);
    for (let j = 0; j < 256; j++) {
      const s = sixBitScale16(blocks, at + 96, j >> 4) - 32;
      const upper = (blocks[at + (j & 31)] >> (j >> 5)) & 1;
      out[to + j] = d * s * ((twoBits(blocks, at + 32, j) | (upper << 2)) - 4);
    }
  },
};

/** d·s·q − e·t, in 8 sub-blocks of 32. */
export const q4_k: BlockFormat = {
  numbers: 256,
  bytes: 144,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    const e = float16At(blocks, at + 2);
    for (let sub = 0; sub < 8; sub++) {
      const [s, t] = sixBitScales(blocks, at + 4, sub);
      const quants = at + 16 + (sub >> 1) * 32;
      const shift = (sub & 1) * 4;
      for (let j = 0; j < 32; j++) {
        const q = (blocks[quants + j] >> shift) & 15;
        out[to + sub * 32 + j] = Math.fround(d * s * q - e * t);
      }
    }
  },
};

/** As q4_k, with a fifth bit of q: of sub-block i, bit i of 32 bytes in front. */
export const q5_k: BlockFormat = {
  numbers: 256,
  bytes: 176,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at);
    const e = float16At(blocks, at + 2);
    for (let sub = 0; sub < 8; sub++) {
      const [s, t] = sixBitScales(blocks, at + 4, sub);
      const quants = at + 48 + (sub >> 1) * 32;
      const shift = (sub & 1) * 4;
      for (let j = 0; j < 32; j++) {
        const fifth = (blocks[at + 16 + j] >> sub) & 1;
        const q = ((blocks[quants + j] >> shift) & 15) | (fifth << 4);
        out[to + sub * 32 + j] = Math.fround(d * s * q - e * t);
      }
    }
  },
};

/** d·s·(q − 32), in 16 sub-blocks of 16, s signed. */
export const q6_k: BlockFormat = {
  numbers: 256,
  bytes: 210,
  widen(blocks, at, out, to) {
    const d = float16At(blocks, at + 208);
    for (let j = 0; j < 256; j++) {
      // Within each half of 128: four runs of 32, two sharing 32 bytes of low bits, four 32 of high ones.
      const half = j >> 7;
      const run = (j >> 5) & 3;
      const low = blocks[at + half * 64 + (run & 1) * 32 + (j & 31)] >> ((run >> 1) * 4);
      const high = blocks[at + 128 + half * 32 + (j & 31)] >> (run * 2);
      const s = int8(blocks[at + 192 + (j >> 4)]);
      out[to + j] = Math.fround(d * s * (((low & 15) | ((high & 3) << 4)) - 32));
    }
  },
};

/** Two bits of number j of 256, which lie in 64 bytes: in each half of 128, four runs of 32 share 32 bytes. */
export function twoBits(blocks: Uint8Array, at: number, j: number): number {
  return (blocks[at + 32 * (j >> 7) + (j & 31)] >> (2 * ((j >> 5) & 3))) & 3;
}

/**
 * s and t of sub-block `sub` of 8 in q4_k and q5_k, six bits each in 12 bytes at `at`: of 4 to 7, the upper two bits
 * lie in the bytes of 0 to 3.
 */
export function sixBitScales(
  blocks: Uint8Array,
  at: number,
  sub: number,
): readonly [s: number, t: number] {
  const [low, high] = [blocks[at + sub], blocks[at + 4 + sub]];
  if (sub < 4) return [low & 63, high & 63];
  return [(high & 15) | ((blocks[at + sub - 4] >> 6) << 4), (high >> 4) | ((low >> 6) << 4)];
}

/**
 * s of sub-block `sub` of 16 in q3_k, six bits in 12 bytes at `at`: four in the halves of the first eight bytes, two in
 * the quarters of the other four.
 */
export function sixBitScale16(blocks: Uint8Array, at: number, sub: number): number {
  const low = blocks[at + (sub & 7)] >> (4 * (sub >> 3));
  const high = blocks[at + 8 + (sub & 3)] >> (2 * (sub >> 2));
  return (low & 15) | ((high & 3) << 4);
}

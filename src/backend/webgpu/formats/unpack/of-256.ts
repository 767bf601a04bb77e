/**
 * Blocks of 256 numbers (tensor/blocks/of-256.ts) as bytes or nibbles, with the product of both scales for each
 * sub-block. It is exact in float32.
 * @module
 */
import { float16At, int8 } from "../../../../tensor/blocks/format.ts";
import { sixBitScale16, sixBitScales, twoBits } from "../../../../tensor/blocks/of-256.ts";
import type { Unpack, Unpacked } from "./unpacked.ts";

export const q2_k: Unpack = (stored, at, out, to, scale) => {
  const d = float16At(stored, at + 80);
  const e = float16At(stored, at + 82);
  for (let sub = 0; sub < 16; sub++) {
    const both = stored[at + sub];
    out.scales[scale + 2 * sub] = d * (both & 15);
    out.scales[scale + 2 * sub + 1] = -e * (both >> 4);
  }
  for (let j = 0; j < 256; j += 2) {
    const odd = twoBits(stored, at + 16, j + 1);
    out.words[to + (j >> 1)] = twoBits(stored, at + 16, j) | (odd << 4);
  }
};

export const q3_k: Unpack = (stored, at, out, to, scale) => {
  const d = float16At(stored, at + 108);
  for (let sub = 0; sub < 16; sub++) {
    out.scales[scale + sub] = d * (sixBitScale16(stored, at + 96, sub) - 32);
  }
  for (let j = 0; j < 256; j++) {
    const upper = (stored[at + (j & 31)] >> (j >> 5)) & 1;
    out.words[to + j] = (twoBits(stored, at + 32, j) | (upper << 2)) - 4;
  }
};

export const q4_k: Unpack = (stored, at, out, to, scale) => {
  scalesAndOffsets(stored, at, out, scale);
  for (let sub = 0; sub < 8; sub++) {
    const quants = at + 16 + (sub >> 1) * 32;
    const shift = (sub & 1) * 4;
    for (let j = 0; j < 16; j++) {
      const even = (stored[quants + 2 * j] >> shift) & 15;
      const odd = (stored[quants + 2 * j + 1] >> shift) & 15;
      out.words[to + 16 * sub + j] = even | (odd << 4);
    }
  }
};

export const q5_k: Unpack = (stored, at, out, to, scale) => {
  scalesAndOffsets(stored, at, out, scale);
  for (let j = 0; j < 256; j++) {
    const sub = j >> 5;
    const four = stored[at + 48 + (sub >> 1) * 32 + (j & 31)] >> ((sub & 1) * 4);
    const fifth = (stored[at + 16 + (j & 31)] >> sub) & 1;
    out.words[to + j] = (four & 15) | (fifth << 4);
  }
};

export const q6_k: Unpack = (stored, at, out, to, scale) => {
  const d = float16At(stored, at + 208);
  for (let i = 0; i < 16; i++) out.scales[scale + i] = d * int8(stored[at + 192 + i]);
  for (let j = 0; j < 256; j++) {
    // Within each half of 128: four runs of 32, two sharing 32 bytes of low bits, four 32 of high ones.
    const half = j >> 7;
    const run = (j >> 5) & 3;
    const low = stored[at + half * 64 + (run & 1) * 32 + (j & 31)] >> ((run >> 1) * 4);
    const high = stored[at + 128 + half * 32 + (j & 31)] >> (run * 2);
    out.words[to + j] = ((low & 15) | ((high & 3) << 4)) - 32;
  }
};

/** d · s and −e · t of each of eight sub-blocks. */
function scalesAndOffsets(stored: Uint8Array, at: number, out: Unpacked, scale: number): void {
  const d = float16At(stored, at);
  const e = float16At(stored, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const [s, t] = sixBitScales(stored, at + 4, sub);
    out.scales[scale + 2 * sub] = d * s;
    out.scales[scale + 2 * sub + 1] = -e * t;
  }
}

/**
 * Quantised blocks, as llama.cpp stores weights in GGUF (ggml: src/ggml-common.h, src/ggml-quants.c):
 * a row is cut into blocks of 32 or 256 numbers. Each number is a small integer q; each block has a float16
 * scale d, and some have a second float16: an offset m, or a scale e of offsets.
 *
 *     q8_0   d·q           q8 signed                         34 bytes for 32 numbers
 *     q4_0   d·(q − 8)     q of 4 bits                       18
 *     q4_1   d·q + m                                         20
 *     q5_0   d·(q − 16)    q of 5 bits                       22
 *     q4_k   d·s·q − e·t   8 sub-blocks with 6-bit s and t   144 for 256
 *     q6_k   d·s·(q − 32)  16 sub-blocks with 8-bit s        210
 *
 * Widening gives the float32 numbers that llama.cpp's own reference gives, to the bit: every product
 * here has few enough bits to be exact, so at most the one addition rounds, and it is rounded once.
 * @module
 */
import { float16ToFloat32, float32ToFloat16 } from "./float16.ts";

/** ggml's names of the formats, in lower case. */
export type BlockType = "q8_0" | "q4_0" | "q4_1" | "q5_0" | "q4_k" | "q6_k";

/** How a block is laid out. */
export interface BlockFormat {
  /** Numbers in a block. */
  readonly numbers: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Turns blocks into float32 numbers. */
  readonly widen: Widen;
}

/** Widens the block of `blocks` that begins at byte `at` into `out`, from index `to` on. */
export type Widen = (
  blocks: Uint8Array,
  at: number,
  out: Float32Array | Float64Array,
  to: number,
) => void;

/** The formats that can be read. */
export const BLOCK_FORMATS: Readonly<Record<BlockType, BlockFormat>> = {
  q8_0: { numbers: 32, bytes: 34, widen: widenQ8_0 },
  q4_0: { numbers: 32, bytes: 18, widen: widenQ4_0 },
  q4_1: { numbers: 32, bytes: 20, widen: widenQ4_1 },
  q5_0: { numbers: 32, bytes: 22, widen: widenQ5_0 },
  q4_k: { numbers: 256, bytes: 144, widen: widenQ4K },
  q6_k: { numbers: 256, bytes: 210, widen: widenQ6K },
};

function widenQ8_0(blocks: Uint8Array, at: number, out: Float32Array | Float64Array, to: number) {
  const d = float16At(blocks, at);
  for (let j = 0; j < 32; j++) out[to + j] = int8(blocks[at + 2 + j]) * d;
}

/** The low halves of the bytes are the first 16 numbers, the high halves the other 16. */
function widenQ4_0(blocks: Uint8Array, at: number, out: Float32Array | Float64Array, to: number) {
  const d = float16At(blocks, at);
  for (let j = 0; j < 16; j++) {
    const pair = blocks[at + 2 + j];
    out[to + j] = ((pair & 15) - 8) * d;
    out[to + 16 + j] = ((pair >> 4) - 8) * d;
  }
}

function widenQ4_1(blocks: Uint8Array, at: number, out: Float32Array | Float64Array, to: number) {
  const d = float16At(blocks, at);
  const m = float16At(blocks, at + 2);
  for (let j = 0; j < 16; j++) {
    const pair = blocks[at + 4 + j];
    out[to + j] = Math.fround((pair & 15) * d + m);
    out[to + 16 + j] = Math.fround((pair >> 4) * d + m);
  }
}

/** The fifth bits lie together in front: bit j is that of number j. */
function widenQ5_0(blocks: Uint8Array, at: number, out: Float32Array | Float64Array, to: number) {
  const d = float16At(blocks, at);
  for (let j = 0; j < 16; j++) {
    const pair = blocks[at + 6 + j];
    const first = (blocks[at + 2 + (j >> 3)] >> (j & 7)) & 1;
    const second = (blocks[at + 4 + (j >> 3)] >> (j & 7)) & 1;
    out[to + j] = (((pair & 15) | (first << 4)) - 16) * d;
    out[to + 16 + j] = (((pair >> 4) | (second << 4)) - 16) * d;
  }
}

function widenQ4K(blocks: Uint8Array, at: number, out: Float32Array | Float64Array, to: number) {
  const d = float16At(blocks, at);
  const e = float16At(blocks, at + 2);
  const scales = at + 4;
  for (let sub = 0; sub < 8; sub++) {
    // Of sub-blocks 4 to 7, the upper two bits lie in the bytes of 0 to 3.
    const [low, high] = [blocks[scales + sub], blocks[scales + 4 + sub]];
    const s = sub < 4 ? low & 63 : (high & 15) | ((blocks[scales + sub - 4] >> 6) << 4);
    const t = sub < 4 ? high & 63 : (high >> 4) | ((low >> 6) << 4);
    const quants = at + 16 + (sub >> 1) * 32;
    const shift = (sub & 1) * 4;
    for (let j = 0; j < 32; j++) {
      const q = (blocks[quants + j] >> shift) & 15;
      out[to + sub * 32 + j] = Math.fround(d * s * q - e * t);
    }
  }
}

function widenQ6K(blocks: Uint8Array, at: number, out: Float32Array | Float64Array, to: number) {
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
}

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

function float16At(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(bytes[at] | (bytes[at + 1] << 8));
}

function setFloat16(bytes: Uint8Array, at: number, value: number): void {
  const bits = float32ToFloat16(value);
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
}

function int8(byte: number): number {
  return (byte << 24) >> 24;
}

/** C's roundf: −2.5 becomes −3, where Math.round gives −2. */
function roundHalfAway(x: number): number {
  return x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
}

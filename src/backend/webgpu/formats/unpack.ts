/**
 * Weights as stored become words and scales as the shaders read them, on this side. Blocks of GGUF (tensor/quantized.ts)
 * are 18 or 34 bytes, with scales among the integers: an odd place for words of 32 bits.
 * @module
 */
import { float16ToFloat32 } from "../../../tensor/float16.ts";
import { BLOCK_FORMATS } from "../../../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType } from "../../../tensor/stored.ts";
import { bfloat16 } from "./bfloat16.ts";
import { float16 } from "./float16.ts";
import { float32 } from "./float32.ts";
import { BLOCK, type GpuFormat } from "./format.ts";
import { int4, int4WithOffset } from "./int4.ts";
import { int8By16, int8By32 } from "./int8.ts";

/** The dtypes that are taken. The library widens float64. */
export type GpuType = Exclude<DType, "float64">;

/** Where unpacked blocks go, and how far that has come. */
export interface Unpacked {
  readonly words: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Unpacks the block of `stored` at byte `at` to the word bytes from `to` on, and to the scales from `scale` on. */
type Unpack = (
  stored: Uint8Array,
  at: number,
  { words, scales }: Unpacked,
  to: number,
  scale: number,
) => void;

/** As what each dtype lies on the device. */
export const FORMATS: Readonly<Record<GpuType, GpuFormat>> = {
  float32,
  float16,
  bfloat16,
  q8_0: int8By32,
  q4_0: int4,
  q4_1: int4WithOffset,
  q5_0: int8By32,
  q4_k: int4WithOffset,
  q6_k: int8By16,
};

const UNPACK: Partial<Record<GpuType, Unpack>> = { q8_0, q4_0, q4_1, q5_0, q4_k, q6_k };

/** Rows of `columns` numbers, as they lie in a file, as they lie on the device. */
export function unpack(stored: Uint8Array, dtype: GpuType, columns: number): Unpacked {
  const { block } = FORMATS[dtype];
  const rowBytes = columns * BYTES_PER_ELEMENT[dtype];
  const rows = stored.length / rowBytes;
  const blocks = Math.ceil(columns / BLOCK);
  const wordBytes = 4 * blocks * block.words;
  const unpacked: Unpacked = {
    words: new Uint8Array(rows * wordBytes),
    scales: new Float32Array(rows * blocks * block.scales),
  };
  const one = UNPACK[dtype];
  if (!one) {
    for (let r = 0; r < rows; r++) {
      unpacked.words.set(stored.subarray(r * rowBytes, (r + 1) * rowBytes), r * wordBytes);
    }
    return unpacked;
  }
  const { numbers, bytes } = BLOCK_FORMATS[dtype as keyof typeof BLOCK_FORMATS];
  const step = numbers / BLOCK;
  for (let b = 0, at = 0; at < stored.length; b += step, at += bytes) {
    one(stored, at, unpacked, 4 * b * block.words, b * block.scales);
  }
  return unpacked;
}

function q8_0(stored: Uint8Array, at: number, out: Unpacked, to: number, scale: number): void {
  out.scales[scale] = float16At(stored, at);
  for (let j = 0; j < 32; j++) out.words[to + j] = stored[at + 2 + j];
}

function q5_0(stored: Uint8Array, at: number, out: Unpacked, to: number, scale: number): void {
  out.scales[scale] = float16At(stored, at);
  for (let j = 0; j < 16; j++) {
    const pair = stored[at + 6 + j];
    const first = (stored[at + 2 + (j >> 3)] >> (j & 7)) & 1;
    const second = (stored[at + 4 + (j >> 3)] >> (j & 7)) & 1;
    out.words[to + j] = ((pair & 15) | (first << 4)) - 16;
    out.words[to + 16 + j] = ((pair >> 4) | (second << 4)) - 16;
  }
}

function q4_0(stored: Uint8Array, at: number, out: Unpacked, to: number, scale: number): void {
  out.scales[scale] = float16At(stored, at);
  inOrder(stored, at + 2, out.words, to);
}

function q4_1(stored: Uint8Array, at: number, out: Unpacked, to: number, scale: number): void {
  out.scales[scale] = float16At(stored, at);
  out.scales[scale + 1] = float16At(stored, at + 2);
  inOrder(stored, at + 4, out.words, to);
}

/** Nibbles of 32 columns, the lower ones those of 0 to 15, become pairs of neighbours. */
function inOrder(stored: Uint8Array, at: number, words: Uint8Array, to: number): void {
  for (let j = 0; j < 8; j++) {
    const [even, odd] = [stored[at + 2 * j], stored[at + 2 * j + 1]];
    words[to + j] = (even & 15) | ((odd & 15) << 4);
    words[to + 8 + j] = (even >> 4) | (odd & 0xf0);
  }
}

function q4_k(stored: Uint8Array, at: number, out: Unpacked, to: number, scale: number): void {
  const d = float16At(stored, at);
  const e = float16At(stored, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    // Of sub-blocks 4 to 7, the upper two bits lie in the bytes of 0 to 3.
    const [low, high] = [stored[at + 4 + sub], stored[at + 8 + sub]];
    const s = sub < 4 ? low & 63 : (high & 15) | ((stored[at + sub] >> 6) << 4);
    const t = sub < 4 ? high & 63 : (high >> 4) | ((low >> 6) << 4);
    out.scales[scale + 2 * sub] = d * s;
    out.scales[scale + 2 * sub + 1] = -e * t;
    const quants = at + 16 + (sub >> 1) * 32;
    const shift = (sub & 1) * 4;
    for (let j = 0; j < 16; j++) {
      const even = (stored[quants + 2 * j] >> shift) & 15;
      const odd = (stored[quants + 2 * j + 1] >> shift) & 15;
      out.words[to + 16 * sub + j] = even | (odd << 4);
    }
  }
}

function q6_k(stored: Uint8Array, at: number, out: Unpacked, to: number, scale: number): void {
  const d = float16At(stored, at + 208);
  for (let i = 0; i < 16; i++) out.scales[scale + i] = d * ((stored[at + 192 + i] << 24) >> 24);
  for (let j = 0; j < 256; j++) {
    // Within each half of 128: four runs of 32, two sharing 32 bytes of low bits, four 32 of high ones.
    const half = j >> 7;
    const run = (j >> 5) & 3;
    const low = stored[at + half * 64 + (run & 1) * 32 + (j & 31)] >> ((run >> 1) * 4);
    const high = stored[at + 128 + half * 32 + (j & 31)] >> (run * 2);
    out.words[to + j] = ((low & 15) | ((high & 3) << 4)) - 32;
  }
}

function float16At(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(bytes[at] | (bytes[at + 1] << 8));
}

/**
 * Weights as stored become words and scales as the shaders read them, on this side. Blocks of GGUF (tensor/quantized.ts)
 * are 18 or 34 bytes, with scales among the integers: an odd place for words of 32 bits.
 * @module
 */
import { BLOCK_FORMATS, type BlockType } from "../../../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType } from "../../../tensor/stored.ts";
import { bfloat16 } from "./bfloat16.ts";
import { float16 } from "./float16.ts";
import { float32 } from "./float32.ts";
import { BLOCK, type GpuFormat } from "./format.ts";
import { int4, int4WithOffsetBy16, int4WithOffsetBy32 } from "./int4.ts";
import { int8By16, int8By32, int8WithOffset } from "./int8.ts";
import { iq4_nl, iq4_xs } from "./unpack/from-table.ts";
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from "./unpack/of-32.ts";
import { q2_k, q3_k, q4_k, q5_k, q6_k } from "./unpack/of-256.ts";
import type { Unpack, Unpacked } from "./unpack/unpacked.ts";

/** The dtypes that are taken. The library widens float64. */
export type GpuType = Exclude<DType, "float64">;

/** As what each dtype lies on the device. */
export const FORMATS: Readonly<Record<GpuType, GpuFormat>> = {
  float32,
  float16,
  bfloat16,
  q8_0: int8By32,
  q4_0: int4,
  q4_1: int4WithOffsetBy32,
  q5_0: int8By32,
  q5_1: int8WithOffset,
  q2_k: int4WithOffsetBy16,
  q3_k: int8By16,
  q4_k: int4WithOffsetBy32,
  q5_k: int8WithOffset,
  q6_k: int8By16,
  iq4_nl: int8By32,
  iq4_xs: int8By32,
};

const UNPACK: Readonly<Record<BlockType, Unpack>> = {
  ...{ q8_0, q4_0, q4_1, q5_0, q5_1 },
  ...{ q2_k, q3_k, q4_k, q5_k, q6_k },
  ...{ iq4_nl, iq4_xs },
};

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
  if (!isBlocks(dtype)) {
    for (let r = 0; r < rows; r++) {
      unpacked.words.set(stored.subarray(r * rowBytes, (r + 1) * rowBytes), r * wordBytes);
    }
    return unpacked;
  }
  const { numbers, bytes } = BLOCK_FORMATS[dtype];
  const step = numbers / BLOCK;
  for (let b = 0, at = 0; at < stored.length; b += step, at += bytes) {
    UNPACK[dtype](stored, at, unpacked, 4 * b * block.words, b * block.scales);
  }
  return unpacked;
}

function isBlocks(dtype: GpuType): dtype is BlockType {
  return Object.hasOwn(BLOCK_FORMATS, dtype);
}

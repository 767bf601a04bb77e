/** Blocks of GGUF as words and scales: what a shader makes of them, computed here, is what the definition widens. */
import { describe, expect, it } from "vitest";
import { FORMATS, type GpuType, unpack } from "../../../src/backend/webgpu/formats/unpack.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { BLOCK_FORMATS, type BlockType } from "../../../src/tensor/quantized.ts";
import { storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";

const ROWS = 3;
const COLUMNS = 512;

/** Random blocks, whose float16 scales are small and finite. */
function blocks(type: BlockType): Uint8Array {
  const { numbers, bytes } = BLOCK_FORMATS[type];
  const random = xoshiro128(7);
  const stored = Uint8Array.from(
    { length: (ROWS * COLUMNS * bytes) / numbers },
    () => 256 * random(),
  );
  const scales: Record<BlockType, readonly number[]> = {
    q8_0: [0],
    q4_0: [0],
    q4_1: [0, 2],
    q5_0: [0],
    q4_k: [0, 2],
    q6_k: [208],
  };
  for (let at = 0; at < stored.length; at += bytes) {
    for (const scale of scales[type])
      stored[at + scale + 1] = (stored[at + scale + 1] & 0x83) | 0x28;
  }
  return stored;
}

/** Number `column` of a row, by what src/backend/webgpu/formats/int8.ts and int4 beside it say. */
function number(
  type: GpuType,
  words: Uint8Array,
  scales: Float32Array,
  row: number,
  column: number,
) {
  const block = (row * COLUMNS) / 32 + Math.floor(column / 32);
  const i = column % 32;
  switch (FORMATS[type].name) {
    case "int8 by 32":
      return scales[block] * ((words[32 * block + i] << 24) >> 24);
    case "int8 by 16":
      return scales[2 * block + Math.floor(i / 16)] * ((words[32 * block + i] << 24) >> 24);
    default: {
      const byte = words[16 * block + (i >> 1)];
      const nibble = i % 2 === 0 ? byte & 15 : byte >> 4;
      if (FORMATS[type].name === "int4") return scales[block] * (nibble - 8);
      return Math.fround(scales[2 * block] * nibble + scales[2 * block + 1]);
    }
  }
}

describe("unpack", () => {
  it.each(Object.keys(BLOCK_FORMATS) as BlockType[])("%s keeps every number", (type) => {
    const stored = blocks(type);
    const { words, scales } = unpack(stored, type, COLUMNS);
    const weight = storedFromBytes(stored, type, [ROWS, COLUMNS]);
    const wanted = new Float64Array(COLUMNS);
    for (let row = 0; row < ROWS; row++) {
      widenRow(weight, row, wanted);
      const got = Array.from(wanted, (_, column) => number(type, words, scales, row, column));
      expect(got).toEqual([...wanted]);
    }
  });

  it.each([
    ["float32", 4],
    ["float16", 2],
    ["bfloat16", 2],
  ] as const)("%s stays as it is, each row filled up with zeros to whole blocks", (type, bytes) => {
    const stored = Uint8Array.from({ length: 2 * 33 * bytes }, (_, i) => 1 + (i % 255));
    const { words, scales } = unpack(stored, type, 33);
    expect(scales).toHaveLength(0);
    expect(words).toHaveLength(2 * 64 * bytes);
    for (const row of [0, 1]) {
      const [begin, used] = [row * 64 * bytes, 33 * bytes];
      expect(words.slice(begin, begin + used)).toEqual(stored.slice(row * used, (row + 1) * used));
      expect(words.slice(begin + used, begin + 64 * bytes).every((byte) => byte === 0)).toBe(true);
    }
  });
});

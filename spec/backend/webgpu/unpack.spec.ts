/** Blocks of GGUF as words and scales: what a shader makes of them, computed here, is what the definition widens. */
import { describe, expect, it } from "vitest";
import { FORMATS, type GpuType, unpack } from "../../../src/backend/webgpu/formats/unpack.ts";
import { BLOCK_FORMATS, type BlockType } from "../../../src/tensor/quantized.ts";
import { widenRow } from "../../../src/tensor/stored.ts";
import { randomStored } from "../../support/wasm-weights.ts";

const ROWS = 3;
const COLUMNS = 512;

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
    case "int8 with offset": {
      const product = scales[2 * block] * ((words[32 * block + i] << 24) >> 24);
      return Math.fround(product + scales[2 * block + 1]);
    }
    default: {
      const byte = words[16 * block + (i >> 1)];
      const nibble = i % 2 === 0 ? byte & 15 : byte >> 4;
      if (FORMATS[type].name === "int4") return scales[block] * (nibble - 8);
      const runs = FORMATS[type].block.scales / 2;
      const at = 2 * (runs * block + Math.floor((i * runs) / 32));
      return Math.fround(scales[at] * nibble + scales[at + 1]);
    }
  }
}

describe("unpack", () => {
  it.each(Object.keys(BLOCK_FORMATS) as BlockType[])("%s keeps every number", (type) => {
    const weight = randomStored(type, [ROWS, COLUMNS], 7);
    const stored = weight.data as Uint8Array;
    const { words, scales } = unpack(stored, type, COLUMNS);
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

/** Each format holds four rows as stored, and gives the bits that the library widens them to. */
import { describe, expect, it } from "vitest";
import { pieceBytes, pieceColumns } from "../../../../src/backend/wasm/formats/format.ts";
import { FORMATS } from "../../../../src/backend/wasm/formats/formats.ts";
import { readGguf } from "../../../../src/checkpoint/gguf/read.ts";
import { bytesSource } from "../../../../src/source/byte-source.ts";
import { BLOCK_FORMATS, type BlockType } from "../../../../src/tensor/quantized.ts";
import { type Stored, widenRow } from "../../../../src/tensor/stored.ts";
import { golden, readFixture } from "../../../support/goldens.ts";
import {
  bytesOf,
  columnMultiple,
  KERNEL_TYPES,
  packAndWiden,
  randomStored,
  SCALES,
  setScale,
} from "../../../support/wasm-weights.ts";

const isBlocks = (dtype: string): dtype is BlockType => dtype in BLOCK_FORMATS;

/** The rows as the library widens them. */
function widened(stored: Stored): Float32Array[] {
  const [rows, columns] = stored.shape;
  const row = new Float64Array(columns);
  return Array.from({ length: rows }, (_, r) => {
    widenRow(stored, r, row);
    return Float32Array.from(row);
  });
}

describe.each(KERNEL_TYPES)("%s", (dtype) => {
  const format = FORMATS[dtype];
  const perPiece = pieceColumns(format);
  const columns = Math.max(columnMultiple(dtype), 3 * perPiece);
  const pieces = columns / perPiece;

  it("gives each number's bits, of any bits in the blocks", () => {
    for (let seed = 0; seed < 20; seed++) {
      const stored = randomStored(dtype, [4, columns], seed);
      const { rows, suspect } = packAndWiden(format, bytesOf(stored), pieces);
      expect(rows).toEqual(widened(stored));
      expect(suspect).toBe(0);
    }
  });

  it("takes at most an eighth more memory than what is stored", () => {
    expect(pieceBytes(format) / (4 * format.storedBytes)).toBeLessThanOrEqual(1.12);
    expect(pieceBytes(format) % 16).toBe(0); // loads of 16 bytes do not straddle lines more often than they must
  });

  if (isBlocks(dtype)) {
    it("keeps scales that are subnormal, largest, negative or 0", () => {
      const scales = [2 ** -24, -(2 ** -24), 65504, -65504, 2 ** -14, 0, -0, 1];
      for (const [i, scale] of scales.entries()) {
        const stored = randomStored(dtype, [4, columns], i);
        const blocks = bytesOf(stored);
        for (let at = 0; at < blocks.length; at += BLOCK_FORMATS[dtype].bytes) {
          for (const place of SCALES[dtype]) setScale(blocks, at + place, scale);
        }
        const { rows, suspect } = packAndWiden(format, blocks, pieces);
        // A block whose scale is 0 may be kept as zeros without a sign.
        const unsigned = (all: readonly Float32Array[]) => all.map((row) => row.map((n) => n + 0));
        expect(unsigned(rows)).toEqual(unsigned(widened(stored)));
        expect(suspect).toBe(0);
      }
    });

    it("reports a scale that is infinite or no number, wherever it stands", () => {
      const { bytes } = BLOCK_FORMATS[dtype];
      const blocks = bytesOf(randomStored(dtype, [4, columns], 1)).length / bytes;
      for (let block = 0; block < blocks; block++) {
        for (const place of SCALES[dtype]) {
          for (const scale of [Number.POSITIVE_INFINITY, Number.NaN]) {
            const stored = bytesOf(randomStored(dtype, [4, columns], 1));
            setScale(stored, block * bytes + place, scale);
            expect(packAndWiden(format, stored, pieces).suspect).not.toBe(0);
          }
        }
      }
    });
  }
});

describe.each(["float16", "bfloat16"] as const)("%s", (dtype) => {
  const format = FORMATS[dtype];
  const perPiece = pieceColumns(format);

  it("gives every one of its numbers, and reports those that it cannot give", () => {
    // All 65536 bit patterns, a piece of four rows at a time.
    const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const [rows, columns] = [4, 2 ** 14];
    const whole: Stored = { dtype, shape: [rows, columns], data: patterns };
    const all = packAndWiden(format, bytesOf(whole), columns / perPiece);
    const isGiven = (bits: number) => dtype === "bfloat16" || (bits & 0x7c00) !== 0x7c00;
    for (const [r, row] of widened(whole).entries()) {
      const keep = (_: number, c: number) => isGiven(r * columns + c);
      expect(all.rows[r].filter(keep)).toEqual(row.filter(keep));
    }
    expect(all.suspect !== 0).toBe(dtype === "float16");
    for (const bits of [0x7c00, 0xfc00, 0x7e00, 0xfc01, 0x7bff, 0xfbff, 0]) {
      for (let at = 0; at < 4 * perPiece; at++) {
        const data = new Uint16Array(4 * perPiece);
        data[at] = bits;
        const { suspect } = packAndWiden(format, bytesOf({ dtype, shape: [4, perPiece], data }), 1);
        expect(suspect !== 0).toBe(!isGiven(bits));
      }
    }
  });
});

it.each(Object.keys(BLOCK_FORMATS) as BlockType[])(
  "gives llama.cpp's numbers of blocks of any bits and of extreme scales: %s",
  (dtype) => {
    const name = dtype.toUpperCase();
    const stored = Uint8Array.from(golden("gguf/blocks.npz", `${name}.stored`));
    const wanted = Float32Array.from(golden("gguf/blocks.npz", `${name}.numbers`));
    const { bytes, numbers } = BLOCK_FORMATS[dtype];
    const pieces = numbers / pieceColumns(FORMATS[dtype]);
    // Four blocks at a time are four rows; the last ones overlap.
    const count = stored.length / bytes;
    for (const first of [0, 4, 8, count - 4]) {
      const blocks = stored.subarray(first * bytes, (first + 4) * bytes);
      const { rows, suspect } = packAndWiden(FORMATS[dtype], blocks, pieces);
      expect(suspect).toBe(0);
      for (const [r, row] of rows.entries()) {
        const begin = (first + r) * numbers;
        // A block whose scale is 0 may be kept as zeros without a sign.
        expect(row.map((x) => x + 0)).toEqual(
          wanted.slice(begin, begin + numbers).map((x) => x + 0),
        );
      }
    }
  },
);

const FILES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K_M", "Q6_K"] as const;

it.each(FILES)("gives llama.cpp's numbers of rows that llama.cpp wrote: %s", async (type) => {
  const file = bytesSource(readFixture(`gguf/model.${type}.gguf`), type);
  const gate = (await readGguf(file)).tensors.get("blk.0.ffn_gate.weight");
  if (!gate) throw new Error("no such tensor");
  if (!(gate.dtype! in FORMATS)) throw new Error(`no format for ${gate.dtype}`);
  const format = FORMATS[gate.dtype as keyof typeof FORMATS];
  const { rows } = packAndWiden(format, await gate.rows(0, 4), 256 / pieceColumns(format));
  const wanted = golden("gguf/goldens.npz", `gate_proj.${type}`);
  for (const [r, row] of rows.entries()) {
    expect(row).toEqual(Float32Array.from(wanted.subarray(256 * r, 256 * (r + 1))));
  }
});

/**
 * Activations of int8 with weights whose blocks have sub-blocks, against the same sums in plain JavaScript. They take relaxed
 * SIMD, which Node 20 has behind a flag; Chromium and newer versions of Node have it.
 */
import { afterAll, describe, expect, it } from "vitest";
import { integerPiece } from "../../../src/backend/wasm/formats/int8/format.ts";
import { INTEGER_FORMATS, integerType } from "../../../src/backend/wasm/formats/int8/formats.ts";
import { simdOfThisMachine } from "../../../src/backend/wasm/machine.ts";
import type { MemorySizes } from "../../../src/backend/wasm/memory/memories.ts";
import { wasmBackend, wasmBackendWith } from "../../../src/backend/wasm/wasm.ts";
import { embed } from "../../../src/nn/embedding.ts";
import { float16At, int8 } from "../../../src/tensor/blocks/format.ts";
import { sixBitScale16, sixBitScales } from "../../../src/tensor/blocks/of-256.ts";
import { BLOCK_FORMATS, quantizeQ8_0 } from "../../../src/tensor/quantized.ts";
import { type Stored, widenRow } from "../../../src/tensor/stored.ts";
import { randomTensor } from "../../support/random.ts";
import { blank, put, rowsOf, withBackend } from "../../support/wasm-backend.ts";
import { bytesOf, randomStored, SCALES, setScale, sourceOf } from "../../support/wasm-weights.ts";
import { HAS_THREADS } from "../../support/workers.ts";

const threads = HAS_THREADS ? 2 : 1;
const TYPES = ["q2_k", "q3_k", "q4_k", "q5_k", "q6_k"] as const;
type Type = (typeof TYPES)[number];

/** Columns whose products are added up as integers. */
const SUM = 16;
const fround = Math.fround;

/** Scale and offset of 16 numbers of a block: sub-block `i` of 16. A number is scale · q + offset, q from 0 on. */
function scaleAndOffset(dtype: Type, block: Uint8Array, i: number): readonly [number, number] {
  if (dtype === "q3_k") {
    const scale = float16At(block, 108) * (sixBitScale16(block, 96, i) - 32);
    return [scale, -4 * scale];
  }
  if (dtype === "q6_k") {
    const scale = float16At(block, 208) * int8(block[192 + i]);
    return [scale, -32 * scale];
  }
  const at = dtype === "q2_k" ? 80 : 0;
  const [d, e] = [float16At(block, at), float16At(block, at + 2)];
  const [s, t] = dtype === "q2_k" ? [block[i] & 15, block[i] >> 4] : sixBitScales(block, 4, i >> 1);
  return [d * s, -e * t];
}

/** The integers of a block, from what its numbers are with scales of 1 and no offset. */
function integersOf(dtype: Type, block: Uint8Array): number[] {
  const plain = block.slice();
  const { widen } = BLOCK_FORMATS[dtype];
  for (const at of SCALES[dtype]) setScale(plain, at, 0);
  setScale(plain, SCALES[dtype][0], 1);
  if (dtype === "q2_k") plain.fill(1, 0, 16);
  else if (dtype === "q3_k")
    plain.fill(0x11, 96, 104).fill(0xaa, 104, 108); // s − 32 = 1
  else if (dtype === "q6_k") plain.fill(1, 192, 208);
  else plain.fill(1, 4, 12).fill(0x11, 12, 16);
  const numbers = new Float64Array(256);
  widen(plain, 0, numbers, 0);
  const least = { q2_k: 0, q3_k: -4, q4_k: 0, q5_k: 0, q6_k: -32 }[dtype];
  return Array.from(numbers, (q) => q - least);
}

/** y[l] = W · x[l], block by block in float32; with `isFused` a product is not rounded before it is added. */
function product(x: Float32Array, stored: Stored, isFused: boolean): Float32Array {
  const dtype = stored.dtype as Type;
  const [F, D] = stored.shape;
  const { bytes } = BLOCK_FORMATS[dtype];
  const data = bytesOf(stored);
  const q8 = quantizeQ8_0(x);
  const rounded = isFused ? (n: number) => n : fround;
  const y = new Float32Array((x.length / D) * F);
  y.forEach((_, index) => {
    const [l, f] = [Math.floor(index / F), index % F];
    for (let b = 0; b < D / 256; b++) {
      const at = (f * (D / 256) + b) * bytes;
      const block = data.subarray(at, at + bytes);
      const q = integersOf(dtype, block);
      for (let i = 0; i < 16; i++) {
        const column = l * D + 256 * b + SUM * i;
        const ofX = Math.floor(column / 32) * 34;
        const d = float16At(q8, ofX);
        const [scale, offset] = scaleAndOffset(dtype, block, i);
        let [products, sum] = [0, 0];
        for (let j = 0; j < SUM; j++) {
          const xj = int8(q8[ofX + 2 + ((column + j) % 32)]);
          products += q[SUM * i + j] * xj;
          sum += xj;
        }
        const part = fround(fround(offset * (d * sum)) + rounded(products * fround(scale * d)));
        y[index] = fround(y[index] + part);
      }
    }
  });
  return y;
}

it.each(TYPES)("%s takes at most an eighth more memory than what is stored", (dtype) => {
  const format = INTEGER_FORMATS[`${dtype}_quads`];
  const { columns, bytes } = integerPiece(format);
  expect(columns).toBe(256);
  expect(bytes / (4 * format.storedBytes)).toBeLessThanOrEqual(1.12);
  expect(bytes % 16).toBe(0);
  expect(integerType(dtype, true)).toBe(format.name);
  expect(integerType(dtype, false)).toBe(undefined);
});

describe.runIf(simdOfThisMachine() === "relaxed-simd").each(TYPES)("a matrix in %s", (dtype) => {
  const backend = wasmBackend({ threads: 1, activations: "int8" });
  afterAll(() => backend.dispose());

  it.each([
    [1, 256, 1],
    [2, 256, 8],
    [5, 768, 37],
    [11, 1280, 20],
  ])("times %i rows of %i is the sum of its blocks, to the bit", async (L, D, F) => {
    const stored = randomStored(dtype, [F, D], D);
    const x = randomTensor([L, D], F);
    const [source, weight] = [put(backend, x), await backend.upload(sourceOf(stored))];
    const allowed = [false, true].map((fused) => product(x.data as Float32Array, stored, fused));
    const together = blank(backend, L, F);
    backend.ops.matmul(together, source, weight, rowsOf(L));
    const got = await backend.read(together, rowsOf(L));
    expect(allowed).toContainEqual(got);
    const apart = blank(backend, L, F);
    for (let l = 0; l < L; l++) backend.ops.matmul(apart, source, weight, rowsOf(1, l));
    expect(await backend.read(apart, rowsOf(L))).toEqual(got);
  });

  it("has room for the largest integers that there are", async () => {
    const stored = randomStored(dtype, [4, 256], 1);
    const { bytes } = BLOCK_FORMATS[dtype];
    const data = bytesOf(stored).fill(255);
    for (let at = 0; at < data.length; at += bytes) {
      for (const [i, place] of SCALES[dtype].entries()) setScale(data, at + place, i === 0 ? 1 : 0);
    }
    const row = new Float64Array(256);
    widenRow(stored, 0, row);
    for (const sign of [1, -1]) {
      const x = Float32Array.from({ length: 2 * 256 }, () => sign * 127);
      const source = put(backend, { ...randomTensor([2, 256], 1), data: x });
      const dst = blank(backend, 2, 4);
      const weight = await backend.upload(sourceOf(stored));
      backend.ops.matmul(dst, source, weight, rowsOf(2));
      const most = row.reduce((sum, w) => sum + w * sign * 127, 0);
      expect([...(await backend.read(dst, rowsOf(2)))]).toEqual(Array(8).fill(most));
      backend.ops.matmul(dst, source, weight, rowsOf(1));
      expect([...(await backend.read(dst, rowsOf(1)))]).toEqual(Array(4).fill(most));
    }
  });

  it("is a table whose rows are looked up as they are", async () => {
    const table = randomStored(dtype, [9, 512], 3);
    const [weight, ids] = [await backend.upload(sourceOf(table)), backend.allocIds(5)];
    const dst = blank(backend, 5, 512);
    backend.setIds(ids, [8, 0, 3, 3, 6]);
    backend.ops.embed(dst, weight, ids, rowsOf(5), 1.7);
    const wanted = embed([8, 0, 3, 3, 6], table, { scale: 1.7 }).data;
    // The 0 of q3_k is 4 · scale − 4 · scale, which has no sign; that of q6_k likewise.
    const unsigned = (numbers: ArrayLike<number>) => Float32Array.from(numbers, (n) => n + 0);
    expect(unsigned(await backend.read(dst, rowsOf(5)))).toEqual(unsigned(wanted));
  });

  it("has the same bits on several threads, in memories of their own", async () => {
    const stored = randomStored(dtype, [203, 512], 1);
    const x = randomTensor([6, 512], 2);
    const run = (make: () => ReturnType<typeof wasmBackend>) =>
      withBackend(
        {},
        async (backend) => {
          const weight = await backend.upload(sourceOf(stored));
          const [source, dst] = [put(backend, x), blank(backend, 6, 203)];
          backend.ops.matmul(dst, source, weight, rowsOf(5));
          backend.ops.matmul(dst, source, weight, rowsOf(1, 5));
          return backend.read(dst, rowsOf(6));
        },
        make,
      );
    const small: MemorySizes = { home: 2 ** 26, keptAtHome: 0, area: 20 * 1024, beside: 2 ** 22 };
    const wanted = await run(() => wasmBackend({ threads: 1, activations: "int8" }));
    const several = { threads, activations: "int8" } as const;
    expect(await run(() => wasmBackendWith(small, several))).toEqual(wanted);
    expect(await run(() => wasmBackend(several))).toEqual(wanted);
  });

  it("becomes float32 where a scale is not finite, and is then not rounded", async () => {
    const stored = randomStored(dtype, [5, 256], 1);
    const data = stored.data as Uint8Array;
    setScale(data, (2 * data.length) / 5 + SCALES[dtype][0], Number.POSITIVE_INFINITY);
    const dst = blank(backend, 1, 5);
    const x = randomTensor([1, 256], 2);
    const weight = await backend.upload(sourceOf(stored));
    backend.ops.matmul(dst, put(backend, x), weight, rowsOf(1));
    const [first, , third] = await backend.read(dst, rowsOf(1));
    const row = new Float64Array(256);
    widenRow(stored, 0, row);
    const exact = row.reduce((sum, w, d) => sum + w * x.data[d], 0);
    const size = row.reduce((sum, w, d) => sum + Math.abs(w * x.data[d]), 0);
    expect(Math.abs(first - exact)).toBeLessThan(2 ** -20 * size); // rounded to int8, off by 2⁻⁹ or so
    expect(Number.isFinite(third)).toBe(false);
  });
});

/** matmul-one-row, matmul-tile, widen-rows, pack-rows and what puts them together, against nn/linear. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { wasmBackend } from "../../../../src/backend/wasm/wasm.ts";
import { embed } from "../../../../src/nn/embedding.ts";
import { linear } from "../../../../src/nn/linear.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { BLOCK_FORMATS } from "../../../../src/tensor/quantized.ts";
import { type Stored, widenRow } from "../../../../src/tensor/stored.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { randomTensor } from "../../../support/random.ts";
import { blank, put, rowsOf, withBackend, worst } from "../../../support/wasm-backend.ts";
import {
  bytesOf,
  columnMultiple,
  KERNEL_TYPES,
  randomStored,
  setScale,
  sourceOf,
} from "../../../support/wasm-weights.ts";

/**
 * How far a float32 sum of products may be off: each lane adds up D/4 of them, with two roundings each, then come
 * three sums; a rounding is off by 2⁻²⁴ of what there is, at most Σ |x · w|. Where blocks have scales, a quotient and a
 * product for each eight numbers of a lane are rounded in place of eight products.
 */
function allowed(x: Float32Array, weight: Stored): number[] {
  const [F, D] = weight.shape;
  const row = new Float64Array(D);
  const L = x.length / D;
  const sums = new Array<number>(L * F);
  for (let f = 0; f < F; f++) {
    widenRow(weight, f, row);
    for (let l = 0; l < L; l++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += Math.abs(x[l * D + d] * row[d]);
      sums[l * F + f] = (Math.ceil(D / 4) + 5) * 2 ** -24 * sum;
    }
  }
  return sums;
}

const backend = wasmBackend({ threads: 1 });
afterAll(() => backend.dispose());

describe.each(KERNEL_TYPES)("matmul of %s", (dtype) => {
  const shape = fc.record({
    L: fc.constantFrom(1, 2, 3, 4, 5, 8, 11, 19), // alone, few, many
    D: fc.integer({ min: 1, max: 37 }),
    F: fc.constantFrom(1, 2, 3, 4, 5, 9, 37),
    seed: fc.nat(1000),
  });

  it("is as close to the truth as its sums allow, whatever the shape", async () => {
    const property = fc.asyncProperty(shape, async ({ L, D, F, seed }) => {
      const multiple = columnMultiple(dtype);
      const columns = multiple === 1 ? D : multiple * Math.ceil(D / 12);
      const stored = randomStored(dtype, [F, columns], seed);
      const x = randomTensor([L, columns], seed + 1);
      const [source, dst] = [put(backend, x), blank(backend, L, F)];
      const weight = await backend.upload(sourceOf(stored));
      backend.ops.matmul(dst, source, weight, rowsOf(L));
      const got = await backend.read(dst, rowsOf(L));
      const wanted = linear(x, stored, { precision: float64 }).data;
      const limits = allowed(x.data as Float32Array, stored);
      expect(worst(got, wanted, (i) => limits[i])).toBeLessThanOrEqual(1);
      for (const one of [source, dst]) backend.free("tensor", one);
      backend.free("weight", weight);
    });
    await fc.assert(property, { numRuns: 15 });
  });

  it("gives a row the same bits alone, beside others, and wherever it lies", async () => {
    const columns = Math.max(columnMultiple(dtype), 96);
    const weight = await backend.upload(sourceOf(randomStored(dtype, [37, columns], 1)));
    const L = 19;
    const source = put(backend, randomTensor([L, columns], 2));
    const together = blank(backend, L, 37);
    backend.ops.matmul(together, source, weight, rowsOf(L));
    const wanted = await backend.read(together, rowsOf(L));
    const apart = blank(backend, L, 37);
    for (let l = 0; l < L; l++) backend.ops.matmul(apart, source, weight, rowsOf(1, l));
    expect(await backend.read(apart, rowsOf(L))).toEqual(wanted);
    backend.ops.matmul(apart, source, weight, { from: 3, count: 6, into: 1 });
    const six = await backend.read(apart, rowsOf(6, 1));
    expect(six).toEqual(wanted.subarray(3 * 37, 9 * 37));
  });

  it("looks numbers up, times a scale, one rounding each", async () => {
    const columns = Math.max(columnMultiple(dtype), 32);
    const table = randomStored(dtype, [9, columns], 3);
    const [weight, ids] = [await backend.upload(sourceOf(table)), backend.allocIds(5)];
    const dst = blank(backend, 5, columns);
    backend.setIds(ids, [8, 0, 3, 3, 6]);
    backend.ops.embed(dst, weight, ids, rowsOf(5), 1.7);
    expect(await backend.read(dst, rowsOf(5))).toEqual(
      embed([8, 0, 3, 3, 6], table, { scale: 1.7 }).data,
    );
  });
});

it.each([6, 19])("has wider rows than are taken at a time, also of %i", async (L) => {
  const [D, F] = [1056, 21]; // many take 128 vectors, 512 columns; few 16
  for (const dtype of ["float32", "bfloat16", "q8_0"] as const) {
    const stored = randomStored(dtype, [F, D], 1);
    const x = randomTensor([L, D], 2);
    const [source, dst] = [put(backend, x), blank(backend, L, F)];
    const weight = await backend.upload(sourceOf(stored));
    backend.ops.matmul(dst, source, weight, rowsOf(L));
    const limits = allowed(x.data as Float32Array, stored);
    const wanted = linear(x, stored, { precision: float64 }).data;
    const got = await backend.read(dst, rowsOf(L));
    expect(worst(got, wanted, (i) => limits[i])).toBeLessThanOrEqual(1);
    backend.ops.matmul(dst, source, weight, rowsOf(1, L - 1));
    expect(await backend.read(dst, rowsOf(L))).toEqual(got);
  }
});

it("keeps infinities and NaN: of float16, and of scales, in another dtype", async () => {
  for (const dtype of ["bfloat16", "float16", "float32"] as const) {
    const bits = { bfloat16: [0x7f80, 0x7fc0], float16: [0x7c00, 0x7e00], float32: [] }[dtype];
    const numbers = { bfloat16: 0x3f80, float16: 0x3c00, float32: 1 }[dtype];
    const data = dtype === "float32" ? new Float32Array(60) : new Uint16Array(60);
    data.fill(numbers);
    for (const [i, at] of [13, 44].entries()) {
      data[at] = bits[i] ?? [Number.POSITIVE_INFINITY, Number.NaN][i];
    }
    const stored = { dtype, shape: [5, 12], data } as Stored;
    const x = randomTensor([2, 12], 1);
    (x.data as Float32Array).fill(-1);
    const dst = blank(backend, 2, 5);
    backend.ops.matmul(dst, put(backend, x), await backend.upload(sourceOf(stored)), rowsOf(2));
    const row = [-12, -Infinity, -12, Number.NaN, -12];
    expect([...(await backend.read(dst, rowsOf(2)))]).toEqual([...row, ...row]);
  }
  const q8 = randomStored("q8_0", [5, 32], 1);
  q8.data.set([0x00, 0x7c], 2 * 34); // an infinite scale: ±∞, and NaN where q is 0
  const dst = blank(backend, 1, 32);
  const ids = backend.allocIds(1);
  backend.setIds(ids, [2]);
  backend.ops.embed(dst, await backend.upload(sourceOf(q8)), ids, rowsOf(1), 1);
  expect(await backend.read(dst, rowsOf(1))).toEqual(embed([2], q8).data);
});

it.each(["q8_0", "q4_0"] as const)("takes scales of %s that leap, and are 0", async (dtype) => {
  const scales = [0, 2 ** -24, 60000, 0, -0, -(2 ** -14), 2 ** -24, 1, 0];
  const columns = 32 * scales.length;
  const stored = randomStored(dtype, [5, columns], 1);
  const { bytes: blockBytes } = BLOCK_FORMATS[dtype];
  const blocks = bytesOf(stored);
  for (let i = 0; i < 5 * scales.length; i++) {
    setScale(blocks, i * blockBytes, scales[(i + (i >> 3)) % scales.length]);
  }
  const x = randomTensor([9, columns], 2);
  const weight = await backend.upload(sourceOf(stored));
  const [source, dst] = [put(backend, x), blank(backend, 9, 5)];
  backend.ops.matmul(dst, source, weight, rowsOf(8));
  backend.ops.matmul(dst, source, weight, rowsOf(1, 8));
  const limits = allowed(x.data as Float32Array, stored);
  const wanted = linear(x, stored, { precision: float64 }).data;
  expect(worst(await backend.read(dst, rowsOf(9)), wanted, (i) => limits[i])).toBeLessThanOrEqual(
    1,
  );
});

describe("what fills up rows", () => {
  it("is 0 in x, whatever lay there before, and a NaN in a row stays in it", async () => {
    await withBackend({ threads: 1 }, async (fresh) => {
      const nan = put(fresh, tensor(new Float32Array(30).fill(Number.NaN), [1, 30]));
      const wide = await fresh.upload(sourceOf(randomStored("bfloat16", [4, 30], 1)));
      const dirty = blank(fresh, 1, 4);
      fresh.ops.matmul(dirty, nan, wide, rowsOf(1)); // its scratch is full of NaN now
      // 7 columns: a vector, and three numbers of another. Rows of NaN lie around the row that counts.
      const x = randomTensor([3, 7], 1);
      const data = x.data as Float32Array;
      data.fill(Number.NaN, 0, 7).fill(Number.NaN, 14);
      const source = put(fresh, x);
      const weight = await fresh.upload(sourceOf(randomStored("float32", [6, 7], 2)));
      const dst = blank(fresh, 3, 6);
      fresh.ops.matmul(dst, source, weight, rowsOf(1, 1));
      const alone = await fresh.read(dst, rowsOf(1, 1));
      expect(alone.every(Number.isFinite)).toBe(true);
      fresh.ops.matmul(dst, source, weight, rowsOf(3));
      const all = await fresh.read(dst, rowsOf(3));
      expect(all.subarray(6, 12)).toEqual(alone);
      expect([...all].filter(Number.isNaN)).toHaveLength(12);
    });
  });

  it("is 0 in W, so that norms of the result are right", async () => {
    await withBackend({ threads: 1 }, async (fresh) => {
      const nan = new Float32Array(64).fill(Number.NaN);
      const before = await fresh.upload(sourceOf({ dtype: "float32", shape: [16, 4], data: nan }));
      fresh.free("weight", before); // where it was staged and where it lay, there is NaN
      const weight = await fresh.upload(sourceOf(randomStored("float32", [5, 4], 1)));
      const gain = await fresh.upload(
        sourceOf({ dtype: "float32", shape: [5], data: nan.subarray(0, 5).fill(0) }),
      );
      const [x, dst] = [put(fresh, randomTensor([2, 4], 2)), fresh.alloc("dst", 2, 5)];
      fresh.ops.matmul(dst, x, weight, rowsOf(2));
      fresh.ops.rmsNorm(dst, dst, gain, rowsOf(2), 0);
      const got = await fresh.read(dst, rowsOf(2));
      expect(got.every(Number.isFinite)).toBe(true);
    });
  });
});

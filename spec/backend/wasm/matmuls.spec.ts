/** matmuls/: the kernels, the blocks and the three products, against sums in float64. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { simdOfThisMachine } from "../../../src/backend/wasm/machine.ts";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { ArgumentError, ShapeError, UnsupportedError } from "../../../src/errors.ts";
import { type Stored, widenRow } from "../../../src/tensor/stored.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";
import { columnMultiple, KERNEL_TYPES, randomStored } from "../../support/wasm-weights.ts";

/** Random rows in the middle of an array of NaN, `gap` of which stand between them. */
function within([rows, columns]: [number, number], gap: number, seed: number): NdArray {
  const step = columns + gap;
  const data = new Float32Array(rows * step + 2 * gap).fill(Number.NaN);
  const numbers = randomTensor([rows, columns], seed).data;
  for (let r = 0; r < rows; r++) {
    data.set(numbers.subarray(r * columns, (r + 1) * columns), gap + r * step);
  }
  return tensor(data, [rows, step], gap).hi(rows, columns);
}

/** A dense copy of rows and columns of `x`. */
function part(x: NdArray, rows: readonly number[], columns?: readonly number[]): NdArray {
  const some = columns ?? Array.from({ length: x.shape[1] }, (_, c) => c);
  const data = rows.flatMap((r) => some.map((c) => x.get(r, c)));
  return tensor(Float32Array.from(data), [rows.length, some.length]);
}

const storedOf = (w: NdArray): Stored => ({ ...w, dtype: "float32" }) as unknown as Stored;
const numbersOf = (x: NdArray): number[] => [...part(x, [...Array(x.shape[0]).keys()]).data];
const stored = (data: Float32Array, shape: number[]): Stored => ({ dtype: "float32", shape, data });
const outside = (x: NdArray): number => {
  const inside = new Set<number>();
  for (let r = 0; r < x.shape[0]; r++) {
    for (let c = 0; c < x.shape[1]; c++) inside.add(x.offset + r * x.stride[0] + c);
  }
  return [...x.data].filter((number, i) => !inside.has(i) && !Number.isNaN(number)).length;
};

/**
 * The most that a float32 sum of n products and what it is added to may be off, in parts of Σ |a · b| + |old|. A
 * rounding is off by 2⁻²⁴ of what there is. A product of simd128 is rounded, then the sum, n times at most along a block; then
 * come a sum for each block and the old value.
 */
function allowed(n: number): number {
  const roundings = Math.min(n, 256) + 1 + Math.ceil(n / 256) + 1;
  return roundings * 2 ** -24 * (1 + n * 2 ** -24);
}

/** a [m, k] · b [n, k]ᵀ, where both are given as rows of the summed axis. */
interface Sums {
  readonly a: readonly (readonly number[])[];
  readonly b: readonly (readonly number[])[];
  readonly old?: NdArray;
}

/** How far `got` is from old + Σ a · b, in parts of what is allowed. */
function worst(got: NdArray, { a, b, old }: Sums): number {
  let most = 0;
  for (const [m, row] of a.entries()) {
    for (const [n, column] of b.entries()) {
      let sum = old?.get(m, n) ?? 0;
      let size = Math.abs(sum);
      for (let i = 0; i < row.length; i++) {
        const product = row[i] * column[i];
        sum += product;
        size += Math.abs(product);
      }
      const off = Math.abs(got.get(m, n) - sum) / (allowed(row.length) * size);
      most = Math.max(most, off); // NaN, too
    }
  }
  return most;
}

/** Rows of a matrix, and its columns. */
function sidesOf(x: NdArray): [rows: number[][], columns: number[][]] {
  const [R, C] = x.shape;
  const rows = Array.from({ length: R }, (_, r) =>
    Array.from({ length: C }, (_, c) => x.get(r, c)),
  );
  return [rows, Array.from({ length: C }, (_, c) => rows.map((row) => row[c]))];
}

const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 21 }) },
  { weight: 1, arbitrary: fc.constantFrom(31, 64, 255, 256, 259) },
);
const shapes = fc.record({ L: size, D: size, F: size, gap: fc.constantFrom(0, 1, 5) });
const available = simdOfThisMachine();
const both = (["simd128", "relaxed-simd"] as const).filter(
  (simd) => simd === "simd128" || simd === available,
);

describe.each(both)("the matmuls of training, %s", (simd) => {
  const matmuls = simdMatmuls({ simd });

  it("are as close to the truth as their sums allow, and touch nothing else, whatever shape and stride", () => {
    const property = fc.property(
      fc.record({ shape: shapes, add: fc.boolean(), seed: fc.nat(1e6) }),
      ({ shape: { L, D, F, gap }, add, seed }) => {
        const [x, dy, w] = [[L, D] as const, [L, F] as const, [F, D] as const].map(
          ([rows, columns], i) => within([rows, columns], gap, seed + i),
        );
        const [y, dx, dW] = [
          within([L, F], gap, 7),
          within([L, D], gap, 8),
          within([F, D], gap, 9),
        ];
        const [oldX, oldW] = [within([L, D], gap, 8), within([F, D], gap, 9)];
        matmuls.forward(y, x, storedOf(w));
        matmuls.input(dx, dy, storedOf(w), add);
        matmuls.weight(dW, dy, x);
        const [[xRows, xColumns], [dyRows, dyColumns], [wRows, wColumns]] = [x, dy, w].map(sidesOf);
        const offs = [
          worst(y, { a: xRows, b: wRows }),
          worst(dx, { a: dyRows, b: wColumns, old: add ? oldX : undefined }),
          worst(dW, { a: dyColumns, b: xColumns, old: oldW }),
        ];
        expect(Math.max(...offs)).toBeLessThanOrEqual(1);
        expect([y, dx, dW].map(outside)).toEqual([0, 0, 0]);
      },
    );
    const larger = { shape: { L: 258, D: 9, F: 523, gap: 5 }, add: true, seed: 1 };
    fc.assert(property, { numRuns: 30, examples: [[larger]] });
  });

  it("give a row and a column the same bits alone, beside others, and wherever they lie", () => {
    const [L, D, F] = [263, 519, 301];
    const [x, dy] = [randomTensor([L, D], 1), randomTensor([L, F], 2)];
    const w = randomTensor([F, D], 3);
    const [y, dx, dW] = [randomTensor([L, F], 4), randomTensor([L, D], 5), randomTensor([F, D], 6)];
    const [oldX, oldW] = [randomTensor([L, D], 5), randomTensor([F, D], 6)];
    matmuls.forward(y, x, storedOf(w));
    matmuls.input(dx, dy, storedOf(w), true);
    matmuls.weight(dW, dy, x);
    for (const rows of [[0], [262, 3], [255, 256, 257, 258, 259]]) {
      const some = part(y, rows);
      matmuls.forward(some, part(x, rows), storedOf(w));
      expect(some.data).toEqual(part(y, rows).data);
      const others = part(oldX, rows);
      matmuls.input(others, part(dy, rows), storedOf(w), true);
      expect(others.data).toEqual(part(dx, rows).data);
    }
    const all = Array.from({ length: L }, (_, l) => l);
    for (const [fs, ds] of [
      [[300], [518]],
      [
        [0, 256, 257, 258, 299],
        [511, 512, 513, 2, 1, 0, 7, 8, 9],
      ],
    ]) {
      const some = part(oldW, fs, ds);
      matmuls.weight(some, part(dy, all, fs), part(x, all, ds));
      expect(some.data).toEqual(part(dW, fs, ds).data);
    }
  });
});

const matmuls = simdMatmuls();

it("add to what is there, once the sum is complete", () => {
  const [x, w] = [tensor(Float32Array.of(2, 3), [1, 2]), stored(Float32Array.of(5, 7), [1, 2])];
  const dy = tensor(Float32Array.of(10), [1, 1]);
  const dx = tensor(Float32Array.of(1, 2), [1, 2]);
  matmuls.input(dx, dy, w, true);
  expect([...dx.data]).toEqual([51, 72]);
  matmuls.input(dx, dy, w, false);
  expect([...dx.data]).toEqual([50, 70]);
  const dW = tensor(Float32Array.of(1, 2), [1, 2]);
  matmuls.weight(dW, dy, x);
  matmuls.weight(dW, dy, x);
  expect([...dW.data]).toEqual([41, 62]);
  // 2²⁴ + 1 + 1 in float32, by ones, stays 2²⁴.
  const ones = tensor(Float32Array.of(1, 1), [2, 1]);
  const large = tensor(Float32Array.of(2 ** 24), [1, 1]);
  matmuls.weight(large, ones, ones);
  expect([...large.data]).toEqual([2 ** 24 + 2]);
});

it("keep nothing of a weight: one that was changed in place counts as it is now", () => {
  const w = stored(Float32Array.of(1, 2), [1, 2]);
  const [x, y] = [tensor(Float32Array.of(1, 1), [1, 2]), tensor(new Float32Array(1), [1, 1])];
  matmuls.forward(y, x, w);
  w.data[0] = 5;
  const before = y.data[0];
  matmuls.forward(y, x, w);
  expect([before, y.data[0]]).toEqual([3, 7]);
});

it.each(KERNEL_TYPES)("read a weight in %s as the same numbers in float32", (dtype) => {
  const columns = Math.max(columnMultiple(dtype), 96);
  expectSameAsFloat32(randomStored(dtype, [37, columns], 1), 5);
});

it("read a large weight in pieces, with the bits of the whole", () => {
  // More than the million numbers that are widened at a time, in rows no multiple of a block.
  expectSameAsFloat32(randomStored("bfloat16", [300, 4099], 1), 2);
});

function expectSameAsFloat32(weight: Stored, L: number): void {
  const [F, D] = weight.shape;
  const row = new Float64Array(D);
  const data = new Float32Array(F * D);
  for (let f = 0; f < F; f++) {
    widenRow(weight, f, row);
    data.set(row, f * D);
  }
  const [x, dy] = [randomTensor([L, D], 2), randomTensor([L, F], 3)];
  const results = [weight, stored(data, [F, D])].map((w) => {
    const [y, dx] = [randomTensor([L, F], 4), randomTensor([L, D], 5)];
    matmuls.forward(y, x, w);
    matmuls.input(dx, dy, w, true);
    const alone = tensor(new Float32Array(L * D).fill(Number.NaN), [L, D]);
    matmuls.input(alone, dy, w, false);
    return [y.data, dx.data, alone.data];
  });
  expect(results[0]).toEqual(results[1]);
}

it("let NaN and infinities through to their own row or column alone", () => {
  const [L, D, F] = [5, 6, 7];
  const [x, w] = [randomTensor([L, D], 1), randomTensor([F, D], 2)];
  x.set(2, 3, Number.NaN);
  w.set(4, 1, Number.POSITIVE_INFINITY);
  const y = tensor(new Float32Array(L * F), [L, F]);
  matmuls.forward(y, x, storedOf(w));
  const strange = numbersOf(y).flatMap((number, i) => (Number.isFinite(number) ? [] : [i]));
  const expected = numbersOf(y).flatMap((_, i) =>
    Math.floor(i / F) === 2 || i % F === 4 ? [i] : [],
  );
  expect(strange).toEqual(expected);
});

describe("what they refuse", () => {
  afterEach(() => vi.unstubAllGlobals());
  const [x, y] = [randomTensor([2, 3], 1), randomTensor([2, 4], 2)];
  const w = storedOf(randomTensor([4, 3], 3));
  const wide = tensor(new Float64Array(6), [2, 3]);

  it.each([
    [
      "a weight of other columns",
      () => matmuls.forward(y, y, w),
      ShapeError,
      /"weight" expected \[any, 4\]/,
    ],
    [
      "a result of another shape",
      () => matmuls.forward(x, x, w),
      ShapeError,
      /"y" expected \[2, 4\]/,
    ],
    [
      "a gradient of other columns",
      () => matmuls.input(x, x, w, false),
      ShapeError,
      /"weight" expected \[3, any\]/,
    ],
    [
      "one of another shape",
      () => matmuls.input(y, y, w, false),
      ShapeError,
      /"dx" expected \[2, 3\]/,
    ],
    [
      "other rows",
      () => matmuls.weight(x, y, randomTensor([3, 3], 1)),
      ShapeError,
      /"x" expected \[2, any\]/,
    ],
    [
      "a turned view",
      () => matmuls.forward(y, randomTensor([3, 2], 1).transpose(1, 0), w),
      ShapeError,
      /contiguous/,
    ],
    [
      "float64",
      () => matmuls.forward(y, wide, w),
      ArgumentError,
      /"x" expected a tensor of float32.*leave matmuls out/,
    ],
    [
      "a weight in float64",
      () => matmuls.forward(y, x, { dtype: "float64", shape: [4, 3], data: new Float64Array(12) }),
      ArgumentError,
      /"weight" expected a weight of float32 or less/,
    ],
    [
      "no tensor",
      () => matmuls.weight(x, y, [1, 2] as never),
      ArgumentError,
      /simdMatmuls.weight: "x"/,
    ],
    ["an unknown option", () => simdMatmuls({ threads: 2 } as never), ArgumentError, /"threads"/],
    [
      "other instructions",
      () => simdMatmuls({ simd: "avx" as never }),
      ArgumentError,
      /"simd128" or "relaxed-simd"/,
    ],
  ])("%s", (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it("a machine without SIMD, or one that may not compile", () => {
    vi.stubGlobal("WebAssembly", { ...WebAssembly, validate: () => false });
    expect(() => simdMatmuls()).toThrow(UnsupportedError);
    class Forbidden {
      constructor() {
        throw new Error("forbidden");
      }
    }
    vi.stubGlobal("WebAssembly", { validate: () => true, Module: Forbidden });
    expect(() => simdMatmuls()).toThrow(/may not compile \(forbidden\)/);
  });
});

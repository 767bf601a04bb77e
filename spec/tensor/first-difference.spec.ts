import { describe, expect, it } from "vitest";
import { firstDifference } from "../../src/tensor/first-difference.ts";
import type { DType, WeightSource } from "../../src/tensor/stored.ts";

/** More than one portion in float32. */
const [ROWS, COLUMNS] = [4200, 256];

function matrix(data: Float32Array | Float64Array | Uint16Array, dtype: DType): WeightSource {
  const bytes = new Uint8Array(data.buffer);
  const perRow = bytes.length / ROWS;
  const rows = async (begin: number, end: number) => bytes.slice(begin * perRow, end * perRow);
  return { name: "x", dtype, shape: [ROWS, COLUMNS], rows };
}

/** Threes, but for `change`: exact in every dtype. */
const bfloat16 = (change: Record<number, number> = {}) =>
  matrix(Object.assign(new Uint16Array(ROWS * COLUMNS).fill(0x4040), change), "bfloat16");
const float32 = (change: Record<number, number> = {}) =>
  matrix(Object.assign(new Float32Array(ROWS * COLUMNS).fill(3), change), "float32");

describe("firstDifference", () => {
  it("finds none between the same numbers, whatever their dtypes", async () => {
    const float64 = matrix(new Float64Array(ROWS * COLUMNS).fill(3), "float64");
    expect(await firstDifference(bfloat16(), bfloat16(), ROWS)).toBeUndefined();
    expect(await firstDifference(bfloat16(), float32(), ROWS)).toBeUndefined();
    expect(await firstDifference(float64, bfloat16(), 50)).toBeUndefined();
  });

  it.each([0, 4199])("finds one number that differs in row %i", async (row) => {
    const at = (row + 1) * COLUMNS - 1;
    expect(await firstDifference(bfloat16({ [at]: 0x4080 }), bfloat16(), ROWS)).toBe(row);
    expect(await firstDifference(bfloat16(), float32({ [at]: 3 + 2 ** -20 }), ROWS)).toBe(row);
  });

  it("looks at no row beyond those it is asked for", async () => {
    const at = 100 * COLUMNS;
    expect(await firstDifference(float32(), float32({ [at]: 9 }), 101)).toBe(100);
    expect(await firstDifference(float32(), float32({ [at]: 9 }), 100)).toBeUndefined();
  });

  it("takes 0 for -0, and a NaN for a NaN", async () => {
    const [a, b] = [float32({ 0: 0, 1: Number.NaN }), bfloat16({ 0: 0x8000, 1: 0x7fc0 })];
    expect(await firstDifference(a, b, 2)).toBeUndefined();
    expect(await firstDifference(float32(), b, 2)).toBe(0);
  });

  it("holds some megabytes of each at a time", async () => {
    const asked: number[] = [];
    const { rows, ...rest } = float32();
    const watched: WeightSource = {
      ...rest,
      rows(begin, end) {
        asked.push(end - begin);
        return rows(begin, end);
      },
    };
    await firstDifference(watched, bfloat16(), ROWS);
    expect(asked.reduce((a, b) => a + b)).toBe(ROWS);
    expect(Math.max(...asked) * COLUMNS * 4).toBeLessThanOrEqual(2 ** 22);
  });
});

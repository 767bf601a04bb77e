import { describe, expect, it } from "vitest";
import type { WeightType } from "../../../src/checkpoint/dtypes.ts";
import { byName } from "../../../src/checkpoint/dtypes.ts";
import { encodeTensor } from "../../../src/checkpoint/encode/encode.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { type RowSource, storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";

/** A matrix of two rows of 32 float64 numbers: zeros, but `value` at [1, 3]. */
function matrix(value: number): RowSource {
  const numbers = new Float64Array(64);
  numbers[32 + 3] = value;
  const bytes = new Uint8Array(numbers.buffer);
  const rows = async (begin: number, end: number) => bytes.slice(begin * 256, end * 256);
  return { name: "w", file: "m.npz", dtype: "float64", shape: [2, 32], rows };
}

/** What a reader finds at [1, 3]. */
async function encoded(value: number, type: WeightType): Promise<number> {
  const { dtype } = byName(type);
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeTensor(matrix(value), type, 1)) chunks.push(chunk);
  const row = new Float64Array(32);
  widenRow(storedFromBytes(chunks[0], dtype, [2, 32]), 1, row);
  return row[3];
}

describe("a number that is too large for the type it is written in", () => {
  // The largest number of each type, and the least that rounds beyond it (IEEE 754, round to nearest even); of
  // blocks, what their float16 scale does, after a first rounding to float32.
  it.each<[WeightType, number, number, string]>([
    ["F16", 65504, 65520, "BF16 or F32"],
    ["BF16", 2 ** 128 - 2 ** 120, 2 ** 128 - 2 ** 119, "F64"],
    ["F32", 2 ** 128 - 2 ** 104, 2 ** 128 - 2 ** 103, "F64"],
    ["Q8_0", 127 * 65504, 127 * 65520 - 2 ** -2, "BF16 or F32"],
    ["Q4_0", 8 * 65504, 8 * 65520 - 2 ** -6, "BF16 or F32"],
  ])(
    "is refused with its place in %s, and the largest is written",
    async (type, most, over, wider) => {
      for (const sign of [1, -1]) {
        expect(Math.abs(await encoded(sign * most, type))).toBeGreaterThanOrEqual((most * 7) / 8);
        expect(Number.isFinite(await encoded(sign * (over - over * 2 ** -40), type))).toBe(true);
        const error = await encoded(sign * over, type).catch((caught) => caught);
        expect(error).toBeInstanceOf(UnsupportedError);
        expect(error.message).toBe(
          `encodeTensor: m.npz: "w" expected numbers below ${over}, as ${type} holds no larger ones, ` +
            `got ${sign * over} at [1, 3]; write ${wider}, or leave the type out`,
        );
      }
    },
  );

  it("is not meant where the file has it infinite already", async () => {
    expect(await encoded(Number.NEGATIVE_INFINITY, "F16")).toBe(Number.NEGATIVE_INFINITY);
    expect(await encoded(Number.NaN, "BF16")).toBeNaN();
  });
});

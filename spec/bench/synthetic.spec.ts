import { describe, expect, it } from "vitest";
import {
  type SyntheticDType,
  syntheticBytes,
  syntheticWeights,
} from "../../src/bench/synthetic.ts";
import { storedBytes } from "../../src/bench/work.ts";
import { GEMMA_2B } from "../../src/config.ts";
import { ArgumentError } from "../../src/errors.ts";
import { BYTES_PER_ELEMENT, storedFromBytes, widenRow } from "../../src/tensor/stored.ts";

const config = {
  ...GEMMA_2B,
  vocabSize: 3000,
  hiddenSize: 512,
  intermediateSize: 1024,
  numHiddenLayers: 1,
  numAttentionHeads: 4,
  headDim: 64,
};
const dtypes = Object.keys(BYTES_PER_ELEMENT).filter((dtype) => dtype !== "float64");

/** Mean and deviation of `numbers`. */
function moments(numbers: Float64Array): readonly [mean: number, deviation: number] {
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const square = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  return [mean, Math.sqrt(square)];
}

describe.each(dtypes as SyntheticDType[])("synthetic weights in %s", (dtype) => {
  const weights = syntheticWeights(config, dtype);
  const table = weights.get("model.embed_tokens.weight");
  if (!table) throw new Error("no table");

  it("are finite, and as large as a trained model's", async () => {
    const bytes = await table.rows(0, 3000);
    const stored = storedFromBytes(bytes, dtype, [3000, 512]);
    const numbers = new Float64Array(3000 * 512);
    for (let row = 0; row < 3000; row++) widenRow(stored, row, numbers.subarray(row * 512));
    const [mean, deviation] = moments(numbers);
    // Of 4 bits, q − 8 has a mean of −½: that of q4_0 is −0.005 / 2. The others are nearer to 0.
    expect(Math.abs(mean)).toBeLessThan(0.003);
    expect(deviation).toBeGreaterThan(0.015);
    expect(deviation).toBeLessThan(0.035);
  });

  it("come in any ranges, and are different from row to row and from matrix to matrix", async () => {
    const rows = await table.rows(2998, 3000);
    const into = new Uint8Array(rows.length);
    await table.rowsInto?.(2998, 3000, into);
    expect(into).toEqual(rows);
    expect(await table.rows(2999, 3000)).toEqual(rows.subarray(rows.length / 2));
    expect(rows.subarray(0, rows.length / 2)).not.toEqual(rows.subarray(rows.length / 2));
    const other = await weights.get("model.layers.0.mlp.up_proj.weight")?.rows(0, 1);
    expect(other).not.toEqual(await table.rows(0, 1));
  });

  it("have the size that is said beforehand", () => {
    expect(syntheticBytes(config, dtype)).toBe(storedBytes(weights.values()));
  });
});

describe("synthetic weights", () => {
  it("are those of their seed", async () => {
    const first = async (seed: number) =>
      syntheticWeights(config, "q8_0", seed).get("model.embed_tokens.weight")?.rows(0, 1);
    expect(await first(5)).toEqual(await first(5));
    expect(await first(5)).not.toEqual(await first(6));
  });

  it("begin their strip again where it ends", async () => {
    const wide = { ...config, vocabSize: 600_000 };
    const source = syntheticWeights(wide, "bfloat16").get("model.embed_tokens.weight");
    // A strip has 262,147 numbers, a row 512: row 512 begins 3 numbers before its end.
    const [first, row] = [await source?.rows(0, 1), await source?.rows(512, 513)];
    expect(row?.subarray(6)).toEqual(first?.subarray(0, 1018));
  });

  it("are refused where a row is no number of blocks", () => {
    const narrow = { ...config, hiddenSize: 128 };
    expect(() => syntheticWeights(narrow, "q4_k")).toThrow(ArgumentError);
    expect(() => syntheticWeights(narrow, "q4_k")).toThrow(
      '"model.embed_tokens.weight" expected rows of whole blocks of 256, got [3000, 128]',
    );
  });
});

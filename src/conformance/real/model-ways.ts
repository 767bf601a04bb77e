/**
 * Ways to compute that a trained model can be run in: weights are quantised a few rows at a time, and for a model of
 * gigabytes only ways with quick sums are taken.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { embed } from "../../nn/embedding.ts";
import { float32, zeros } from "../../tensor/precision.ts";
import { BYTES_PER_ELEMENT, type Stored, widenRow } from "../../tensor/stored.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Parts } from "../engine/engine.ts";
import { fastLinear } from "../engine/fast-linear.ts";
import { weightOf } from "../engine/weights.ts";
import { WAYS, type Way } from "../ways/ways.ts";

/** For each class the ways that differ most from the truth, among those that are not too slow. */
const QUICK: Readonly<Record<Accuracy, readonly string[]>> = {
  float64: ["float64, reversed sums", "float64, angles divided"],
  float32: ["float32, fused sums", "float32, angles divided"],
  "float32-relaxed": ["float32, angles divided", "WGSL, fused sums"],
  float16: [
    "float16, elementary functions in float16",
    "float16, angles divided",
    "float32, matmul inputs in float16",
  ],
  bfloat16: [
    "bfloat16, as bf16.md",
    "bfloat16, norms in bfloat16",
    "float32, matmul inputs in bfloat16",
  ],
  q8: ["Q8_0 weights, 8-bit activations", "Q8_0, bfloat16 results, weights, 8-bit activations"],
  q4: ["Q4_0 weights, 8-bit activations", "Q4_1 weights, 8-bit activations"],
};

/** The ways of a class: all, or those that a large model can be run in. */
export function waysFor(accuracy: Accuracy, isLarge: boolean): readonly Way[] {
  const ways = WAYS[accuracy].filter(({ id }) => !isLarge || QUICK[accuracy].includes(id));
  return ways.map(({ id, parts }) => ({ id, parts: streamed(parts) }));
}

/** Rows of a weight that are changed at a time. */
const PORTION = 1024;

/** The same parts with a quick matmul, and with weights changed where they are used instead of all at once. */
export function streamed({ weights: change, ...parts }: Parts): Parts {
  const linear = parts.components?.linear ?? fastLinear;
  if (!change) return { ...parts, components: { ...parts.components, linear } };
  const changed = (weight: Stored) => change(weightOf(weight), "").stored;
  return {
    ...parts,
    components: {
      ...parts.components,
      linear(x, weight, { precision = float32, out } = {}) {
        const [L] = x.shape;
        const [F] = weight.shape;
        const y = out ?? zeros([L, F], precision);
        for (let begin = 0; begin < F; begin += PORTION) {
          const end = Math.min(F, begin + PORTION);
          copyColumns(linear(x, changed(rowsOf(weight, begin, end)), { precision }), y, begin);
        }
        return y;
      },
      embed(ids, table, options) {
        const own = Array.from(ids, (_, i) => i);
        return (parts.components?.embed ?? embed)(own, changed(pickedRows(table, ids)), options);
      },
    },
  };
}

function rowsOf(weight: Stored, begin: number, end: number): Stored {
  const { dtype, shape, data, offset: from = 0 } = weight;
  const [, columns] = shape;
  // Of blocks, a row has fewer bytes than numbers.
  const row = (columns * BYTES_PER_ELEMENT[dtype]) / data.BYTES_PER_ELEMENT;
  const rows = data.subarray(from + begin * row, from + end * row);
  return { dtype, shape: [end - begin, columns], data: rows };
}

function pickedRows(table: Stored, ids: ArrayLike<number>): Stored {
  const columns = table.shape[1];
  const data = new Float64Array(ids.length * columns);
  for (let i = 0; i < ids.length; i++) {
    widenRow(table, ids[i], data.subarray(i * columns, (i + 1) * columns));
  }
  return { dtype: "float64", shape: [ids.length, columns], data };
}

function copyColumns(part: NdArray, whole: NdArray, begin: number): void {
  const [L, columns] = part.shape;
  const F = whole.shape[1];
  for (let l = 0; l < L; l++) {
    const row = tensor(part.data, [columns], part.offset + l * columns);
    for (let c = 0; c < columns; c++) whole.data[whole.offset + l * F + begin + c] = row.get(c);
  }
}

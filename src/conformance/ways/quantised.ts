/**
 * Weights and activations in blocks of small integers, in the manner of llama.cpp's Q8_0, Q4_0 and Q4_1. The last
 * block of a row may be short, so that any width works.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { roundToFloat16 } from "../../tensor/float16.ts";
import { widenRow } from "../../tensor/stored.ts";
import { type FloatArray, mapped } from "../../tensor/tensor.ts";
import type { EngineWeight } from "../engine/weights.ts";

/** Rewrites one block of numbers as what a block of small integers holds of them. */
export type BlockRounding = (x: FloatArray, begin: number, end: number) => void;

const BLOCK = 32;

/** Integers from −127 to 127 times a float16 scale: Q8_0. */
export const eightBits: BlockRounding = (x, begin, end) => {
  let largest = 0;
  for (let i = begin; i < end; i++) largest = Math.max(largest, Math.abs(x[i]));
  const scale = largest / 127;
  const kept = roundToFloat16(scale);
  for (let i = begin; i < end; i++) x[i] = scale === 0 ? 0 : Math.round(x[i] / scale) * kept;
};

/** Integers from −8 to 7 times a float16 scale, the largest number becoming −8: Q4_0. */
export const fourBits: BlockRounding = (x, begin, end) => {
  let largest = 0;
  for (let i = begin; i < end; i++) if (Math.abs(x[i]) > Math.abs(largest)) largest = x[i];
  const scale = largest / -8;
  const kept = roundToFloat16(scale);
  for (let i = begin; i < end; i++) {
    x[i] = scale === 0 ? 0 : Math.max(-8, Math.min(7, Math.round(x[i] / scale))) * kept;
  }
};

/** Integers from 0 to 15 between the smallest and the largest number: Q4_1. */
export const fourBitsFromLeast: BlockRounding = (x, begin, end) => {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = begin; i < end; i++) {
    least = Math.min(least, x[i]);
    most = Math.max(most, x[i]);
  }
  const scale = (most - least) / 15;
  const [kept, from] = [roundToFloat16(scale), roundToFloat16(least)];
  for (let i = begin; i < end; i++) {
    x[i] = from + (scale === 0 ? 0 : Math.round((x[i] - least) / scale)) * kept;
  }
};

function roundRows(data: FloatArray, columns: number, rounding: BlockRounding): void {
  for (let row = 0; row < data.length; row += columns) {
    for (let c = 0; c < columns; c += BLOCK) {
      rounding(data, row + c, row + Math.min(columns, c + BLOCK));
    }
  }
}

/** Matrices in blocks; norms stay as they are. */
export function quantisedWeights(rounding: BlockRounding): (weight: EngineWeight) => EngineWeight {
  return (weight) => {
    const { stored } = weight;
    const { shape } = stored;
    if (shape.length === 1) return weight;
    const [R, C] = shape;
    const data = new Float64Array(R * C);
    for (let r = 0; r < R; r++) widenRow(stored, r, data.subarray(r * C, (r + 1) * C));
    roundRows(data, C, rounding);
    return { ...weight, stored: { dtype: "float64", shape, data } };
  };
}

/** `linear` with its input in blocks too. */
export function withQuantisedInput(
  linear: Components["linear"],
  rounding: BlockRounding,
): Components["linear"] {
  return (x, weight, options) => {
    const copy = mapped(x, (value) => value);
    roundRows(copy.data, x.shape[1], rounding);
    return linear(copy, weight, options);
  };
}

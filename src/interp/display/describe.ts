/**
 * What is in an intermediate, in a line: its axes by their letters (docs/shapes.md), and figures of its numbers.
 * @module
 */

import type { GemmaConfig } from "../../config.ts";
import {
  headsOf,
  LAYER_TAPS,
  MODEL_TAPS,
  parseTap,
  type TapEntry,
  type TapName,
} from "../../model/taps.ts";
import { formatNumber } from "../../table.ts";
import { elementsOf, type FloatArray, type NdArray } from "../../tensor/tensor.ts";

const DERIVED: Readonly<Record<string, readonly string[]>> = {
  "attn.hook_qkv": ["L", "(N+2K)·H"],
  "attn.hook_attn_scores": ["N", "L", "S"],
  "attn.hook_pattern": ["N", "L", "S"],
  "attn.hook_result": ["L", "N", "D"],
};

const RECORDED: Readonly<Record<string, TapEntry>> = { ...MODEL_TAPS, ...LAYER_TAPS };

/** The letters of its axes, heads apart: `["L", "N", "H"]`. */
export function lettersOf(name: TapName, config: GemmaConfig): readonly string[] {
  const { tap } = parseTap(name);
  if (tap.endsWith("hook_scale")) return ["L", "1"];
  const columns = RECORDED[tap]?.columns ?? "D";
  if (headsOf(tap, config) !== undefined) return ["L", columns[0], columns[1]];
  return DERIVED[tap] ?? ["L", columns];
}

/** `[L 7, N 8, H 256]`. */
export function shapeText(letters: readonly string[], shape: readonly number[]): string {
  return `[${shape.map((size, axis) => (letters[axis] === "1" ? "1" : `${letters[axis]} ${size}`)).join(", ")}]`;
}

/** The numbers of a dense tensor, in order. */
export function flat({ data, offset, shape }: NdArray): FloatArray {
  return data.subarray(offset, offset + elementsOf(shape));
}

/** Figures of the finite numbers, and how many others there are. */
export interface Figures {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** −∞, where the causal mask hides a key. */
  readonly masked: number;
  /** NaN and +∞, which nothing should have. */
  readonly broken: number;
}

/** {@link Figures} of several tensors together. */
export function figuresOf(tensors: readonly NdArray[]): Figures {
  let [sum, count, masked, broken] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const one of tensors) {
    for (const x of flat(one)) {
      if (x === Number.NEGATIVE_INFINITY) masked++;
      else if (!Number.isFinite(x)) broken++;
      else {
        sum += x;
        count++;
        if (x < min) min = x;
        if (x > max) max = x;
      }
    }
  }
  return { mean: sum / count, min, max, masked, broken };
}

/** Mean, min, max, and what is not finite, as cells. */
export function figureCells({ mean, min, max, masked, broken }: Figures): string[] {
  const others = [masked > 0 ? `${masked} × -∞` : "", broken > 0 ? `${broken} × NaN or ∞` : ""];
  const numbers = min > max ? ["", "", ""] : [mean, min, max].map(formatNumber);
  return [...numbers, others.filter(Boolean).join(", ")];
}

/** What its numbers are stored as. */
export function dtypeOf({ data }: NdArray): "float32" | "float64" {
  return data instanceof Float64Array ? "float64" : "float32";
}

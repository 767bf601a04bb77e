/**
 * Taps that are others by another name: what comes into a block, and queries, keys and values side by side.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { type DerivedTap, parseTap, type RecordedTap } from "../../model/taps.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";

/** A tap made of others, each [L, columns], side by side. */
export interface View {
  readonly tap: DerivedTap;
  readonly parts: readonly RecordedTap[];
}

/** The view that is there when `last` has been written, if there is one. */
export function viewAfter(last: RecordedTap, { numHiddenLayers }: GemmaConfig): View | undefined {
  const { layer, tap } = parseTap(last);
  if (tap === "attn.hook_v") {
    const attn = `blocks.${layer as number}.attn` as const;
    return {
      tap: `${attn}.hook_qkv`,
      parts: [`${attn}.hook_q`, `${attn}.hook_k`, `${attn}.hook_v`],
    };
  }
  const isStream = tap === "hook_embed" || tap === "hook_resid_post";
  const next = layer === undefined ? 0 : layer + 1;
  if (!isStream || next === numHiddenLayers) return undefined;
  return { tap: `blocks.${next}.hook_resid_pre`, parts: [last] };
}

/** Tensors of equal L, side by side. */
export function sideBySide(parts: readonly NdArray[]): NdArray {
  const [first] = parts;
  if (parts.length === 1) return first;
  const [L] = first.shape;
  const columns = parts.reduce((total, part) => total + part.shape[1], 0);
  const Floats = first.data.constructor as new (length: number) => FloatArray;
  const whole = tensor(new Floats(L * columns), [L, columns]);
  let at = 0;
  for (const part of parts) {
    const [, width] = part.shape;
    for (let l = 0; l < L; l++) {
      const row = part.data.subarray(l * width, (l + 1) * width);
      whole.data.set(row, l * columns + at);
    }
    at += width;
  }
  return whole;
}

/** The parts of {@link sideBySide}, of these `widths`. */
export function apart(whole: NdArray, widths: readonly number[]): NdArray[] {
  if (widths.length === 1) return [whole];
  const [L, columns] = whole.shape;
  const Floats = whole.data.constructor as new (length: number) => FloatArray;
  let at = 0;
  return widths.map((width) => {
    const part = tensor(new Floats(L * width), [L, width]);
    for (let l = 0; l < L; l++) {
      const begin = l * columns + at;
      part.data.set(whole.data.subarray(begin, begin + width), l * width);
    }
    at += width;
    return part;
  });
}

/**
 * The map of one attention head in four stages, from dot products to weights.
 *
 * A backend computes attention in one kernel and shows queries and keys only. The stages are computed here from those,
 * in the arithmetic of the backend's precision, as nn/attention.ts defines them.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertInteger } from "../../check.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { softmax } from "../../nn/softmax.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type Precision, precisionNamed, zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { run } from "../run/run-with-cache.ts";

/** Which head is looked at. */
export interface AttentionStagesOptions {
  /** The block; −1 is the last. */
  readonly layer: number;
  /** The query head n, of N. */
  readonly head: number;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const STAGES_NAMES: OptionNames<AttentionStagesOptions> = {
  layer: true,
  head: true,
  signal: true,
};

/** The stages of a map, in the order of computing. */
export const STAGE_NAMES = ["scores", "scaled", "masked", "pattern"] as const;

/** The stages from scores to shares, in their order. */
export type StageName = (typeof STAGE_NAMES)[number];

/** What one head makes of a text: maps [L, L], a row for each query position, a column for each key position. */
export interface AttentionStages extends Readonly<Record<StageName, NdArray>> {
  /** The block. */
  readonly layer: number;
  /** The query head n. */
  readonly head: number;
  /** The key-value head that it reads: ⌊n·K/N⌋. */
  readonly keyValueHead: number;
  /** The ids that were run [L]. */
  readonly ids: readonly number[];
  /** Σ_h q[l,h] · k[s,h], of queries and keys that RoPE has rotated. */
  readonly scores: NdArray;
  /** Σ_h (q[l,h] / √H) · k[s,h]: the scores divided by √H. */
  readonly scaled: NdArray;
  /** The scaled scores, −∞ where s > l. This is the tap `attn.hook_attn_scores`. */
  readonly masked: NdArray;
  /** softmax_s of the masked scores: each row sums to 1. This is the tap `attn.hook_pattern`. */
  readonly pattern: NdArray;
}

/**
 * Runs ids [L], a whole sequence from its BOS, as far as the block, and gives the four stages of one head's map.
 * @param options {@link AttentionStagesOptions}
 * @throws {ArgumentError} if the model has no such block or head.
 */
export async function attentionStages<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: AttentionStagesOptions,
): Promise<AttentionStages> {
  const op = "attentionStages";
  assertIsModel(op, model);
  assertOptions(op, options, STAGES_NAMES);
  const { config, backend } = model;
  const { numHiddenLayers, numAttentionHeads: N, numKeyValueHeads: K } = config;
  const { head, signal } = options;
  assertInteger(op, "layer", options.layer, { from: -numHiddenLayers, to: numHiddenLayers - 1 });
  assertInteger(op, "head", head, { from: 0, to: N - 1 });
  const layer = options.layer < 0 ? options.layer + numHiddenLayers : options.layer;
  const attn = `blocks.${layer}.attn` as const;
  const names = [`${attn}.hook_rot_q`, `${attn}.hook_rot_k`];
  const cache = await run(op, model, ids, { names, signal });
  const keyValueHead = Math.floor((head * K) / N);
  const q = cache.head(`${attn}.hook_rot_q`, head);
  const k = cache.head(`${attn}.hook_rot_k`, keyValueHead);
  const precision = precisionNamed(backend.info.precision);
  return { layer, head, keyValueHead, ids: cache.ids, ...stagesOf(q, k, precision) };
}

/** q and k [L, H] → the four maps [L, L]. */
function stagesOf(q: NdArray, k: NdArray, precision: Precision): Record<StageName, NdArray> {
  const [L, H] = q.shape;
  const scores = dots(q, k, precision);
  const scale = precision.round(1 / Math.sqrt(H));
  const scaledQ = zeros([L, H], precision);
  for (let i = 0; i < L * H; i++) scaledQ.data[i] = precision.round(q.data[q.offset + i] * scale);
  const scaled = dots(scaledQ, k, precision);
  const masked = zeros([L, L], precision);
  for (let l = 0; l < L; l++) {
    for (let s = 0; s < L; s++) {
      masked.set(l, s, s <= l ? scaled.get(l, s) : Number.NEGATIVE_INFINITY);
    }
  }
  return { scores, scaled, masked, pattern: softmax(masked, { precision }) };
}

/** x and y [L, H] → Σ_h x[l,h] · y[s,h], for every l and s. */
function dots(x: NdArray, y: NdArray, precision: Precision): NdArray {
  const [L, H] = x.shape;
  const all = zeros([L, L], precision);
  for (let l = 0; l < L; l++) {
    for (let s = 0; s < L; s++) {
      let sum = 0;
      for (let h = 0; h < H; h++)
        sum += x.data[x.offset + l * H + h] * y.data[y.offset + s * H + h];
      all.data[l * L + s] = precision.round(sum);
    }
  }
  return all;
}

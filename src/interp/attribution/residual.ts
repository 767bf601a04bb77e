/**
 * The residual stream taken apart: it is a sum, so what comes into a block is the embedding and whatever the blocks
 * before it have added. Functions of a run that has kept the taps they name.
 * @module
 */

import { streamInto, type TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { elementsOf, type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { ActivationCache } from "../run/activation-cache.ts";
import { placeOf } from "../run/places.ts";

/** Rows of the stream, or of what is added to it, under each other. */
export interface ResidStack {
  /** A name for each of the first axis. */
  readonly labels: readonly string[];
  /** [labels, L, D] */
  readonly values: NdArray;
}

/** Up to which block the stream is taken apart. */
export interface ResidOptions {
  /** The block that the stream comes into; the number of blocks, the default, is the stream behind the last. */
  readonly layer?: number;
}

/** Up to which block the stream is taken apart, and whether heads are told apart. */
export interface DecomposeOptions extends ResidOptions {
  /** Whether each head is a part of its own (`attn.hook_result`), instead of a block's whole attention. Default false. */
  readonly heads?: boolean;
}

const RESID_NAMES: OptionNames<ResidOptions> = { layer: true };
const DECOMPOSE_NAMES: OptionNames<DecomposeOptions> = { ...RESID_NAMES, heads: "boolean" };

/**
 * The parts of the stream, which sum to it: `embed`, and of each block before `layer` `L0 attn` (or its heads, `L0H0` …)
 * and `L0 mlp`. Takes `hook_embed`, `hook_attn_out` (or `attn.hook_result`) and `hook_mlp_out`.
 * @throws {ArgumentError} if one of them was not kept.
 */
export function decomposeResid(cache: ActivationCache, options: DecomposeOptions = {}): ResidStack {
  const op = "decomposeResid";
  assertOptions(op, options, DECOMPOSE_NAMES);
  const parts: Part[] = [{ label: "embed", x: cache.get("hook_embed") }];
  for (let l = 0; l < endOf(op, cache, options); l++) {
    if (options.heads) parts.push(...headsOf(cache, l));
    else parts.push({ label: `L${l} attn`, x: cache.get(`blocks.${l}.hook_attn_out`) });
    parts.push({ label: `L${l} mlp`, x: cache.get(`blocks.${l}.hook_mlp_out`) });
  }
  return stacked(parts);
}

/**
 * The stream as it grows: `embed`, and after each block before `layer` (`L0`, `L1` …). Takes `hook_embed` and
 * `hook_resid_post`.
 * @throws {ArgumentError} if one of them was not kept.
 */
export function accumulatedResid(cache: ActivationCache, options: ResidOptions = {}): ResidStack {
  const op = "accumulatedResid";
  assertOptions(op, options, RESID_NAMES);
  const count = 1 + endOf(op, cache, options);
  const parts = Array.from({ length: count }, (_, depth) => {
    const tap: TapName = streamInto(depth);
    return { label: depth === 0 ? "embed" : `L${depth - 1}`, x: cache.get(tap) };
  });
  return stacked(parts);
}

/**
 * What every head of the blocks before `layer` adds to the stream: `L0H0`, `L0H1` … Takes `attn.hook_result`.
 * @throws {ArgumentError} if it was not kept.
 */
export function stackHeadResults(cache: ActivationCache, options: ResidOptions = {}): ResidStack {
  const op = "stackHeadResults";
  assertOptions(op, options, RESID_NAMES);
  const layers = Array.from({ length: endOf(op, cache, options) }, (_, l) => l);
  return stacked(layers.flatMap((l) => headsOf(cache, l)));
}

interface Part {
  readonly label: string;
  /** [L, D] */
  readonly x: NdArray;
}

function endOf(op: string, { config }: ActivationCache, { layer }: ResidOptions): number {
  const { numHiddenLayers: count } = config;
  return layer === undefined ? count : placeOf(op, "layer", count + 1, layer);
}

function headsOf(cache: ActivationCache, layer: number): Part[] {
  const name = `blocks.${layer}.attn.hook_result`;
  return Array.from({ length: cache.config.numAttentionHeads }, (_, n) => {
    return { label: `L${layer}H${n}`, x: cache.head(name, n) };
  });
}

function stacked(parts: readonly Part[]): ResidStack {
  const size = elementsOf(parts[0].x.shape);
  const Floats = parts[0].x.data.constructor as new (length: number) => FloatArray;
  const all = new Floats(parts.length * size);
  for (const [i, { x }] of parts.entries()) {
    all.set(x.data.subarray(x.offset, x.offset + size), i * size);
  }
  const values = tensor(all, [parts.length, ...parts[0].x.shape]);
  return { labels: parts.map(({ label }) => label), values };
}

/**
 * Runs that are looked into: with intermediates kept, or changed, or both.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { ActivationCache } from "./activation-cache.ts";
import { type Hooks, hooksByTap } from "./hooks.ts";
import { placesOf } from "./places.ts";
import { selectTaps, type TapSelection } from "./select.ts";
import { runWatched } from "./watch.ts";

/** What a run with hooks takes besides them. */
export interface RunOptions {
  /** The tokens of which rows are kept, by their place; −1 is the last. Default: all. */
  readonly positions?: number | readonly number[];
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What is kept, and which hooks change it first. */
export interface RunWithCacheOptions extends TapSelection, RunOptions {
  /** What is changed on the way; what is kept is what they leave. */
  readonly hooks?: Hooks;
}

const RUN_NAMES: OptionNames<RunOptions> = { positions: true, signal: true };
export const RUN_WITH_CACHE_NAMES: OptionNames<RunWithCacheOptions> = {
  ...RUN_NAMES,
  names: true,
  layers: true,
  stopAtLayer: true,
  hooks: true,
};

/**
 * Runs ids [T], a whole sequence from its BOS, and keeps intermediates. Nothing is computed beyond the last that is asked
 * for, or that a hook is called with: the pattern of block 0 takes block 0.
 * @param options {@link RunWithCacheOptions}. Logits are a tap, too: `names: ["logits"]`.
 * @throws {ArgumentError} if a name is not a tap of this model.
 */
export async function runWithCache<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: RunWithCacheOptions = {},
): Promise<ActivationCache> {
  const op = "runWithCache";
  assertIsModel(op, model);
  assertOptions(op, options, RUN_WITH_CACHE_NAMES);
  return run(op, model, ids, options);
}

/**
 * Runs ids [T], a whole sequence from its BOS, with hooks that see and change intermediates → logits [T, V], or of the
 * `positions` that are asked for.
 * @param options {@link RunOptions}
 * @throws {ArgumentError} if a name is not a tap of this model, or a hook returns what is not of the shape of its tap.
 */
export async function runWithHooks<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  hooks: Hooks,
  options: RunOptions = {},
): Promise<NdArray> {
  const op = "runWithHooks";
  assertIsModel(op, model);
  assertOptions(op, options, RUN_NAMES);
  const cache = await run(op, model, ids, { ...options, names: "logits", hooks });
  return cache.get("logits");
}

/** As {@link runWithCache}, of any call. */
export async function run<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  ids: ArrayLike<number>,
  { hooks = [], positions, signal, ...selection }: RunWithCacheOptions,
): Promise<ActivationCache> {
  const { config } = model;
  const keep = new Set(selectTaps(op, config, selection));
  const byTap = hooksByTap(op, config, hooks);
  assertIds(op, ids, config);
  assertSequence(op, ids, config);
  const tokens = Array.from(ids);
  const rows =
    positions === undefined ? undefined : placesOf(op, "positions", tokens.length, positions);
  const cache = model.createCache({ contextLength: Math.max(1, tokens.length) });
  const watch = { op, ids: tokens, keep, hooks: byTap, rows, signal };
  const taps = await runWatched(model, cache, {
    ...watch,
    isWhole: false,
    past: new Map(),
  }).finally(() => cache.dispose());
  return new ActivationCache(config, tokens, rows ?? [...tokens.keys()], taps);
}

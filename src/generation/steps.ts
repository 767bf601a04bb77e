/**
 * Generation in ids: feed, choose, feed. The page to read first; everything about text is streamed-text.ts's. Several
 * that run at the same time on one model share its passes (model/turns), and none need know of the others.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { HookedFeed } from "../interp/run/hooked-feed.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Sequence } from "../model/feed.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import type { TopToken } from "../model/top.ts";
import { logProbability } from "../nn/log-softmax.ts";
import { assertOptions, assertSignal, type OptionNames } from "../options.ts";
import { xoshiro128 } from "../random.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import { chooseToken, SAMPLING_NAMES, type SamplingOptions } from "./sampler.ts";
import type { Ending, EndTokens } from "./stops.ts";

/** Tokens of an answer where the options do not say. */
export const DEFAULT_MAX_TOKENS = 256;

/** How a text is continued, token by token: how each is chosen, and how many there are at most. */
export interface StepOptions extends SamplingOptions {
  /** Most tokens to generate. Default 256. */
  readonly maxTokens?: number;
  /**
   * Seed of xoshiro128**, an unsigned 32-bit integer; the same seed gives the same text. Only with a temperature.
   * Default: one is drawn, and reported.
   */
  readonly seed?: number;
}

export const STEP_NAMES: OptionNames<StepOptions> = {
  ...SAMPLING_NAMES,
  maxTokens: true,
  seed: true,
};

/** How tokens are chosen, and the call that errors name. */
export interface Choosing extends StepOptions {
  readonly op: string;
}

/** One chosen token. */
export interface ChosenToken {
  /** Its id. */
  readonly token: number;
  /** Natural logarithm of the probability the model gave it, before temperature and filters. */
  readonly logprob: number;
  /** Set with the last token: why it is the last. */
  readonly end?: Ending;
}

/**
 * The seed of a generation: the one that is given, or a new one.
 * @returns undefined if nothing is drawn.
 */
export function seedOf({ temperature, seed }: StepOptions): number | undefined {
  if (!temperature) return undefined;
  return seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
}

/**
 * Continues `ids` [T] after what `cache` holds, one token after another. The last one is not fed any more.
 * @param options with a seed, where there is a temperature.
 */
export async function* steps<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  cache: KVCache<Dev>,
  ends: EndTokens,
  options: StepOptions,
  signal?: AbortSignal,
): AsyncGenerator<ChosenToken, void> {
  assertIsModel("steps", model, "Model.load(...) gives one");
  assertOptions("steps", options, STEP_NAMES);
  assertSignal("steps", signal);
  const choosing = { ...options, op: "steps" };
  const next = await nextOf(model, { ids, cache }, choosing, signal);
  yield* stepsAfter(model, { cache, next }, ends, choosing, signal);
}

/** What the next token is chosen by: the logits [V] of the last one; for a greedy choice the most probable is enough. */
export type Next = FloatArray | TopToken;

/**
 * Feeds a sequence → what its next token is chosen by.
 * @param hooked how it is fed under hooks.
 */
export async function nextOf<Dev extends Handles>(
  model: Model<Dev>,
  sequence: Sequence<Dev>,
  { temperature, op }: Choosing,
  signal?: AbortSignal,
  hooked?: HookedFeed<Dev>,
): Promise<Next> {
  if (hooked) return hooked(sequence, signal);
  if (!temperature) return (await model.top([sequence], { op, signal }))[0];
  return (await model.forward([sequence], { op, signal }))[0].data as FloatArray;
}

/** A sequence that has been fed. */
export interface Fed<Dev extends Handles> {
  readonly cache: KVCache<Dev>;
  readonly next: Next;
  /** What errors call it. */
  readonly name?: string;
  /** How its tokens are fed, where hooks look at them. */
  readonly hooked?: HookedFeed<Dev>;
}

/** As {@link steps}, after what has been fed. */
export async function* stepsAfter<Dev extends Handles>(
  model: Model<Dev>,
  { cache, next: first, name, hooked }: Fed<Dev>,
  ends: EndTokens,
  options: Choosing,
  signal?: AbortSignal,
): AsyncGenerator<ChosenToken, void> {
  const choose = chooser(model, cache, ends, options);
  // #region loop
  let next = first;
  for (;;) {
    const step = choose(next);
    if (!step) return;
    yield step;
    if (step.end) return;
    signal?.throwIfAborted();
    next = await nextOf(model, { ids: [step.token], cache, name }, options, signal, hooked);
  }
  // #endregion
}

/** Chooses the tokens of one sequence, as many as `options` allow; then it gives undefined. */
function chooser<Dev extends Handles>(
  { paddingIds }: Model<Dev>,
  cache: KVCache<Dev>,
  ends: EndTokens,
  options: StepOptions,
): (next: Next) => ChosenToken | undefined {
  const { maxTokens = DEFAULT_MAX_TOKENS, seed = 0 } = options;
  const random = xoshiro128(seed);
  let left = maxTokens;
  const endOf = (token: number): Ending | undefined => {
    const finishReason = ends.get(token);
    if (finishReason) return { finishReason, stopReason: token };
    if (left === 0) return { finishReason: "length" };
    return cache.length === cache.contextLength ? { finishReason: "context" } : undefined;
  };
  return (next) => {
    if (left === 0) return undefined;
    left--;
    if ("token" in next) {
      const { token, logprob } = next;
      return { token, logprob, end: endOf(token) };
    }
    const token = chooseToken(without(paddingIds, next), options, random);
    return { token, logprob: logProbability(next, token), end: endOf(token) };
  };
}

/** The logits with those of padding out of reach: a row of zeros has the logit 0, where others are around −10. */
export function without(ids: readonly number[], logits: FloatArray): FloatArray {
  if (ids.length === 0) return logits;
  const masked = logits.slice();
  for (const id of ids) masked[id] = Number.NEGATIVE_INFINITY;
  return masked;
}

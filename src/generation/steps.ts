/**
 * Generation in ids: feed, choose, feed. The page to read first; everything about text is streamed-text.ts's.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { logProbability } from "../nn/log-softmax.ts";
import { assertOptions, assertSignal, type OptionNames } from "../options.ts";
import { xoshiro128 } from "../random.ts";
import { chooseToken, SAMPLING_NAMES, type SamplingOptions } from "./sampler.ts";

/**
 * Why a generation ended: the model said so (`eos`, `end_of_turn`), a stop text, `maxTokens`, the
 * context is full, or the signal.
 */
export type FinishReason = "eos" | "end_of_turn" | "stop" | "length" | "context" | "abort";

/** Tokens of an answer, and the seed, where the options do not say. */
export const DEFAULTS = { maxTokens: 256, seed: 0 } as const;

export interface StepOptions extends SamplingOptions {
  /** Most tokens to generate. Default 256. */
  readonly maxTokens?: number;
  /** Seed of xoshiro128**, an unsigned 32-bit integer. Default 0: the same options give the same text. */
  readonly seed?: number;
}

export const STEP_NAMES: OptionNames<StepOptions> = {
  ...SAMPLING_NAMES,
  maxTokens: true,
  seed: true,
};

/** One chosen token. */
export interface ChosenToken {
  readonly token: number;
  /** Natural logarithm of the probability the model gave it, before temperature and filters. */
  readonly logprob: number;
  /** Set with the last token: why it is the last. */
  readonly end?: FinishReason;
}

/** The token that ends a turn, which not every vocabulary has; `<eos>` is in the model's config. */
export interface EndTokens {
  readonly endOfTurnId?: number;
}

/**
 * Continues `ids` [T] after what `cache` holds, one token after another. The last one is not fed any more.
 * @param ends whose tokens end a turn; usually the tokenizer.
 */
export async function* steps<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  cache: KVCache<Dev>,
  ends: EndTokens | undefined,
  options: StepOptions,
  signal?: AbortSignal,
): AsyncGenerator<ChosenToken, void> {
  assertOptions("steps", options, STEP_NAMES);
  assertSignal("steps", signal);
  const choose = chooser(model, cache, ends, options);
  let logits = await model.forward(ids, cache, { signal });
  for (;;) {
    const step = choose(logits.data);
    if (!step) return;
    yield step;
    if (step.end) return;
    signal?.throwIfAborted();
    logits = await model.forward([step.token], cache, { signal });
  }
}

/** Chooses the tokens of one sequence from its logits [V], as many as `options` allow; then it gives undefined. */
export function chooser<Dev extends Handles>(
  { config }: Model<Dev>,
  cache: KVCache<Dev>,
  ends: EndTokens | undefined,
  options: StepOptions,
): (logits: ArrayLike<number>) => ChosenToken | undefined {
  const { maxTokens = DEFAULTS.maxTokens, seed = DEFAULTS.seed } = options;
  const random = xoshiro128(seed);
  let left = maxTokens;
  const endOf = (token: number): FinishReason | undefined => {
    if (token === config.eosTokenId) return "eos";
    if (token === ends?.endOfTurnId) return "end_of_turn";
    if (left === 0) return "length";
    return cache.length === cache.contextLength ? "context" : undefined;
  };
  return (logits) => {
    if (left === 0) return undefined;
    left--;
    const token = chooseToken(logits, options, random);
    return { token, logprob: logProbability(logits, token), end: endOf(token) };
  };
}

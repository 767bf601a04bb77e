/**
 * The choice of the tokens of one sequence, one after another: the step between logits and logits.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import type { TopToken } from "../model/top.ts";
import { logProbability } from "../nn/log-softmax.ts";
import { xoshiro128 } from "../random.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import { biasById } from "./logits/logit-bias.ts";
import { changedLogits, changesLogits } from "./logits/logit-options.ts";
import { lookAt, type TokenLogprob } from "./logits/top-logprobs.ts";
import { chooseToken } from "./sampler.ts";
import { type Choosing, DEFAULT_MAX_TOKENS } from "./step-options.ts";
import type { Ending, EndTokens } from "./stops.ts";

/** What the next token is chosen by: the logits [V] of the last one; for a greedy choice the most probable is enough. */
export type Next = FloatArray | TopToken;

/** One chosen token. */
export interface ChosenToken {
  /** Its id. */
  readonly token: number;
  /** Natural logarithm of the probability the model gave it, before temperature and filters. */
  readonly logprob: number;
  /** The most probable tokens in its place, the best first, where `topLogprobs` asked for them. */
  readonly topLogprobs?: readonly TokenLogprob[];
  /** Set with the last token: why it is the last. */
  readonly end?: Ending;
}

/** Whether a token is chosen by all logits, or by the most probable one alone. */
export function needsLogits(options: Choosing): boolean {
  return !!options.temperature || !!options.topLogprobs || changesLogits(options);
}

/**
 * Chooses the tokens of one sequence, as many as `options` allow; then it gives undefined. It is called once for each token,
 * in their order, and remembers them.
 * @param cache holds the prompt, and nothing beyond it yet.
 */
export function chooser<Dev extends Handles>(
  { paddingIds }: Model<Dev>,
  cache: KVCache<Dev>,
  ends: EndTokens,
  options: Choosing,
): (next: Next) => ChosenToken | undefined {
  const { op, maxTokens = DEFAULT_MAX_TOKENS, seed = 0, topLogprobs = 0 } = options;
  const random = xoshiro128(seed);
  const isChanging = changesLogits(options);
  const { logitBias } = options;
  const changes = logitBias ? { ...options, logitBias: biasById(logitBias) } : options;
  const tokens = isChanging ? [...cache.tokens] : [];
  const last = cache.contextLength - cache.length; // tokens that can be fed; one more can be chosen
  let generated = 0;
  const endOf = (token: number): Ending | undefined => {
    const finishReason = ends.get(token);
    if (finishReason) return { finishReason, stopReason: token };
    if (generated === maxTokens) return { finishReason: "length" };
    return generated > last ? { finishReason: "context" } : undefined;
  };
  const choiceOf = (row: FloatArray): number => {
    if (!isChanging) return chooseToken(without(paddingIds, row), options, random);
    const state = { op, paddingIds, tokens, generated, ends: ends.keys() };
    return chooseToken(changedLogits(row, changes, state), options, random);
  };
  const chosen = (next: Next): Omit<ChosenToken, "end"> => {
    if ("token" in next) return { token: next.token, logprob: next.logprob };
    const token = choiceOf(next);
    if (topLogprobs === 0) return { token, logprob: logProbability(next, token) };
    const { logprob, top } = lookAt(next, token, topLogprobs, paddingIds);
    return { token, logprob, topLogprobs: top };
  };
  return (next) => {
    if (generated === maxTokens) return undefined;
    const choice = chosen(next);
    generated++;
    if (isChanging) tokens.push(choice.token);
    return { ...choice, end: endOf(choice.token) };
  };
}

/** The logits with those of padding out of reach: a row of zeros has the logit 0, where others are around −10. */
export function without(ids: readonly number[], logits: FloatArray): FloatArray {
  if (ids.length === 0) return logits;
  const masked = logits.slice();
  for (const id of ids) masked[id] = Number.NEGATIVE_INFINITY;
  return masked;
}

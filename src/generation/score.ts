/**
 * Likelihood: how probable the model finds a text, token by token.
 *
 *     logprob[t] = log softmax(logits[t − 1])[ids[t]]
 *
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { refusals } from "../errors.ts";
import { assertIds, assertSequence } from "../model/check-ids.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Model } from "../model/model.ts";
import { logProbability } from "../nn/log-softmax.ts";
import { assertOptions } from "../options.ts";

/** The likelihood of a sequence. */
export interface Score {
  /** ids[1 …]: the first token (BOS) is given, not predicted. */
  readonly tokens: readonly number[];
  /** log p of each of `tokens` given all before it, natural logarithm. */
  readonly logprobs: Float64Array;
  /** Sum of `logprobs`. */
  readonly total: number;
  /** exp(−total / number of tokens): Infinity where that is beyond 1.8e308. */
  readonly perplexity: number;
}

/**
 * Scores `ids` [T], T ≥ 2, from a BOS on. Logits are computed and dropped a chunk at a time.
 * @param options a signal that stops it
 * @throws {ArgumentError} if there is nothing to predict, or the context is too short.
 */
export async function score<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Score> {
  assertIsModel("score", model);
  assertOptions("score", options, { signal: true });
  const { signal } = options;
  assertIds("score", ids, model.config);
  if (ids.length < 2) {
    const expected = "at least two tokens, the first of which is given";
    throw refusals("score").argument("ids", expected, ids.length, "score a longer text");
  }
  const all = Array.from(ids);
  assertSequence("score", all.slice(1), model.config); // the last is predicted, not fed
  const tokens = all.slice(1);
  const given = all.slice(0, -1);
  const logprobs = new Float64Array(tokens.length);
  const cache = model.createCache({ contextLength: given.length });
  try {
    const { maxRows } = model.backend.info;
    for (let begin = 0; begin < given.length; begin += maxRows) {
      const chunk = given.slice(begin, begin + maxRows);
      const logits = await model.forward(chunk, cache, { logits: "all", signal });
      const V = logits.shape[1];
      for (let t = 0; t < chunk.length; t++) {
        const row = logits.data.subarray(t * V, (t + 1) * V);
        logprobs[begin + t] = logProbability(row, tokens[begin + t]);
      }
    }
  } finally {
    cache.dispose();
  }
  const total = logprobs.reduce((a, b) => a + b, 0);
  return { tokens, logprobs, total, perplexity: Math.exp(-total / tokens.length) };
}

/**
 * Likelihood: how probable the model finds a text, token by token.
 *
 *     logprob[t] = log softmax(logits[t − 1])[ids[t]]
 *
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { refusals } from "../errors.ts";
import { assertIds, assertPrompts, assertSequence } from "../model/check-ids.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Model } from "../model/model.ts";
import { logProbability } from "../nn/log-softmax.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { eitherSignal } from "../signals.ts";
import type { FloatArray, NdArray } from "../tensor/tensor.ts";
import { Places } from "./batch/places.ts";

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

/** How texts are scored. */
export interface ScoreOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
}

export const SCORE_NAMES: OptionNames<ScoreOptions> = { signal: true };

/**
 * Scores `ids` [T], T ≥ 2, from a BOS on. Logits are dropped as soon as they are looked at: at no time are there more
 * than those of one pass, maxRows · V.
 * @throws {ArgumentError} if there is nothing to predict, or the context is too short.
 */
export async function score<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: ScoreOptions = {},
): Promise<Score> {
  assertIsModel("score", model);
  assertOptions("score", options, SCORE_NAMES);
  return scoreOf(model, scored("score", model, ids, "ids"), options);
}

/** Passes for which there are always rows of texts under way, so that the next is full when one is done. */
const PASSES = 2;

/**
 * Scores several sequences, as {@link score} does each, to the bit on the reference backend. They share passes, so that
 * the weights are read once for all of them; as many are under way as fill the passes. If one fails, none goes on.
 * @param op the call that errors name.
 * @throws {ArgumentError} if there is nothing to predict in one, or the context is too short for it.
 */
export async function scoreList<Dev extends Handles>(
  model: Model<Dev>,
  sequences: readonly ArrayLike<number>[],
  options: ScoreOptions = {},
  op = "scoreList",
): Promise<Score[]> {
  assertIsModel(op, model);
  assertOptions(op, options, SCORE_NAMES);
  assertPrompts(op, sequences);
  const all = sequences.map((ids, i) => scored(op, model, ids, `prompts[${i}]`));
  const rows = new Places(PASSES * model.backend.info.maxRows);
  const stop = new AbortController();
  const { signal, release } = eitherSignal(options.signal, stop.signal);
  const scores = all.map(async (one) => {
    const leave = await rows.enter(one.given.length, signal);
    return scoreOf(model, one, { signal }, leave).finally(() => leave());
  });
  try {
    return await Promise.all(scores);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(scores);
    throw error;
  } finally {
    release();
  }
}

/** What is fed, and what is predicted. */
interface Scored {
  readonly given: readonly number[];
  readonly tokens: readonly number[];
  /** What errors call it, where there are several. */
  readonly name?: string;
}

/** @throws {ArgumentError} unless there is something to predict, and it fits. */
function scored<Dev extends Handles>(
  op: string,
  { config }: Model<Dev>,
  ids: ArrayLike<number>,
  argument: string,
): Scored {
  assertIds(op, ids, config, argument);
  if (ids.length < 2) {
    const expected = "at least two tokens, the first of which is given";
    throw refusals(op).argument(argument, expected, ids.length, "score a longer text");
  }
  const all = Array.from(ids);
  const given = all.slice(0, -1); // the last is predicted, not fed
  assertSequence(op, given, config, argument);
  return { given, tokens: all.slice(1), name: argument === "ids" ? undefined : argument };
}

async function scoreOf<Dev extends Handles>(
  model: Model<Dev>,
  { given, tokens, name }: Scored,
  { signal }: ScoreOptions,
  onRows: (count: number) => void = () => {},
): Promise<Score> {
  const logprobs = new Float64Array(tokens.length);
  const cache = model.createCache({ contextLength: given.length });
  const look = ({ data, shape: [R, V] }: NdArray, begin: number) => {
    for (let r = 0; r < R; r++) {
      const row = (data as FloatArray).subarray(r * V, (r + 1) * V);
      logprobs[begin + r] = logProbability(row, tokens[begin + r]);
    }
    onRows(R);
  };
  try {
    await model.forwardEach(given, cache, look, { signal, name });
  } finally {
    cache.dispose();
  }
  const total = logprobs.reduce((a, b) => a + b, 0);
  return { tokens, logprobs, total, perplexity: Math.exp(-total / tokens.length) };
}

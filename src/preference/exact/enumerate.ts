/**
 * All answers that a small policy can give, with their probabilities: where those are few, whatever is an expectation elsewhere
 * is a sum here, and every estimate can be held against it.
 *
 * With V ids of which E end an answer, and n tokens at the most, there are
 *
 *     E · (1 + (V − E) + … + (V − E)^(n−2)) + V · (V − E)^(n−1)
 *
 * answers: an end token closes one early, and behind n tokens it is cut, closed or not. Their probabilities sum to 1.
 * @module
 */
import { assertIdsBelow, assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import type { TrainingSequence } from "../../training/trains.ts";
import { responseLogprobs } from "../losses/response-logprobs.ts";

/** Which answers there are. */
export interface EnumerateOptions {
  /** The most tokens of an answer. */
  readonly maxTokens: number;
  /** Ids that close an answer, and are a part of it. */
  readonly endIds: readonly number[];
  /** More answers are refused: each costs a pass. Default 100,000. */
  readonly limit?: number;
  /** Stops between two answers. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<EnumerateOptions> = {
  maxTokens: true,
  endIds: true,
  limit: true,
  signal: true,
};

/** One of all answers. */
export interface EnumeratedResponse extends TrainingSequence {
  /** [T] the prompt and the answer. */
  readonly ids: Int32Array;
  /** [T] 1 on the answer. */
  readonly mask: Float64Array;
  /** Tokens of the prompt. */
  readonly promptLength: number;
  /** Whether an end token closes it. */
  readonly isClosed: boolean;
}

/** All answers to a prompt, [Y], under a policy. */
export interface EnumeratedResponses {
  /** The shortest first, and those of a length by their ids. */
  readonly responses: readonly EnumeratedResponse[];
  /** log π of each token, [Y] lists of [T]; 0 on the prompt. */
  readonly logprobs: readonly Float64Array[];
  /** log π of each answer, [Y]. e to them sums to 1. */
  readonly sums: Float64Array;
}

const OP = "enumerateResponses";

/**
 * Enumerates, and scores by one pass an answer.
 * @param model whose log-probabilities: any that learns, in float64 for digits.
 * @param prompt ids, BOS included.
 * @param options maxTokens, endIds, limit, signal: {@link EnumerateOptions}
 * @throws {ArgumentError} if an id is not one of the model, or there are more answers than `limit`.
 */
export async function enumerateResponses(
  model: Pick<TrainableModel, "config" | "logprobs">,
  prompt: ArrayLike<number>,
  options: EnumerateOptions,
): Promise<EnumeratedResponses> {
  assertOptions(OP, options, NAMES);
  const { signal } = options;
  const responses = allResponses(model.config.vocabSize, prompt, options);
  const logprobs = await model.logprobs(responses, { signal });
  const masks = responses.map(({ mask }) => mask);
  return { responses, logprobs, sums: responseLogprobs(logprobs, masks) };
}

function allResponses(
  V: number,
  prompt: ArrayLike<number>,
  { maxTokens, endIds, limit = 100_000 }: EnumerateOptions,
): EnumeratedResponse[] {
  assertIdsBelow(OP, prompt, V, "prompt");
  if (prompt.length === 0)
    throw refusals(OP).argument("prompt", "an id or more, BOS first", "none");
  assertInteger(OP, "maxTokens", maxTokens, POSITIVE);
  assertIdsBelow(OP, endIds, V, "endIds");
  assertInteger(OP, "limit", limit, POSITIVE);
  const ends = new Set(endIds);
  const count = countOf(V, ends.size, maxTokens);
  if (count > limit) {
    const hint = "fewer tokens, a smaller vocabulary, or a higher limit";
    throw refusals(OP).argument(
      "maxTokens",
      `${limit} answers at the most`,
      `${count} answers`,
      hint,
    );
  }

  const found: EnumeratedResponse[] = [];
  let open: number[][] = [[]]; // in the order of their ids
  for (let tokens = 1; tokens <= maxTokens; tokens++) {
    const longer: number[][] = [];
    for (const answer of open) {
      for (let id = 0; id < V; id++) {
        const isClosed = ends.has(id);
        if (isClosed || tokens === maxTokens) {
          found.push(responseOf(prompt, [...answer, id], isClosed));
        } else longer.push([...answer, id]);
      }
    }
    open = longer;
  }
  return found;
}

function countOf(V: number, E: number, maxTokens: number): number {
  let [count, open] = [0, 1];
  for (let tokens = 1; tokens < maxTokens && open > 0 && Number.isFinite(count); tokens++) {
    count += open * E;
    open *= V - E;
  }
  return count + open * V;
}

function responseOf(
  prompt: ArrayLike<number>,
  answer: readonly number[],
  isClosed: boolean,
): EnumeratedResponse {
  const ids = Int32Array.from([...Array.from(prompt), ...answer]);
  const mask = new Float64Array(ids.length).fill(1, prompt.length);
  return { ids, mask, promptLength: prompt.length, isClosed };
}

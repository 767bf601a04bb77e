/**
 * Several prompts continued side by side, for those who want the whole answers: generateList has them as they come.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { Model } from "../model/model.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { generateList, type ListOptions } from "./batch/generate-list.ts";
import type { Generation, TopLogprob } from "./generation.ts";
import type { FinishReason } from "./stops.ts";
import type { GenerationUsage } from "./usage.ts";

/** What became of one prompt. */
export interface Continuation {
  /** That `generate` alone would need for the same; undefined if nothing was drawn. */
  readonly seed: number | undefined;
  /** The ids of its tokens. */
  readonly tokens: readonly number[];
  /** Its text; a stop text is not part of it. */
  readonly text: string;
  /** Of each token: see `GeneratedToken.logprob`. */
  readonly logprobs: readonly number[];
  /** Of each token, where the options asked for them: see `GeneratedToken.topLogprobs`. */
  readonly topLogprobs?: readonly (readonly TopLogprob[])[];
  /** Why it ended. */
  readonly finishReason: FinishReason;
  /** The token or the stop text that ended it, if one did. */
  readonly stopReason?: number | string;
  /** What it has cost. */
  readonly usage: GenerationUsage;
}

/**
 * Continues each of `prompts` (with its BOS), as {@link generateList} does, and gives whole answers. If one fails, none goes on.
 *
 * @throws {ArgumentError} if an option is out of range, an id is outside the vocabulary, or a prompt is empty or
 * does not fit into the context.
 * @throws the signal's reason.
 */
export async function generateBatch<Dev extends Handles>(
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  prompts: readonly ArrayLike<number>[],
  options: ListOptions = {},
): Promise<Continuation[]> {
  const answers = generateList(model, tokenizer, prompts, options, "generateBatch");
  try {
    return await Promise.all(answers.map((answer) => wholeOf(answer, options.signal)));
  } catch (error) {
    await Promise.all(answers.map((answer) => answer.return()));
    throw error;
  }
}

/** @throws the signal's reason, if the answer is not whole because of it. */
async function wholeOf(answer: Generation, signal?: AbortSignal): Promise<Continuation> {
  const text = await answer.text();
  const { seed, tokens, logprobs, topLogprobs, finishReason = "abort", stopReason, usage } = answer;
  if (finishReason === "abort") signal?.throwIfAborted();
  const found = { seed, tokens, text, logprobs, finishReason, stopReason, usage };
  return topLogprobs ? { ...found, topLogprobs } : found;
}

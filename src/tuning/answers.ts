/**
 * What a tuned model answers, beside what it was to answer: how often it says just that, and whether it ends its turns.
 * Loss alone shows neither; a model that was never shown the end of a turn has a good loss and never stops.
 * @module
 */

import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { isList } from "../check.ts";
import { refusals } from "../errors.ts";
import { generateBatch } from "../generation/generate-batch.ts";
import type { FinishReason } from "../generation/stops.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import {
  CONVERSATION_NAMES,
  type ConversationOptions,
  conversation,
  type TuningRow,
} from "./conversation.ts";

/** Options of {@link tunedAnswers}. */
export interface TunedAnswersOptions extends Omit<ConversationOptions, "trainOn"> {
  /** Of the model. */
  readonly tokenizer: Tokenizer;
  /** Most tokens of an answer. Default 256. */
  readonly maxTokens?: number;
  /** Answers are drawn at this temperature. Default 0: the most probable token each time. */
  readonly temperature?: number;
  /** Of the draws: the n-th row has `seed + n`. */
  readonly seed?: number;
  /** Stops all. */
  readonly signal?: AbortSignal;
}

const { trainOn: _, ...CHAT_NAMES } = CONVERSATION_NAMES;
const NAMES: OptionNames<TunedAnswersOptions> = {
  ...CHAT_NAMES,
  tokenizer: true,
  maxTokens: true,
  temperature: true,
  seed: true,
  signal: true,
};

/** One answer. */
export interface TunedAnswer {
  /** What the model said. */
  readonly text: string;
  /** The last answer of the row. */
  readonly expected: string;
  /** Whether they are the same, and the turn was ended. */
  readonly isExact: boolean;
  /** Whether the model ended its turn, and was not cut. */
  readonly isClosed: boolean;
  /** Why the answer ended. */
  readonly finishReason: FinishReason;
}

/** Answers to all rows. */
export interface TunedAnswers {
  /** In the order of the rows. */
  readonly answers: readonly TunedAnswer[];
  /** The share of those that are exact. */
  readonly exact: number;
  /** The share of those that were closed. */
  readonly closed: number;
}

const OP = "tunedAnswers";

/**
 * Lets `model` answer the last question of each row, and compares.
 *
 *     const { exact, closed } = await tunedAnswers(gemma.model, rows, { tokenizer: gemma.tokenizer });
 *
 * @param model to generate with: of one that learns it is `Model.load({ config, tensors: model.tensors(), backend })`.
 */
export async function tunedAnswers<Dev extends Handles>(
  model: Model<Dev>,
  rows: readonly TuningRow[],
  options: TunedAnswersOptions,
): Promise<TunedAnswers> {
  assertOptions(OP, options, NAMES);
  assertIsModel(
    OP,
    model,
    "a model that learns gives its weights: Model.load({ config, tensors: model.tensors(), backend })",
  );
  const { tokenizer, maxTokens = 256, temperature, seed, signal, ...chat } = options;
  if (!(tokenizer instanceof Tokenizer)) {
    throw refusals(OP).argument("tokenizer", "a Tokenizer", brief(tokenizer));
  }
  if (!isList(rows) || rows.length === 0) {
    throw refusals(OP).argument("rows", "a list of conversations", brief(rows));
  }
  const { bosTokenId, vocabSize } = model.config;
  const asked = rows.map((row) =>
    conversation(row, tokenizer, { bosTokenId, vocabSize, ...chat, trainOn: "last" }),
  );
  const prompts = asked.map(({ ids, promptLength }) => ids.subarray(0, promptLength));
  const said = await generateBatch(model, tokenizer, prompts, {
    maxTokens,
    temperature,
    seed,
    signal,
  });
  const answers = said.map(({ text, finishReason }, i): TunedAnswer => {
    const { ids, promptLength } = asked[i];
    const expected = tokenizer.decode(ids.subarray(promptLength, -1), { vocabSize });
    const isClosed = finishReason === "end_of_turn" || finishReason === "eos";
    return { text, expected, isExact: isClosed && text === expected, isClosed, finishReason };
  });
  const share = (one: (answer: TunedAnswer) => boolean) => answers.filter(one).length / rows.length;
  return {
    answers,
    exact: share(({ isExact }) => isExact),
    closed: share(({ isClosed }) => isClosed),
  };
}

/**
 * What is done to logits before a token is chosen of them, in this order:
 *
 *     bias → penalties for repeating → no end before minTokens → the caller's function
 *
 * Then come temperature, top-p, top-k and min-p (sampler.ts). The order is that of Hugging Face's `generate`
 * (src/transformers/generation/utils.py, `_get_logits_processor`).
 * @module
 */
import { assertFinite, assertInteger, numberGot } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { argmax } from "../../nn/log-softmax.ts";
import type { OptionNames } from "../../options.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import { addLogitBias, assertLogitBias, biasById, type LogitBias } from "./logit-bias.ts";
import { type LogitsProcessor, processed } from "./logits-processor.ts";
import { penalizeCounts, penalizeRepetition } from "./repetition-penalty.ts";

/** How logits are changed before a token is chosen. A token's `logprob` stays the model's own. */
export interface LogitOptions {
  /** What is added to the logits of single tokens, by their ids: `{ 107: -5 }`; −∞ forbids a token. */
  readonly logitBias?: LogitBias;
  /**
   * Makes tokens that have come less probable, in the prompt or in the answer: their logits are divided by it where they
   * are positive, else multiplied. Above 1 it discourages, below 1 it encourages. Default 1. See repetition-penalty.ts.
   */
  readonly repetitionPenalty?: number;
  /** Lowers the logit of a token by this for each time it has come in the answer: OpenAI's `frequency_penalty`. Default 0. */
  readonly frequencyPenalty?: number;
  /** Lowers the logit of a token by this if it has come in the answer: OpenAI's `presence_penalty`. Default 0. */
  readonly presencePenalty?: number;
  /** No end before so many tokens: neither the model's own, nor those of `stopTokenIds` and `stop`. Default 0. */
  readonly minTokens?: number;
  /** A function that sees and may change the logits of each token; the last to do so. See {@link LogitsProcessor}. */
  readonly logitsProcessor?: LogitsProcessor;
}

export const LOGIT_NAMES: OptionNames<LogitOptions> = {
  logitBias: true,
  repetitionPenalty: true,
  frequencyPenalty: true,
  presencePenalty: true,
  minTokens: true,
  logitsProcessor: "function",
};

/** Whether logits are changed at all: else the most probable token is the model's own, and may be found where it computes. */
export function changesLogits(options: LogitOptions): boolean {
  const { logitBias, logitsProcessor, minTokens = 0 } = options;
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = options;
  const penalizes = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
  return penalizes || logitBias !== undefined || !!logitsProcessor || minTokens > 0;
}

/** What is known where a token is chosen. */
export interface LogitState {
  /** The call that errors name. */
  readonly op: string;
  /** Ids that are never chosen: rows of the table without a token. */
  readonly paddingIds: readonly number[];
  /** The tokens so far, prompt and answer. */
  readonly tokens: readonly number[];
  /** How many of them were generated. */
  readonly generated: number;
  /** Tokens that end the text. */
  readonly ends: Iterable<number>;
}

/**
 * The logits [V] that the next token is chosen by, in float64; a copy.
 * @throws {ArgumentError} if the caller's function makes no logits, or no token is left that may come.
 */
export function changedLogits(
  row: FloatArray,
  options: LogitOptions,
  { op, paddingIds, tokens, generated, ends }: LogitState,
): Float64Array {
  const { logitBias, minTokens = 0, logitsProcessor } = options;
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = options;
  let logits: Float64Array = Float64Array.from(row);
  for (const id of paddingIds) logits[id] = Number.NEGATIVE_INFINITY;
  if (logitBias) addLogitBias(logits, logitBias instanceof Map ? logitBias : biasById(logitBias));
  if (repetitionPenalty !== 1) penalizeRepetition(logits, new Set(tokens), repetitionPenalty);
  if (frequencyPenalty !== 0 || presencePenalty !== 0) {
    const answer = tokens.slice(tokens.length - generated);
    penalizeCounts(logits, answer, frequencyPenalty, presencePenalty);
  }
  if (generated < minTokens) for (const id of ends) logits[id] = Number.NEGATIVE_INFINITY;
  if (logitsProcessor) logits = processed(op, logitsProcessor, logits, tokens.slice());
  const most = logits[argmax(logits)];
  if (Number.isFinite(most)) return logits;
  const { argument: refuse } = refusals(op);
  if (most > 0) {
    throw refuse("options", "penalties of a usual size", "ones that make logits infinite");
  }
  const argument = logitsProcessor ? "logitsProcessor" : "logitBias";
  const hint = "allow at least one of them";
  throw refuse(argument, "a token that may come", "all tokens forbidden", hint);
}

/**
 * @param vocabSize ids lie below it. Default: it is not known yet.
 * @throws {ArgumentError} if an option is out of range.
 */
export function assertLogitOptions(op: string, options: LogitOptions, vocabSize?: number): void {
  const { logitBias, repetitionPenalty: penalty = 1, minTokens = 0 } = options;
  if (logitBias !== undefined) assertLogitBias(op, logitBias, vocabSize);
  if (!(typeof penalty === "number" && penalty > 0 && penalty < Number.POSITIVE_INFINITY)) {
    const hint = "1 does nothing, 1.1 is usual";
    const expected = "a positive number";
    throw refusals(op).argument("repetitionPenalty", expected, numberGot(penalty), hint);
  }
  const { frequencyPenalty = 0, presencePenalty = 0 } = options;
  assertFinite(op, "frequencyPenalty", frequencyPenalty);
  assertFinite(op, "presencePenalty", presencePenalty);
  assertInteger(op, "minTokens", minTokens, { from: 0 });
}

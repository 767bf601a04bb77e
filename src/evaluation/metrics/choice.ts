/**
 * Multiple choice: which answer has the highest log-likelihood, and by what measure. Arithmetic of EleutherAI's
 * lm-evaluation-harness (`ConfigurableTask.process_results`), in float64.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { byteLength, length } from "../../python/text.ts";

/** What is known of one question, C choices. */
export interface ChoiceSample {
  /** log p(choice | context), in nats, [C]. */
  readonly logprobs: readonly number[];
  /** The choices without what separates them from the context, [C]. */
  readonly choices: readonly string[];
  /** The right one, or all right ones; an index that does not exist is never right. */
  readonly gold: number | readonly number[];
  /** log p(choice) without the context, [C]; for `accMutualInfo`. */
  readonly unconditional?: readonly number[];
  /** Tokens of each choice, [C]; for `accPerToken`. */
  readonly tokens?: readonly number[];
  /** Whether each choice is what greedy decoding would give, [C]; for `exactMatch`. */
  readonly greedy?: readonly boolean[];
}

const NAMES: OptionNames<ChoiceSample> = {
  logprobs: true,
  choices: true,
  gold: true,
  unconditional: true,
  tokens: true,
  greedy: true,
};

/** 1 for right, 0 for wrong, by each measure; undefined where what it takes was not given. */
export interface ChoiceScores {
  /** By log p. */
  readonly acc: number;
  /** By log p / code points of the choice. */
  readonly accNorm: number;
  /** By log p / UTF-8 bytes of the choice. */
  readonly accBytes: number;
  /** By log p(choice | context) − log p(choice). */
  readonly accMutualInfo?: number;
  /** By log p / tokens of the choice. The harness has no such measure; papers do. */
  readonly accPerToken?: number;
  /** Whether a right choice is what greedy decoding would give. */
  readonly exactMatch?: number;
  /** The choice with the highest log p, the first of equals. */
  readonly chosen: number;
}

/** @throws {ArgumentError} if the lists have different lengths, or nothing in them. */
export function scoreChoices(sample: ChoiceSample): ChoiceScores {
  assertOptions("scoreChoices", sample, NAMES);
  const { logprobs, choices, gold, unconditional, tokens, greedy } = sample;
  assertLengths(sample);
  const golds = typeof gold === "number" ? [gold] : gold;
  // #region right
  const isRight = (scores: readonly number[]) => (golds.includes(firstLargest(scores)) ? 1 : 0);
  const per = (sizes: readonly number[]) => logprobs.map((logprob, i) => logprob / sizes[i]);
  const acc = isRight(logprobs);
  const accNorm = isRight(per(choices.map(length)));
  // #endregion
  return {
    acc,
    accNorm,
    accBytes: isRight(per(choices.map(byteLength))),
    ...(unconditional && {
      accMutualInfo: isRight(logprobs.map((logprob, i) => logprob - unconditional[i])),
    }),
    ...(tokens && { accPerToken: isRight(per(tokens)) }),
    ...(greedy && { exactMatch: golds.some((i) => greedy[i]) ? 1 : 0 }),
    chosen: firstLargest(logprobs),
  };
}

/** As NumPy's argmax: the first of equals; NaN (an empty choice by its length) counts as the largest. */
export function firstLargest(scores: readonly number[]): number {
  const nan = scores.findIndex(Number.isNaN);
  return nan >= 0 ? nan : scores.indexOf(scores.reduce((a, b) => Math.max(a, b)));
}

function assertLengths(sample: ChoiceSample): void {
  const refuse = refusals("scoreChoices");
  const { length: C } = sample.choices;
  if (C === 0) throw refuse.argument("choices", "at least one choice", brief(sample.choices));
  for (const name of ["logprobs", "unconditional", "tokens", "greedy"] as const) {
    const list = sample[name];
    if (list === undefined || list.length === C) continue;
    throw refuse.argument(name, `${C} of them, one for each choice`, list.length);
  }
}

/**
 * The Brier score of one question: Σ_c (p_c − [c is right])², with p the softmax of the log-likelihoods; 0 is best.
 * @throws {ArgumentError} unless `gold` is one of the choices.
 */
export function brierScore(logprobs: readonly number[], gold: number): number {
  const refuse = refusals("brierScore");
  if (!(gold in logprobs)) throw refuse.argument("gold", "the index of a choice", brief(gold));
  const highest = Math.max(...logprobs);
  const weights = logprobs.map((logprob) => Math.exp(logprob - highest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.reduce((sum, weight, i) => sum + (weight / total - (i === gold ? 1 : 0)) ** 2, 0);
}

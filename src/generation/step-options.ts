/**
 * How a text is continued, token by token: the options of every loop that generates, and what is wrong with them.
 * @module
 */
import { assertInteger } from "../check.ts";
import { refusals } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import { assertLogitOptions, LOGIT_NAMES, type LogitOptions } from "./logits/logit-options.ts";
import {
  assertPromptLookup,
  PROMPT_LOOKUP_NAMES,
  type PromptLookupOptions,
} from "./lookup/options.ts";
import {
  assertSampling,
  assertTemperatureFor,
  SAMPLING_NAMES,
  type SamplingOptions,
} from "./sampler.ts";

/** Tokens of an answer where the options do not say. */
export const DEFAULT_MAX_TOKENS = 256;

/** How a text is continued, token by token: how each is chosen, and how many there are at most. */
export interface StepOptions extends SamplingOptions, LogitOptions, PromptLookupOptions {
  /** Most tokens to generate. Default 256. */
  readonly maxTokens?: number;
  /**
   * Seed of xoshiro128**, an unsigned 32-bit integer; the same seed gives the same text. Only with a temperature.
   * Default: one is drawn, and reported.
   */
  readonly seed?: number;
  /**
   * How many of the most probable tokens come with each token, with their log-probabilities: the model's own, before
   * temperature and filters, so that they do not sum to 1. Default 0.
   */
  readonly topLogprobs?: number;
}

export const STEP_NAMES: OptionNames<StepOptions> = {
  ...SAMPLING_NAMES,
  ...LOGIT_NAMES,
  ...PROMPT_LOOKUP_NAMES,
  topLogprobs: true,
  maxTokens: true,
  seed: true,
};

/**
 * @param vocabSize ids lie below it. Default: it is not known yet.
 * @throws {ArgumentError} if an option is out of range, or does nothing.
 */
export function assertSteps(op: string, options: StepOptions, vocabSize?: number): void {
  assertSampling(op, options);
  assertLogitOptions(op, options, vocabSize);
  assertPromptLookup(op, options);
  const { maxTokens = DEFAULT_MAX_TOKENS, minTokens = 0, seed, topLogprobs = 0 } = options;
  assertInteger(op, "maxTokens", maxTokens, { from: 0 });
  if (minTokens > maxTokens) {
    const isDefault = options.maxTokens === undefined ? " by default" : "";
    const expected = `at most ${maxTokens}, as maxTokens is${isDefault}`;
    throw refusals(op).argument("minTokens", expected, minTokens);
  }
  assertInteger(op, "topLogprobs", topLogprobs, { from: 0, to: vocabSize });
  if (seed === undefined) return;
  const as = "an integer of 32 bits";
  assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1, as });
  assertTemperatureFor(op, "seed", options);
}

/** How tokens are chosen, and the call that errors name. */
export interface Choosing extends StepOptions {
  readonly op: string;
}

/**
 * The seed of a generation: the one that is given, or a new one.
 * @returns undefined if nothing is drawn.
 */
export function seedOf({ temperature, seed }: StepOptions): number | undefined {
  if (!temperature) return undefined;
  return seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
}

/**
 * Generation as text: the tokens of steps.ts as they come, with their text.
 *
 *     for await (const { text } of generate(model, tokenizer, ids, { maxTokens: 100 })) show(text);
 *
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { hookedFeed } from "../interp/run/hooked-feed.ts";
import type { Hooks } from "../interp/run/hooks.ts";
import { assertIds } from "../model/check-ids.ts";
import { assertIsModel } from "../model/check-model.ts";
import { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { answer, planOf, promptAlone } from "./answer.ts";
import { Generation } from "./generation.ts";
import {
  assertSteps,
  DEFAULT_MAX_TOKENS,
  STEP_NAMES,
  type StepOptions,
  seedOf,
} from "./step-options.ts";
import { assertStops, assertStopTexts, STOP_NAMES, type StopOptions } from "./stops.ts";
import { UsageMeter } from "./usage.ts";

/** How a text is continued: how tokens are chosen, where it ends, and with which cache and hooks. */
export interface GenerateOptions<Dev extends Handles = Handles> extends StepOptions, StopOptions {
  /** Ends the generation, even in the middle of a long prompt. */
  readonly signal?: AbortSignal;
  /**
   * A cache that already holds the tokens before the prompt, and keeps what is fed here. The last
   * token that is yielded is not fed any more: to go on from here, begin the next prompt with it.
   * Default: a new one, as long as prompt and `maxTokens` need.
   */
  readonly cache?: KVCache<Dev>;
  /**
   * What sees, and may change, intermediates of each pass: the prompt's rows, and then one row a token. Such a generation
   * does not share its passes with others. Default: nothing looks.
   */
  readonly hooks?: Hooks;
}

/** Options of several prompts, or of a chat, which have their own caches. */
export const CACHELESS_NAMES: OptionNames<Omit<GenerateOptions, "cache" | "hooks">> = {
  ...STEP_NAMES,
  ...STOP_NAMES,
  signal: true,
};
export const GENERATE_NAMES: OptionNames<GenerateOptions> = {
  ...CACHELESS_NAMES,
  cache: true,
  hooks: true,
};

/**
 * Continues `promptIds` (with its BOS, and after what the cache holds).
 *
 * @param tokenizer gives the texts and the ids that end a turn; without one, texts are empty.
 * @param op the call that errors name.
 * @param meter counts for an answer that this one is part of. Default: its own.
 * @throws {ArgumentError} if an option is out of range or does nothing, or an id is outside the vocabulary; or,
 * from the first step, if the prompt is empty or does not fit into the context.
 */
export function generate<Dev extends Handles>(
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  promptIds: ArrayLike<number>,
  options: GenerateOptions<Dev> = {},
  op = "generate",
  meter: UsageMeter = new UsageMeter(),
): Generation {
  assertIsModel(op, model);
  assertTokenizer(op, tokenizer);
  assertOptions(op, options, GENERATE_NAMES);
  assertCache(op, options.cache);
  const stops = assertGeneration(op, options, model.config.vocabSize);
  assertStopTexts(op, stops, tokenizer);
  assertIds(op, promptIds, model.config);
  const seed = seedOf(options);
  const { cache, hooks } = options;
  if (hooks && options.promptLookup) {
    const hint = "hooks see each token by itself: leave one of the two out";
    throw refusals(op).argument("promptLookup", "no hooks beside it", "hooks", hint);
  }
  const hooked = hooks && hookedFeed(op, model, hooks);
  const plan = planOf(op, model, tokenizer, options, stops);
  const { choosing } = plan;
  const own = { cache, hooked, contextLength: room(model, promptIds, options), choosing };
  const prompt = promptAlone(model, promptIds, own);
  const answering = { ...plan, prompt, seed, meter };
  return new Generation((abandoned) => answer(model, answering, abandoned), seed, meter);
}

/** @throws {ArgumentError} unless `cache` is one, or none. */
export function assertCache(op: string, cache: unknown): void {
  if (cache === undefined || cache instanceof KVCache) return;
  const hint =
    typeof cache === "boolean" ? "within one generation a cache is always used" : undefined;
  throw refusals(op).argument("cache", "a cache made by createCache", brief(cache), hint);
}

/** @throws {ArgumentError} unless `tokenizer` is one, or left out. */
export function assertTokenizer(op: string, tokenizer: unknown): void {
  if (tokenizer === undefined || tokenizer instanceof Tokenizer) return;
  const hint = `${op}(model, undefined, ids) does without one, and gives no texts`;
  throw refusals(op).argument("tokenizer", "a Tokenizer", brief(tokenizer), hint);
}

/** Positions that prompt and answer need, as far as the model has them. */
export function room<Dev extends Handles>(
  { config }: Model<Dev>,
  ids: ArrayLike<number>,
  { maxTokens = DEFAULT_MAX_TOKENS }: StepOptions,
): number {
  return Math.min(config.maxPositionEmbeddings, Math.max(1, ids.length + maxTokens));
}

/**
 * @param vocabSize ids that stop have to lie below it. Default: it is not known yet.
 * @returns the stop texts.
 * @throws {ArgumentError} if an option is out of range, or does nothing.
 */
export function assertGeneration(
  op: string,
  options: Omit<GenerateOptions, "cache" | "hooks">,
  vocabSize?: number,
): readonly string[] {
  assertSteps(op, options, vocabSize);
  const { minTokens = 0, ignoreEos, stop, stopTokenIds } = options;
  if (minTokens > 0 && ignoreEos && stop === undefined && stopTokenIds === undefined) {
    const hint = "ignoreEos goes past the model's ends already; leave one of the two out";
    const expected = "an end that it holds off";
    throw refusals(op).argument("minTokens", expected, "ignoreEos and no stops", hint);
  }
  return assertStops(op, options, vocabSize);
}

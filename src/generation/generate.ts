/**
 * Generation as text: the tokens of steps.ts as they come, with their text.
 *
 *     for await (const { text } of generate(model, tokenizer, ids, { maxTokens: 100 })) show(text);
 *
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { assertInteger } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertIds } from "../model/check-ids.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { eitherSignal } from "../signals.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { assertSampling } from "./sampler.ts";
import { DEFAULTS, type FinishReason, STEP_NAMES, type StepOptions, steps } from "./steps.ts";
import { StreamedText } from "./streamed-text.ts";

export interface GenerateOptions<Dev extends Handles = Handles> extends StepOptions {
  /** Texts at which to end; they are not part of what is generated. */
  readonly stop?: string | readonly string[];
  /** Ends the generation, even in the middle of a long prompt. */
  readonly signal?: AbortSignal;
  /**
   * A cache that already holds the tokens before the prompt, and keeps what is fed here. The last
   * token that is yielded is not fed any more: to go on from here, begin the next prompt with it.
   * Default: a new one, as long as prompt and `maxTokens` need.
   */
  readonly cache?: KVCache<Dev>;
}

/** Options of several prompts, or of a chat, which have their own caches. */
export const CACHELESS_NAMES: OptionNames<Omit<GenerateOptions, "cache">> = {
  ...STEP_NAMES,
  stop: true,
  signal: true,
};
export const GENERATE_NAMES: OptionNames<GenerateOptions> = { ...CACHELESS_NAMES, cache: true };

/** One generated token. */
export interface GeneratedToken {
  readonly token: number;
  /**
   * The text that is certain by now: never a part of a character, nor of a stop string, so it may be
   * empty, or more than this token's. The token that ends a turn or the text has none. What is held
   * back when a generation is aborted is lost.
   */
  readonly text: string;
  /** Natural logarithm of the probability the model gave it, before temperature and filters. */
  readonly logprob: number;
}

/**
 * A running generation: an async iterator of tokens. Leaving the loop stops the work.
 */
export class Generation implements AsyncIterableIterator<GeneratedToken> {
  #finishReason: FinishReason | undefined;
  readonly #abandoned = new AbortController();
  readonly #tokens: AsyncGenerator<GeneratedToken, FinishReason>;

  constructor(tokens: (signal: AbortSignal) => AsyncGenerator<GeneratedToken, FinishReason>) {
    this.#tokens = tokens(this.#abandoned.signal);
  }

  /**
   * Set when the loop has ended. An abort ends it like any other reason, without throwing; leaving the
   * loop counts as one. After an error it stays undefined.
   */
  get finishReason(): FinishReason | undefined {
    return this.#finishReason;
  }

  async next(): Promise<IteratorResult<GeneratedToken, undefined>> {
    const result = await this.#tokens.next();
    if (!result.done) return result;
    this.#finishReason ??= result.value;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<GeneratedToken, undefined>> {
    this.#finishReason ??= "abort";
    this.#abandoned.abort();
    await this.#tokens.return("abort");
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All the text there is to come. */
  async text(): Promise<string> {
    let text = "";
    for await (const token of this) text += token.text;
    return text;
  }
}

/**
 * Continues `promptIds` (with its BOS, and after what the cache holds).
 *
 * @param tokenizer gives the texts and the ids that end a turn; without one, texts are empty.
 * @throws {ArgumentError} if an option is out of range, or an id is outside the vocabulary; or, from the
 * first step, if the prompt is empty or does not fit into the context.
 */
export function generate<Dev extends Handles>(
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  promptIds: ArrayLike<number>,
  options: GenerateOptions<Dev> = {},
): Generation {
  assertOptions("generate", options, GENERATE_NAMES);
  const stops = assertGeneration(options);
  assertStops(stops, tokenizer);
  assertIds("generate", promptIds, model.config);
  const { stop: _, signal: __, cache: ___, ...drawing } = options;
  return new Generation(async function* (abandoned) {
    const cache =
      options.cache ?? model.createCache({ contextLength: room(model, promptIds, options) });
    const { signal, release } = eitherSignal(options.signal, abandoned);
    try {
      signal.throwIfAborted();
      const streamed = new StreamedText(tokenizer, stops);
      for await (const step of steps(model, promptIds, cache, tokenizer, drawing, signal)) {
        const { text, stopped } = streamed.push(step);
        yield { token: step.token, text, logprob: step.logprob };
        if (stopped) return "stop";
        if (step.end) return step.end;
      }
      return "length";
    } catch (error) {
      if (signal.aborted && Object.is(error, signal.reason)) return "abort";
      throw error;
    } finally {
      if (cache !== options.cache) cache.dispose();
      release();
    }
  });
}

/** Positions that prompt and answer need, as far as the model has them. */
export function room<Dev extends Handles>(
  { config }: Model<Dev>,
  ids: ArrayLike<number>,
  { maxTokens = DEFAULTS.maxTokens }: StepOptions,
): number {
  return Math.min(config.maxPositionEmbeddings, Math.max(1, ids.length + maxTokens));
}

/**
 * @returns the stop texts.
 * @throws {ArgumentError} if an option is out of range.
 */
export function assertGeneration(options: Omit<GenerateOptions, "cache">): readonly string[] {
  assertSampling(options);
  const { maxTokens = DEFAULTS.maxTokens, stop = [], seed = DEFAULTS.seed } = options;
  const refuse = refusals("generate");
  assertInteger("generate", "maxTokens", maxTokens, { from: 0 });
  const as = "an integer of 32 bits";
  assertInteger("generate", "seed", seed, { from: 0, to: 2 ** 32 - 1, as });
  if (typeof stop !== "string" && !Array.isArray(stop)) {
    throw refuse.argument("stop", "a text, or a list of texts", brief(stop));
  }
  const stops = typeof stop === "string" ? [stop] : (stop as readonly string[]);
  const other = stops.findIndex((text) => typeof text !== "string");
  if (other >= 0) throw refuse.argument(`stop[${other}]`, "a text", brief(stops[other]));
  return stops;
}

/** @throws {ArgumentError} if there are stop texts, and no tokenizer to make text. */
export function assertStops(stops: readonly string[], tokenizer: Tokenizer | undefined): void {
  if (stops.length === 0 || tokenizer) return;
  const expected = "no stop texts, without a tokenizer to make text";
  throw refusals("generate").argument("stop", expected, brief(stops));
}

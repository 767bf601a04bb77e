/**
 * Generation: feed the prompt, then one token after another, each chosen from the logits of the last.
 *
 *     for await (const { text } of generate(model, tokenizer, ids, { maxTokens: 100 })) show(text);
 *
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { ArgumentError } from "../errors.ts";
import { assertIds } from "../model/check-ids.ts";
import { assertOptions } from "../model/check-options.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { logProbability } from "../nn/log-softmax.ts";
import { xoshiro128 } from "../random.ts";
import { eitherSignal } from "../signals.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { assertSampling, nextToken, type SamplingOptions } from "./sampler.ts";
import { StopText } from "./stop-text.ts";

export interface GenerateOptions<Dev extends Handles = Handles> extends SamplingOptions {
  /** Most tokens to generate. Default 256. */
  readonly maxTokens?: number;
  /** Texts at which to end; they are not part of what is generated. */
  readonly stop?: string | readonly string[];
  /** Of the generator xoshiro128**, 32 bits. Default 0: the same options give the same text. */
  readonly seed?: number;
  /** Ends the generation, even in the middle of a long prompt. */
  readonly signal?: AbortSignal;
  /**
   * A cache that already holds the tokens before the prompt, and keeps what is fed here. The last
   * token that is yielded is not fed any more: to go on from here, begin the next prompt with it.
   * Default: a new one, as long as prompt and `maxTokens` need.
   */
  readonly cache?: KVCache<Dev>;
}

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
 * Why a generation ended: the model said so (`eos`, `end_of_turn`), a stop text, `maxTokens`, the
 * context is full, or the signal.
 */
export type FinishReason = "eos" | "end_of_turn" | "stop" | "length" | "context" | "abort";

/**
 * A running generation: an async iterator of tokens. Leaving the loop stops the work.
 */
export class Generation implements AsyncIterableIterator<GeneratedToken> {
  /**
   * Set when the loop has ended. An abort ends it like any other reason, without throwing; leaving the
   * loop counts as one. After an error it stays undefined.
   */
  finishReason: FinishReason | undefined;
  readonly #left = new AbortController();
  readonly #steps: AsyncGenerator<GeneratedToken, FinishReason>;

  constructor(steps: (signal: AbortSignal) => AsyncGenerator<GeneratedToken, FinishReason>) {
    this.#steps = steps(this.#left.signal);
  }

  async next(): Promise<IteratorResult<GeneratedToken, undefined>> {
    const step = await this.#steps.next();
    if (!step.done) return step;
    this.finishReason ??= step.value;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<GeneratedToken, undefined>> {
    this.finishReason ??= "abort";
    this.#left.abort();
    await this.#steps.return("abort");
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
  assertGeneration(options);
  assertIds("generate", promptIds, model.config);
  const { maxTokens = 256, stop = [], seed = 0 } = options;
  const stops = typeof stop === "string" ? [stop] : stop;
  if (stops.length > 0 && !tokenizer) {
    throw new ArgumentError({
      op: "generate",
      argument: "stop",
      expected: "none, without a tokenizer to make text",
      got: brief(stop),
    });
  }
  return new Generation(async function* steps(left) {
    const { signal, release } = eitherSignal(options.signal, left);
    try {
      return yield* tokens(signal);
    } catch (error) {
      if (signal.aborted && Object.is(error, signal.reason)) return "abort";
      throw error;
    } finally {
      release();
    }
  });

  async function* tokens(signal: AbortSignal): AsyncGenerator<GeneratedToken, FinishReason> {
    signal.throwIfAborted();
    if (options.cache) return yield* continued(options.cache, signal);
    const limit = model.config.maxPositionEmbeddings;
    const contextLength = Math.min(limit, Math.max(1, promptIds.length + maxTokens));
    const cache = model.createCache({ contextLength });
    try {
      return yield* continued(cache, signal);
    } finally {
      cache.dispose();
    }
  }

  async function* continued(
    cache: KVCache<Dev>,
    signal: AbortSignal,
  ): AsyncGenerator<GeneratedToken, FinishReason> {
    const random = xoshiro128(seed);
    const decoder = tokenizer?.decoder();
    const stopText = new StopText(stops);

    let logits = (await model.forward(promptIds, cache, { signal })).data;
    for (let generated = 1; generated <= maxTokens; generated++) {
      const token = nextToken(logits, options, random);
      const logprob = logProbability(logits, token);

      const end = endOf(token, model, tokenizer);
      if (end) {
        const { text } = stopText.push(decoder?.flush() ?? "");
        yield { token, text: text + stopText.flush(), logprob };
        return end;
      }

      let { text, stopped } = stopText.push(decoder?.push(token) ?? "");
      const full = cache.length === cache.contextLength;
      const isLast = full || generated === maxTokens;
      if (isLast && !stopped) {
        const rest = stopText.push(decoder?.flush() ?? "");
        text += rest.text + stopText.flush();
        stopped = rest.stopped;
      }
      yield { token, text, logprob };
      if (stopped) return "stop";
      if (isLast) return generated === maxTokens ? "length" : "context";

      signal.throwIfAborted();
      logits = (await model.forward([token], cache, { signal })).data;
    }
    return "length";
  }
}

/**
 * @throws {ArgumentError} if an option is out of range, as far as can be said without a model.
 * @param options {@link GenerateOptions}
 */
export function assertGeneration(options: Omit<GenerateOptions, "cache">): void {
  assertOptions("generate", options);
  assertSampling(options);
  const { maxTokens = 256, stop = [], seed = 0 } = options;
  const refuse = (argument: string, expected: string, got: string) =>
    new ArgumentError({ op: "generate", argument, expected, got });
  if (!Number.isInteger(maxTokens) || maxTokens < 0) {
    throw refuse("maxTokens", "an integer, 0 or more", brief(maxTokens));
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw refuse("seed", "an integer of 32 bits", brief(seed));
  }
  if (typeof stop === "string") return;
  const expected = "a text, or a list of texts";
  if (!Array.isArray(stop)) throw refuse("stop", expected, brief(stop));
  const other = stop.findIndex((text) => typeof text !== "string");
  if (other >= 0) throw refuse(`stop[${other}]`, "a text", brief(stop[other]));
}

function endOf<Dev extends Handles>(
  token: number,
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
): "eos" | "end_of_turn" | undefined {
  if (token === model.config.eosTokenId) return "eos";
  return token === tokenizer?.endOfTurnId ? "end_of_turn" : undefined;
}

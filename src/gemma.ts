/**
 * The facade: a checkpoint, a backend and a tokenizer as one object.
 *
 *     const gemma = await Gemma.load("./gemma-2b-it");
 *     for await (const { text } of gemma.generate("The capital of France is")) write(text);
 *
 * @module
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { Handles } from "./backend/backend.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import type { GemmaConfig } from "./config.ts";
import { disposed, refusals } from "./errors.ts";
import { Chat, type ChatOptions } from "./generation/chat.ts";
import {
  GENERATE_NAMES,
  type GenerateOptions,
  type Generation,
  generate,
} from "./generation/generate.ts";
import { assertPrompts, type Continuation, generateBatch } from "./generation/generate-batch.ts";
import { type Score, score } from "./generation/score.ts";
import { type Trace, type TraceOptions, trace } from "./interp/trace.ts";
import { type GemmaOptions, type GemmaSource, type Loaded, load } from "./load.ts";
import { assertIds, assertSequence } from "./model/check-ids.ts";
import type { KVCache } from "./model/kv-cache.ts";
import type { CacheOptions, Model } from "./model/model.ts";
import { assertOptions } from "./options.ts";
import type { NdArray } from "./tensor/tensor.ts";
import { type ChatFormatOptions, type ChatMessage, chatIds } from "./tokenizer/chat-format.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** A text, to which the BOS is added, or token ids, which are taken as they are. */
export type Prompt = string | ArrayLike<number>;

/** A Gemma to talk to; made by {@link Gemma.load}. */
export class Gemma {
  readonly model: Model<Handles>;
  /** Absent if the checkpoint came without; then prompts are ids and texts stay empty. */
  readonly tokenizer: Tokenizer | undefined;
  readonly #checkpoint: Checkpoint;
  /** Ends what is still loading. */
  readonly #stop: AbortController;
  readonly #ownsBackend: boolean;
  #disposal: Promise<void> | undefined;

  private constructor({ checkpoint, model, tokenizer, stop, ownsBackend }: Loaded) {
    this.#checkpoint = checkpoint;
    this.model = model;
    this.tokenizer = tokenizer;
    this.#stop = stop;
    this.#ownsBackend = ownsBackend;
  }

  /**
   * Loads a checkpoint as downloaded: a folder from Hugging Face, a GGUF file, a checkpoint of torch, an
   * `.npz`; from a path, a URL, an `hf:` name, a File, or bytes.
   *
   * @param source see {@link GemmaSource}. It is closed by {@link Gemma.dispose}; if loading fails, a
   * checkpoint that you opened stays open.
   * @throws {ArgumentError} if `source` cannot be opened, or an option is invalid.
   * @throws {SourceError} if the disk or the server does not give a file.
   * @throws {FormatError} if a file is missing, damaged or contradicts another.
   * @throws {UnsupportedError} if it is another model than Gemma 1, or in a format not read yet.
   */
  static async load(source: GemmaSource, options: GemmaOptions = {}): Promise<Gemma> {
    return new Gemma(await load(source, options));
  }

  get config(): GemmaConfig {
    return this.model.config;
  }

  /** The ids of a prompt: BOS and the text's tokens. */
  encode(text: string): number[] {
    return [this.config.bosTokenId, ...this.#tokenizerFor("encode").encode(text)];
  }

  /**
   * The ids that prompt an instruction-tuned model for its next turn: BOS, `messages`, and the opening
   * of its answer. Turn markers inside a message are text, unless `options` allow them.
   */
  encodeChat(messages: readonly ChatMessage[], options: ChatFormatOptions = {}): number[] {
    const tokenizer = this.#tokenizerFor("encodeChat");
    return [this.config.bosTokenId, ...chatIds(tokenizer, messages, options)];
  }

  /** The text of ids; BOS, EOS and other control tokens are invisible. */
  decode(ids: Iterable<number>): string {
    return this.#tokenizerFor("decode").decode(ids);
  }

  /**
   * Continues a prompt, token by token. Greedy unless a temperature is given. A text that continues
   * what is in `options.cache` gets no second BOS.
   */
  generate(prompt: Prompt, options: GenerateOptions = {}): Generation {
    assertOptions("generate", options, GENERATE_NAMES);
    const isContinued = typeof prompt === "string" && options.cache && options.cache.length > 0;
    const ids = isContinued ? this.#tokenizerFor("generate").encode(prompt) : this.#ids(prompt);
    return generate(this.#live, this.tokenizer, ids, options);
  }

  /**
   * Continues several prompts side by side, which costs little more than one. Prompt i gets what `generate`
   * gives it with seed `seed + i`; one prompt several times gives several samples.
   */
  async generateBatch(
    prompts: readonly Prompt[],
    options: Omit<GenerateOptions, "cache"> = {},
  ): Promise<Continuation[]> {
    assertPrompts("generateBatch", prompts);
    const ids = prompts.map((prompt) => this.#ids(prompt));
    return generateBatch(this.#live, this.tokenizer, ids, options);
  }

  /** A conversation with an instruction-tuned model; it has a cache of its own, to be disposed. */
  chat(options: ChatOptions = {}): Chat<Handles> {
    return new Chat(this.#live, this.#tokenizerFor("chat"), options);
  }

  /** How probable the model finds each token of a text or of ids. */
  async score(prompt: Prompt, options: { readonly signal?: AbortSignal } = {}): Promise<Score> {
    return score(this.#live, this.#ids(prompt), options);
  }

  /** Logits of every position: [T, V]. */
  async logits(prompt: Prompt, options: { readonly signal?: AbortSignal } = {}): Promise<NdArray> {
    assertOptions("logits", options, { signal: true });
    const ids = this.#ids(prompt);
    assertIds("logits", ids, this.config);
    assertSequence("logits", ids, this.config);
    const model = this.#live;
    const cache = model.createCache({ contextLength: ids.length });
    try {
      return await model.forward(ids, cache, { ...options, logits: "all" });
    } finally {
      cache.dispose();
    }
  }

  /** Every intermediate by name, or those asked for: see model/taps.ts. */
  async trace(prompt: Prompt, options: TraceOptions = {}): Promise<Trace> {
    return trace(this.#live, this.#ids(prompt), options);
  }

  /**
   * Frees the model, its backend if `load` made it, and closes the files. Pending and later calls reject with
   * an ArgumentError.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    const reason = disposed("Gemma", "model", "load it again");
    this.#stop.abort(reason);
    await this.arrived.catch(() => {}); // calls that were waiting for it have rejected
    this.model.dispose(reason);
    if (this.#ownsBackend) this.model.backend.dispose();
    await this.#checkpoint.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Settles when all weights are there: of a model loaded in the background, after a while. */
  get arrived(): Promise<void> {
    return this.model.arrived;
  }

  /** A cache for `generate`, so that a later prompt goes on where an earlier one ended. See `Model.createCache`. */
  createCache(options: CacheOptions = {}): KVCache {
    return this.#live.createCache(options);
  }

  /** @throws {ArgumentError} after {@link Gemma.dispose}. */
  get #live(): Model<Handles> {
    this.#stop.signal.throwIfAborted();
    return this.model;
  }

  #ids(prompt: Prompt): ArrayLike<number> {
    return typeof prompt === "string" ? this.encode(prompt) : prompt;
  }

  #tokenizerFor(op: string): Tokenizer {
    if (this.tokenizer) return this.tokenizer;
    const expected = `a tokenizer.model in ${this.#checkpoint.name}`;
    const hint = "copy it there, or pass token ids instead of text";
    throw refusals(op).argument("tokenizer", expected, "no tokenizer", hint);
  }
}

/**
 * The facade: a checkpoint, a backend and a tokenizer as one object.
 *
 *     const gemma = await Gemma.load("./gemma-2b-it");
 *     for await (const { text } of gemma.generate("The capital of France is")) write(text);
 *
 * @module
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { Backend, Handles } from "./backend/backend.ts";
import { brief } from "./brief.ts";
import { assertNoMore } from "./check.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import type { GemmaConfig } from "./config.ts";
import { disposed, refusals, type UnsupportedError } from "./errors.ts";
import { generateList, LIST_NAMES, type ListOptions } from "./generation/batch/generate-list.ts";
import {
  CHAT_NAMES,
  Chat,
  type ChatOptions,
  type ChatParts,
  promptOfChat,
} from "./generation/chat.ts";
import type { EmbedOptions } from "./generation/embeddings/embed.ts";
import {
  assertCache,
  GENERATE_NAMES,
  type GenerateOptions,
  generate,
} from "./generation/generate.ts";
import { type Continuation, generateBatch } from "./generation/generate-batch.ts";
import type { Generation } from "./generation/generation.ts";
import { type InspectNextOptions, inspectNext } from "./generation/inspect/inspect-next.ts";
import type { SamplingInspection } from "./generation/inspect/sampling-inspection.ts";
import type {
  TextEncoding,
  TextScore,
  TextScoreOptions,
} from "./generation/likelihood/score-texts.ts";
import {
  type AttributionOptions,
  attributeLogit,
  type LogitAttribution,
} from "./interp/attribution/attribution.ts";
import {
  TAP_GRADIENTS_NAMES,
  type TapGradients,
  type TapGradientsOptions,
  tapGradients,
} from "./interp/gradients/tap-gradients.ts";
import {
  type AttentionStages,
  type AttentionStagesOptions,
  attentionStages,
} from "./interp/heads/attention-maps.ts";
import {
  DETECT_NAMES,
  type DetectedHeads,
  type DetectHeadsOptions,
  detectHeads,
} from "./interp/heads/head-detectors.ts";
import {
  PATCHING_NAMES,
  type PatchingOptions,
  type PatchingSweep,
  type PatchSite,
  patchingSweep,
} from "./interp/interventions/patching.ts";
import { type LogitLens, type LogitLensOptions, logitLens } from "./interp/lens/lens.ts";
import type { ActivationCache } from "./interp/run/activation-cache.ts";
import type { Hooks } from "./interp/run/hooks.ts";
import {
  type RunOptions,
  type RunWithCacheOptions,
  runWithCache,
  runWithHooks,
} from "./interp/run/run-with-cache.ts";
import { type Trace, type TraceOptions, trace } from "./interp/run/trace.ts";
import { weightOf } from "./interp/run/weights.ts";
import { type GemmaOptions, type GemmaSource, type Loaded, load } from "./load.ts";
import type { AdapterSource } from "./load-adapter.ts";
import {
  assertIds,
  assertPrompt,
  assertPrompts,
  assertSequence,
  isPrompts,
} from "./model/check-ids.ts";
import type { KVCache } from "./model/kv-cache.ts";
import type { CacheOptions, Model } from "./model/model.ts";
import { assertOptions, type OptionNames } from "./options.ts";
import type { RestoreCacheOptions, SavedCache } from "./saved-cache/restore.ts";
import type { SaveCacheOptions } from "./saved-cache/save.ts";
import type { NdArray } from "./tensor/tensor.ts";
import {
  CHAT_IDS_NAMES,
  type ChatFormat,
  type ChatIdsOptions,
  type ChatMessage,
} from "./tokenizer/chat-format.ts";
import type { DecodeOptions } from "./tokenizer/decoder.ts";
import { FILL_FORMAT_NAMES, type FillFormatOptions, fillIds } from "./tokenizer/fill-format.ts";
import { plainIds } from "./tokenizer/plain-ids.ts";
import type { TextToken } from "./tokenizer/text-token.ts";
import { ENCODE_NAMES, type EncodeOptions, type Tokenizer } from "./tokenizer/tokenizer.ts";
import { AS_TOKENS, type OnWarning } from "./warning.ts";

/** A text, to which the BOS is added, or token ids, which are taken as they are. */
export type Prompt = string | ArrayLike<number>;

/** With which of the adapters that are held a call computes. */
export interface AdapterChoice {
  /** The adapter's name; null for the model alone. Default: that of {@link Gemma.useAdapter}, and before it, none. */
  readonly adapter?: string | null;
}

const ONE_OBJECT = "all options stand in one object";
const OWN_BOS = "it is put before every text; leave it out";

/** Those of one answer: with `samples` there are several. */
type OneAnswerOptions = GenerateOptions & AdapterChoice & { readonly samples?: undefined };

const ONE_ANSWER_NAMES: OptionNames<Omit<OneAnswerOptions, "adapter">> = {
  ...GENERATE_NAMES,
  samples: true,
};

/** How a gap is filled: as a text is continued, but always from its beginning. */
export interface FillOptions extends FillFormatOptions, Omit<GenerateOptions, "cache"> {}

const { cache: _, ...FILLED_NAMES } = GENERATE_NAMES;
const FILL_NAMES: OptionNames<FillOptions> = { ...FILLED_NAMES, ...FILL_FORMAT_NAMES };

/** Options of a chat that goes on: its messages are in the file. */
export type ResumeChatOptions = Omit<ChatOptions, "messages">;

const { messages: __, ...RESUME_CHAT_NAMES } = CHAT_NAMES;

/** A Gemma to talk to; made by {@link Gemma.load}. */
export class Gemma {
  /** Absent if the checkpoint came without; then prompts are ids and texts stay empty. */
  readonly tokenizer: Tokenizer | undefined;
  /** With the adapter in use. */
  #model: Model<Handles>;
  readonly #checkpoint: Checkpoint;
  /** Ends what is still loading. */
  readonly #stop: AbortController;
  readonly #ownsBackend: boolean;
  readonly #chatFormat: ChatFormat | UnsupportedError;
  readonly #onWarning: OnWarning;
  #disposal: Promise<void> | undefined;

  private constructor(loaded: Loaded) {
    if (!loaded?.model || !loaded.checkpoint) {
      const expected = "await Gemma.load(source, options)";
      throw refusals("Gemma").argument(undefined, expected, `new Gemma(${brief(loaded)})`);
    }
    this.#checkpoint = loaded.checkpoint;
    this.#model = loaded.model;
    this.tokenizer = loaded.tokenizer;
    this.#chatFormat = loaded.chatFormat;
    this.#onWarning = loaded.onWarning;
    this.#stop = loaded.stop;
    this.#ownsBackend = loaded.ownsBackend;
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
  static async load(
    source: GemmaSource,
    options: GemmaOptions = {},
    ...surplus: []
  ): Promise<Gemma> {
    assertNoMore("Gemma.load", 2, surplus, ONE_OBJECT);
    return new Gemma(await load(source, options));
  }

  /** The model under it: passes, caches, weights; with the adapter in use, if there is one. */
  get model(): Model<Handles> {
    return this.#model;
  }

  /** The names of the adapters that are held: `Gemma.load(base, { adapters: { poet: "./poet" } })`. */
  get adapters(): string[] {
    return this.model.adapterNames;
  }

  /** The adapter in use, by name; null for the model alone. */
  get adapter(): string | null {
    return this.model.adapter ?? null;
  }

  /**
   * Computes with an adapter from now on, or with the model alone: each call that does not say which. What is under way goes
   * on as it began; a chat keeps the adapter that it began with, and a cache that of its tokens.
   *
   *     gemma.useAdapter("poet");
   *     await gemma.generate("Once").text();
   *     gemma.useAdapter(null); // to the bit the model without
   *
   * @throws {ArgumentError} if no adapter of that name is held.
   */
  useAdapter(name: string | null, ...surplus: []): void {
    assertNoMore("useAdapter", 1, surplus, "one adapter is in use at a time");
    this.#model = this.#live.withAdapter(name, "useAdapter");
  }

  /**
   * Holds one more adapter beside the weights, under `name`. See `adapters` of {@link GemmaOptions}.
   * @throws {ArgumentError} if there is one of that name, or it is of another model.
   */
  async loadAdapter(
    name: string,
    source: AdapterSource,
    options: { readonly signal?: AbortSignal } = {},
    ...surplus: []
  ): Promise<void> {
    const op = "loadAdapter";
    assertNoMore(op, 3, surplus, ONE_OBJECT);
    assertOptions(op, options, { signal: true });
    if (source === undefined) {
      const hint = `its name comes first: loadAdapter("poet", ${brief(name)})`;
      throw refusals(op).argument(
        "source",
        "the folder of an adapter, or an Adapter",
        "nothing",
        hint,
      );
    }
    const { signal } = options;
    const model = this.#live;
    const { openAdapter, holdAdapter } = await import("./load-adapter.ts");
    await holdAdapter(model, name, await openAdapter(op, source, this.config, signal), signal);
  }

  /**
   * Frees an adapter. What is being computed with it rejects, and so do chats and caches that were made with it. If it
   * was in use, the model alone is.
   * @throws {ArgumentError} if no adapter of that name is held.
   */
  unloadAdapter(name: string, ...surplus: []): void {
    assertNoMore("unloadAdapter", 1, surplus, "it takes a name");
    const base = this.#live.withAdapter(null);
    base.removeAdapter(name);
    if (this.adapter === name) this.#model = base;
  }

  /** The shapes of the model (docs/shapes.md), and its special tokens. */
  get config(): GemmaConfig {
    return this.model.config;
  }

  /** What computes: `backend.info` says which it is, and why, if the library chose it. */
  get backend(): Backend {
    return this.model.backend;
  }

  /**
   * The ids of a prompt: BOS and the text's tokens. With `{ special: true }` `<bos>` and its kin in the text are
   * tokens, and no second BOS is put before one.
   */
  encode(text: string, options: EncodeOptions = {}, ...surplus: []): number[] {
    assertNoMore("encode", 2, surplus, ONE_OBJECT);
    assertOptions("encode", options, ENCODE_NAMES);
    const tokenizer = this.#tokenizerFor("encode");
    const { bosTokenId } = this.config;
    const ids = tokenizer.encode(text, options);
    const isFirst = ids[0] === bosTokenId;
    // Where BOS is a token that was added, it is found in text.
    if (isFirst && (!options.special || ids[1] === bosTokenId)) {
      const message = `the text begins with BOS; ${OWN_BOS}, or ${AS_TOKENS}`;
      this.#onWarning({ kind: "second-bos", message });
    }
    if (!options.special) this.#noticeBosIn(text, tokenizer, "the text", `, or ${AS_TOKENS}`);
    else if (isFirst) return ids;
    return [bosTokenId, ...ids];
  }

  /**
   * The tokens of a prompt, each with its piece and the stretch of the text that it stands for: as many as
   * {@link Gemma.encode} has ids. The BOS that is put in front stands for none of it: `from` and `to` are 0.
   *
   *     gemma.tokens("Hi Mira").map(({ id, piece, from, to }) => …);
   */
  tokens(text: string, options: EncodeOptions = {}, ...surplus: []): TextToken[] {
    assertNoMore("tokens", 2, surplus, ONE_OBJECT);
    assertOptions("tokens", options, ENCODE_NAMES);
    const tokenizer = this.#tokenizerFor("tokens");
    const [id, ...ids] = this.encode(text, options);
    const tokens = tokenizer.tokens(text, options);
    if (tokens.length === 1 + ids.length) return tokens; // the text brings its own
    const piece = id < tokenizer.vocabSize ? tokenizer.piece(id) : "";
    return [{ id, piece, text: "", from: 0, to: 0 }, ...tokens];
  }

  /** How the model was trained to be asked: Gemma's turns, or those of its chat template. */
  get chatFormat(): ChatFormat {
    if (this.#chatFormat instanceof Error) throw this.#chatFormat;
    return this.#chatFormat;
  }

  /**
   * The ids that prompt an instruction-tuned model for its next turn: BOS, `messages`, and the opening
   * of its answer; or, with `continueFinalMessage`, the answer as far as the last message has begun it. Turn markers inside
   * a message are text, unless `options` allow them.
   * @throws {UnsupportedError} if its chat template is neither Gemma's nor ChatML, and `options` name no format.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    options: ChatIdsOptions = {},
    ...surplus: []
  ): number[] {
    assertNoMore("encodeChat", 2, surplus, ONE_OBJECT);
    assertOptions("encodeChat", options, CHAT_IDS_NAMES);
    const tokenizer = this.#tokenizerFor("encodeChat");
    const format = options.format ?? this.chatFormat;
    const ids = promptOfChat(tokenizer, messages, { ...options, format }, this.config);
    for (const { content } of messages) this.#noticeBosIn(content, tokenizer, "a message");
    return ids;
  }

  /**
   * The text of ids; BOS, EOS and other control tokens are invisible (with `{ special: true }` their names are shown), and
   * so are ids that the model has and the tokenizer has not.
   */
  decode(
    ids: Iterable<number>,
    options: Pick<DecodeOptions, "special"> = {},
    ...surplus: []
  ): string {
    assertNoMore("decode", 2, surplus, ONE_OBJECT);
    assertOptions("decode", options, { special: "boolean" });
    const { vocabSize } = this.config;
    return this.#tokenizerFor("decode").decode(ids, { ...options, vocabSize });
  }

  /**
   * How many tokens a prompt has, BOS counted: the length of {@link Gemma.encode}, or of messages that of
   * {@link Gemma.encodeChat}, the opening of the answer counted. Of ids, how many they are.
   *
   *     if (gemma.count(text) > gemma.config.maxPositionEmbeddings) …
   */
  count(
    prompt: Prompt | readonly ChatMessage[],
    options: EncodeOptions = {},
    ...surplus: []
  ): number {
    const op = "count";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    assertOptions(op, options, ENCODE_NAMES);
    if (typeof prompt === "string") return this.encode(prompt, options).length;
    const [first] = Array.isArray(prompt) ? (prompt as readonly unknown[]) : [];
    if (typeof first === "object" && first !== null && "role" in first) {
      return this.encodeChat(prompt as readonly ChatMessage[]).length;
    }
    assertPrompt(op, prompt as Prompt);
    assertIds(op, prompt as ArrayLike<number>, this.config, "prompt");
    return (prompt as ArrayLike<number>).length;
  }

  /**
   * Continues a prompt, token by token. Greedy unless a temperature is given. A text that continues
   * what is in `options.cache` gets no second BOS.
   *
   * Answers that are under way at the same time take turns in shared passes, whoever asked: see {@link Gemma.chat}.
   */
  generate(
    prompt: Prompt,
    options?: GenerateOptions & AdapterChoice & { readonly samples?: undefined },
    ...surplus: []
  ): Generation;
  /**
   * Continues several prompts side by side, or one several times with `samples`: answer i is what `generate` gives by
   * itself with seed `seed + i`. Each streams and ends by itself. The first token that is asked of any begins all,
   * and all go on to their ends; leaving the loop of one ends that one.
   *
   *     const [a, b] = gemma.generate(["Once", "Far away"], { maxTokens: 40 });
   *     const drafts = gemma.generate("Once", { samples: 4, temperature: 1 });
   *     const texts = await Promise.all(drafts.map((draft) => draft.text()));
   *
   * A prompt that is asked several times is computed once.
   */
  generate(
    prompts: readonly Prompt[],
    options?: ListOptions & AdapterChoice,
    ...surplus: []
  ): Generation[];
  generate(
    prompt: Prompt,
    options: ListOptions & AdapterChoice & { readonly samples: number },
    ...surplus: []
  ): Generation[];
  generate(
    given: Prompt | readonly Prompt[],
    options: (GenerateOptions | ListOptions) & AdapterChoice = {},
    ...surplus: []
  ): Generation | Generation[] {
    const op = "generate";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const isList = isPrompts<Prompt>(given);
    if (Array.isArray(given) && given.length === 0) {
      const hint = "an empty prompt still has its BOS; generateBatch takes a list of no prompts";
      throw refusals(op).argument("ids", "the tokens of a prompt, or prompts", 0, hint);
    }
    const { samples } = Object(options) as ListOptions;
    if (!isList && samples === undefined) {
      return this.#generate(given as Prompt, options as OneAnswerOptions);
    }
    const { model, rest } = this.#chosen<ListOptions>(op, options, LIST_NAMES);
    const prompts = isList ? given : [given as Prompt];
    return generateList(model, this.tokenizer, this.#idsOfAll(op, prompts), rest, op);
  }

  #generate(prompt: Prompt, given: OneAnswerOptions): Generation {
    const { model, rest } = this.#chosen("generate", given, ONE_ANSWER_NAMES);
    const { samples: _, ...options } = rest;
    assertCache("generate", options.cache);
    const isContinued = options.cache !== undefined && options.cache.length > 0;
    const ids =
      isContinued && typeof prompt === "string"
        ? this.#more(prompt)
        : this.#ids("generate", prompt, { isContinued });
    return generate(model, this.tokenizer, ids, options);
  }

  /**
   * Fill-in-the-middle: what CodeGemma writes between two texts, as at the cursor of an editor. It streams as
   * {@link Gemma.generate} does.
   *
   *     const middle = await gemma.fill("def mean(xs):\n    return ", " / len(xs)\n", { maxTokens: 32 }).text();
   *
   * @throws {UnsupportedError} if the vocabulary has no markers for it, as that of the plain Gemma.
   */
  fill(prefix: string, suffix: string, options: FillOptions = {}, ...surplus: []): Generation {
    const op = "fill";
    assertNoMore(op, 3, surplus, ONE_OBJECT);
    assertOptions(op, options, FILL_NAMES);
    const { files, path, ...rest } = options;
    return this.#generate(this.#fillIds(op, prefix, suffix, { files, path }), rest);
  }

  /**
   * The ids with which {@link Gemma.fill} asks, BOS first: for several drafts, say.
   *
   *     gemma.generate(gemma.encodeFill(prefix, suffix), { samples: 3, temperature: 0.8 });
   */
  encodeFill(
    prefix: string,
    suffix: string,
    options: FillFormatOptions = {},
    ...surplus: []
  ): number[] {
    const op = "encodeFill";
    assertNoMore(op, 3, surplus, ONE_OBJECT);
    assertOptions(op, options, FILL_FORMAT_NAMES);
    return this.#fillIds(op, prefix, suffix, options);
  }

  #fillIds(op: string, prefix: string, suffix: string, options: FillFormatOptions): number[] {
    const ids = fillIds(this.#tokenizerFor(op), prefix, suffix, options, op);
    return [this.config.bosTokenId, ...ids];
  }

  /**
   * The whole answers to several prompts, side by side: as {@link Gemma.generate} of a list, for those who do not read
   * them as they come. If one fails or `signal` is aborted, all is off.
   */
  async generateBatch(
    prompts: readonly Prompt[],
    options: ListOptions & AdapterChoice = {},
    ...surplus: []
  ): Promise<Continuation[]> {
    const op = "generateBatch";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const { model, rest } = this.#chosen<ListOptions>(op, options, LIST_NAMES);
    return generateBatch(model, this.tokenizer, this.#idsOfAll(op, prompts), rest);
  }

  /**
   * A conversation with an instruction-tuned model; it has a cache of its own, to be disposed. Any number of them may
   * answer at the same time: they take turns in shared passes, a token each, and each says what it says alone.
   */
  chat(given: ChatOptions & AdapterChoice = {}, ...surplus: []): Chat<Handles> {
    assertNoMore("chat", 1, surplus, "a question is asked with gemma.chat(options).send(text)");
    const { model, rest: options } = this.#chosen<ChatOptions>("Chat", given, CHAT_NAMES);
    const tokenizer = this.#tokenizerFor("chat");
    const format = options.format ?? this.chatFormat;
    return new Chat(model, tokenizer, { ...options, format }, this.#chatParts(model, tokenizer));
  }

  /**
   * Goes on with a conversation that `chat.save()` has saved: nothing of it is computed again, and it answers as the chat
   * that was saved would have, to the bit on the same backend.
   *
   *     const chat = await gemma.resumeChat(await readFile("chat.safetensors"));
   *
   * @param options as those of {@link Gemma.chat}, but for `messages`: what is not given is as it was, but for a function,
   * which a file cannot hold.
   * @throws {FormatError} if it is no such file, or damaged, or cut short.
   * @throws {ArgumentError} if it is of another model, other weights or another precision.
   */
  async resumeChat(
    saved: SavedCache,
    options: ResumeChatOptions & AdapterChoice = {},
    ...surplus: []
  ): Promise<Chat<Handles>> {
    const op = "resumeChat";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const { model, rest } = this.#chosen<ResumeChatOptions>(op, options, RESUME_CHAT_NAMES);
    const tokenizer = this.#tokenizerFor("chat");
    const { resumeChat } = await import("./saved-cache/resume-chat.ts");
    const { options: settings, resumed } = await resumeChat(op, model, saved, rest);
    try {
      const parts = { ...this.#chatParts(model, tokenizer), resumed };
      return new Chat(model, tokenizer, settings, parts);
    } catch (error) {
      resumed.cache.dispose();
      throw error;
    }
  }

  #chatParts(model: Model, tokenizer: Tokenizer): ChatParts<Handles> {
    return {
      notice: (content) => this.#noticeBosIn(content, tokenizer, "the message"),
      save: async (cache, beside, signal) => {
        const { saveChat } = await import("./saved-cache/save-chat.ts");
        return saveChat(model, cache, beside, signal);
      },
    };
  }

  /**
   * What a cache holds, as the bytes of a file (safetensors): {@link Gemma.restoreCache} makes a cache of it again.
   * @param given an adapter, where the cache was filled under one; a signal.
   * @throws {UnsupportedError} if the backend does not read caches.
   */
  async saveCache(
    cache: KVCache,
    given: SaveCacheOptions & AdapterChoice = {},
    ...surplus: []
  ): Promise<Uint8Array> {
    const op = "saveCache";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const { model, rest } = this.#chosen<SaveCacheOptions>(op, given, { signal: true });
    const { saveCache } = await import("./saved-cache/save.ts");
    return saveCache(op, model, cache, rest);
  }

  /**
   * The cache that {@link Gemma.saveCache} has saved: a long text is computed once, and goes on from its file later.
   *
   *     const cache = await gemma.restoreCache(await readFile("book.safetensors"));
   *     const answer = gemma.generate("In short:", { cache });
   *
   * @throws {FormatError} if it is no such file, or damaged, or cut short.
   * @throws {ArgumentError} if it is of another model, other weights or another precision, or longer than `contextLength`.
   */
  async restoreCache(
    saved: SavedCache,
    given: RestoreCacheOptions & AdapterChoice = {},
    ...surplus: []
  ): Promise<KVCache> {
    const op = "restoreCache";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const names = { contextLength: true, signal: true } as const;
    const { model, rest } = this.#chosen<RestoreCacheOptions>(op, given, names);
    const { restoreCache } = await import("./saved-cache/restore.ts");
    return (await restoreCache(op, model, saved, rest)).cache;
  }

  /**
   * How probable the model finds each token of a text or of ids; with `given`, of what comes after another text.
   *
   *     const { total, isGreedy } = await gemma.score(" Paris", { given: "The capital of France is" });
   *     const { perplexity } = await gemma.score(book, { window: 8192 }); // longer than the context: in windows
   */
  score(
    prompt: Prompt,
    options?: TextScoreOptions & AdapterChoice,
    ...surplus: []
  ): Promise<TextScore>;
  /**
   * How probable the model finds each token of several texts, in passes that they share: the choices of a question, say.
   *
   *     const scores = await gemma.score([" Paris", " Rome"], { given: "The capital of France is" });
   */
  score(
    prompts: readonly Prompt[],
    options?: TextScoreOptions & AdapterChoice,
    ...surplus: []
  ): Promise<TextScore[]>;
  async score(
    given: Prompt | readonly Prompt[],
    options: TextScoreOptions & AdapterChoice = {},
    ...surplus: []
  ): Promise<TextScore | TextScore[]> {
    const op = "score";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const { scoreTexts, TEXT_SCORE_NAMES } = await import("./generation/likelihood/score-texts.ts");
    const { model, rest } = this.#chosen<TextScoreOptions>(op, options, TEXT_SCORE_NAMES);
    const encoding: TextEncoding = {
      tokenizer: this.tokenizer,
      ids: (prompt, argument) => this.#ids(op, prompt, { argument }),
      more: (prompt, argument) => {
        const isText = typeof prompt === "string";
        return isText
          ? this.#more(prompt, op)
          : this.#ids(op, prompt, { isContinued: true, argument });
      },
    };
    if (isPrompts<Prompt>(given)) {
      assertPrompts(op, given);
      return scoreTexts(model, given, encoding, rest, (i) => `prompts[${i}]`);
    }
    const [score] = await scoreTexts(model, [given as Prompt], encoding, rest);
    return score;
  }

  /**
   * A text or ids as a vector [D], to find texts that are alike: the mean over its tokens, or the last of them, of what the
   * final norm gives. See {@link EmbedOptions}.
   *
   *     const vector = await gemma.embed("Mira the fox", { normalize: true });
   */
  embed(prompt: Prompt, options?: EmbedOptions & AdapterChoice, ...surplus: []): Promise<number[]>;
  /** A vector of each of several texts, in passes that they share. */
  embed(
    prompts: readonly Prompt[],
    options?: EmbedOptions & AdapterChoice,
    ...surplus: []
  ): Promise<number[][]>;
  async embed(
    given: Prompt | readonly Prompt[],
    options: EmbedOptions & AdapterChoice = {},
    ...surplus: []
  ): Promise<number[] | number[][]> {
    const op = "embed";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    const { embedList, EMBED_NAMES } = await import("./generation/embeddings/embed.ts");
    const { model, rest } = this.#chosen<EmbedOptions>(op, options, EMBED_NAMES);
    const nameOf = (i: number) => `prompts[${i}]`;
    if (isPrompts<Prompt>(given)) {
      return embedList(model, this.#idsOfAll(op, given), rest, op, nameOf);
    }
    const ids = this.#ids(op, given as Prompt);
    const [vector] = await embedList(model, [ids], rest, op, () => "ids");
    return vector;
  }

  /** Logits of every position: [T, V]. */
  async logits(
    prompt: Prompt,
    given: { readonly signal?: AbortSignal } & AdapterChoice = {},
    ...surplus: []
  ): Promise<NdArray> {
    assertNoMore("logits", 2, surplus, ONE_OBJECT);
    const { model, rest: options } = this.#chosen("logits", given, { signal: true });
    const ids = this.#ids("logits", prompt);
    assertIds("logits", ids, this.config);
    assertSequence("logits", ids, this.config);
    const cache = model.createCache({ contextLength: ids.length });
    try {
      return await model.forward(ids, cache, { ...options, logits: "all" });
    } finally {
      cache.dispose();
    }
  }

  /**
   * Gradients of a text's loss by tap name: how much each intermediate would change it. `saliency` is gradient times value.
   *
   *     const { saliency } = await gemma.tapGradients("The capital of France is Paris", { names: "hook_embed", targets: -1 });
   *     saliency("hook_embed"); // [L]: what each token adds to the loss of the last
   *
   * It is computed by the reference, forward and back; the weights are copied once.
   */
  async tapGradients(
    prompt: Prompt,
    options: TapGradientsOptions = {},
    ...surplus: []
  ): Promise<TapGradients> {
    assertNoMore("tapGradients", 2, surplus, ONE_OBJECT);
    assertOptions("tapGradients", options, TAP_GRADIENTS_NAMES);
    return tapGradients(this.#live, this.#ids("tapGradients", prompt), options);
  }

  /**
   * Runs a whole text or its ids, and keeps intermediates by name: `names: "attn.hook_pattern", layers: [0]`. See
   * {@link RunWithCacheOptions}.
   *
   *     const cache = await gemma.runWithCache("Once upon a time", { names: "attn.hook_pattern", layers: 0 });
   *     cache.head("blocks.0.attn.hook_pattern", 3); // [T, T]: what each token reads in head 3
   */
  async runWithCache(
    prompt: Prompt,
    options: RunWithCacheOptions = {},
    ...surplus: []
  ): Promise<ActivationCache> {
    assertNoMore("runWithCache", 2, surplus, ONE_OBJECT);
    return runWithCache(this.#live, this.#ids("runWithCache", prompt), options);
  }

  /**
   * Runs a whole text or its ids with functions that see, and may change, intermediates → logits [T, V].
   *
   *     const without = await gemma.runWithHooks(text, { "blocks.1.hook_mlp_out": (x) => { x.data.fill(0); } });
   */
  async runWithHooks(
    prompt: Prompt,
    hooks: Hooks,
    options: RunOptions = {},
    ...surplus: []
  ): Promise<NdArray> {
    assertNoMore("runWithHooks", 3, surplus, ONE_OBJECT);
    return runWithHooks(this.#live, this.#ids("runWithHooks", prompt), hooks, options);
  }

  /** The map of one head in four stages, each [L, L]: dot products, scaled, masked, and their softmax. */
  async attentionStages(
    prompt: Prompt,
    options: AttentionStagesOptions,
    ...surplus: []
  ): Promise<AttentionStages> {
    assertNoMore("attentionStages", 2, surplus, ONE_OBJECT);
    return attentionStages(this.#live, this.#ids("attentionStages", prompt), options);
  }

  /**
   * Activation patching: a text is run with one activation of another in its place, for each place that is asked for.
   *
   *     const { sites } = await gemma.patchingSweep({ clean, corrupted, metric: { correct, wrong }, sites: "z" });
   *     sites.z.score; // [layers, heads]: 1 where the head brings back all of the difference
   */
  async patchingSweep<S extends PatchSite>(
    options: PatchingOptions<S, Prompt>,
    ...surplus: []
  ): Promise<PatchingSweep<S>> {
    const op = "patchingSweep";
    assertNoMore(op, 1, surplus, ONE_OBJECT);
    assertOptions<PatchingOptions<S, Prompt>>(op, options, PATCHING_NAMES);
    const clean = this.#ids(op, options.clean, { argument: "clean" });
    const corrupted = this.#ids(op, options.corrupted, { argument: "corrupted" });
    return patchingSweep(this.#live, { ...options, clean, corrupted });
  }

  /**
   * How much each head looks at the token before, at the same token, or at what came after it: in a text or its ids, or,
   * with `undefined`, in random tokens that come twice.
   */
  async detectHeads(
    prompt: Prompt | undefined,
    options: DetectHeadsOptions,
    ...surplus: []
  ): Promise<DetectedHeads> {
    const op = "detectHeads";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    assertOptions(op, options, DETECT_NAMES);
    if (prompt !== undefined) return detectHeads(this.#live, this.#ids(op, prompt), options);
    const { among = this.tokenizer && plainIds(this.tokenizer) } = options;
    return detectHeads(this.#live, undefined, { ...options, among });
  }

  /**
   * The logit lens: what the model would say after each token of a text or its ids if it stopped after some of its
   * blocks. See {@link LogitLensOptions}.
   *
   *     const { depths } = await gemma.logitLens("Mira the fox had 6", { positions: -1, target: " plums" });
   *     for (const { depth, cells: [cell] } of depths) console.log(depth, cell.top[0].piece, cell.targets[0].rank);
   */
  async logitLens(
    prompt: Prompt,
    options: LogitLensOptions = {},
    ...surplus: []
  ): Promise<LogitLens> {
    assertNoMore("logitLens", 2, surplus, ONE_OBJECT);
    return logitLens(this.#live, this.#ids("logitLens", prompt), options, this.tokenizer);
  }

  /**
   * Which heads and MLPs made a logit: by default that of the token that the model chooses after a text or its ids. See
   * {@link AttributionOptions}.
   */
  async attributeLogit(
    prompt: Prompt,
    options: AttributionOptions = {},
    ...surplus: []
  ): Promise<LogitAttribution> {
    assertNoMore("attributeLogit", 2, surplus, ONE_OBJECT);
    return attributeLogit(this.#live, this.#ids("attributeLogit", prompt), options, this.tokenizer);
  }

  /**
   * A weight by its name in Hugging Face's files, as a tensor: `model.layers.0.self_attn.q_proj.weight` [N·H, D].
   * @throws {ArgumentError} if there is none of that name.
   */
  async weight(
    name: string,
    options: { readonly signal?: AbortSignal } = {},
    ...surplus: []
  ): Promise<NdArray> {
    assertNoMore("weight", 2, surplus, ONE_OBJECT);
    assertOptions("weight", options, { signal: true });
    return weightOf(this.#live, name, options.signal);
  }

  /**
   * How the token after a prompt is chosen, step by step: temperature, top-p, top-k, the draw. With the `seed` of a
   * generation it is the first token of that.
   *
   *     console.log(await gemma.inspectSampling("Once upon a", { temperature: 0.8, topP: 0.9, seed: 7 }));
   */
  async inspectSampling(
    prompt: Prompt,
    options: InspectNextOptions = {},
    ...surplus: []
  ): Promise<SamplingInspection> {
    const op = "inspectSampling";
    assertNoMore(op, 2, surplus, ONE_OBJECT);
    return inspectNext(this.#live, this.tokenizer, this.#ids(op, prompt), options);
  }

  /** Every intermediate by name, or those asked for: see model/taps.ts. */
  async trace(prompt: Prompt, options: TraceOptions = {}, ...surplus: []): Promise<Trace> {
    assertNoMore("trace", 2, surplus, ONE_OBJECT);
    return trace(this.#live, this.#ids("trace", prompt), options);
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

  /** `await using gemma = …` disposes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Settles when all weights are there: of a model loaded in the background, after a while. */
  get arrived(): Promise<void> {
    return this.model.arrived;
  }

  /** A cache for `generate`, so that a later prompt goes on where an earlier one ended. See `Model.createCache`. */
  createCache(options: CacheOptions & AdapterChoice = {}, ...surplus: []): KVCache {
    const op = "createCache";
    assertNoMore(op, 1, surplus, ONE_OBJECT);
    const { model, rest } = this.#chosen<CacheOptions>(op, options, { contextLength: true });
    return model.createCache(rest);
  }

  /** The model with the adapter that the options of a call name, and the others of them. */
  #chosen<Own extends object>(
    op: string,
    options: Own & AdapterChoice,
    names: OptionNames<Own>,
  ): { readonly model: Model<Handles>; readonly rest: Own } {
    assertOptions<AdapterChoice>(op, options, { ...names, adapter: true });
    const model = this.#live;
    const { adapter, ...rest } = options;
    const chosen = adapter === undefined ? model : model.withAdapter(adapter, op);
    return { model: chosen, rest: rest as object as Own };
  }

  /** @throws {ArgumentError} after {@link Gemma.dispose}. */
  get #live(): Model<Handles> {
    this.#stop.signal.throwIfAborted();
    return this.model;
  }

  /** The ids of a text that goes on from another. */
  #more(text: string, op = "generate"): number[] {
    const tokenizer = this.#tokenizerFor(op);
    this.#noticeBosIn(text, tokenizer, "the text");
    return tokenizer.encode(text);
  }

  #idsOfAll(op: string, prompts: readonly Prompt[]): ArrayLike<number>[] {
    assertPrompts(op, prompts);
    return prompts.map((prompt, i) => this.#ids(op, prompt, { argument: `prompts[${i}]` }));
  }

  /** @param isContinued whether they come after others, where no text begins. */
  #ids(
    op: string,
    prompt: Prompt,
    { isContinued = false, argument = "prompt" } = {},
  ): ArrayLike<number> {
    assertPrompt(op, prompt, argument);
    if (typeof prompt === "string") return this.encode(prompt);
    const { bosTokenId: bos } = this.config;
    const begins = prompt[0] === bos;
    if (begins && (isContinued || prompt[1] === bos)) {
      const where = isContinued ? "goes on from a text, and begins" : "begins twice";
      const message = `the prompt ${where} with BOS (${bos}); once, at the very beginning, is enough`;
      this.#onWarning({ kind: "second-bos", message });
    } else if (!begins && !isContinued && prompt.length > 0 && !this.#isTurn(prompt[0])) {
      const known = "as every text does that Gemma was trained on";
      const message = `the ids do not begin with BOS (${bos}), ${known}; encode(text) of Gemma puts it there`;
      this.#onWarning({ kind: "no-bos", message });
    }
    return prompt;
  }

  /** Whether an id begins the first turn of a chat that goes without BOS. */
  #isTurn(id: number): boolean {
    const format = this.#chatFormat;
    return !(format instanceof Error) && !format.bos && id === this.tokenizer?.idOf(format.start);
  }

  /**
   * BOS comes before every text, so nobody need write it: written, it is text.
   * @param otherwise what can be done besides leaving it out. In a message, nothing.
   */
  #noticeBosIn(text: string, tokenizer: Tokenizer, where: string, otherwise = ""): void {
    const { bosTokenId: bos } = this.config;
    if (bos >= tokenizer.vocabSize || !tokenizer.isControl(bos)) return;
    const piece = tokenizer.piece(bos);
    if (!text.includes(piece)) return;
    const message = `${where} has ${piece} in it, which counts as text there; ${OWN_BOS}${otherwise}`;
    this.#onWarning({ kind: "bos-in-text", message });
  }

  #tokenizerFor(op: string): Tokenizer {
    if (this.tokenizer) return this.tokenizer;
    const expected = `a tokenizer.model in ${this.#checkpoint.name}`;
    const hint = "copy it there, or pass token ids instead of text";
    throw refusals(op).argument("tokenizer", expected, "no tokenizer", hint);
  }
}

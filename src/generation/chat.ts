/**
 * A conversation with an instruction-tuned model, turn by turn.
 *
 *     const chat = gemma.chat();
 *     for await (const { text } of chat.send("Knock knock.")) show(text);
 *     for await (const { text } of chat.send("Who's there?")) show(text);
 *
 * Every turn's prompt is the whole conversation. Only what the key-value cache does not hold yet is fed: the
 * new question, and the few tokens of the turn format around it.
 * @module
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { assertNoMore } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { disposed, refusals } from "../errors.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { eitherSignal } from "../signals.ts";
import {
  answerIds,
  assertMessages,
  CHAT_FORMAT_NAMES,
  type ChatFormat,
  type ChatFormatOptions,
  type ChatIdsOptions,
  type ChatMessage,
  chatIds,
  GEMMA_CHAT,
} from "../tokenizer/chat-format.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { assertGeneration, CACHELESS_NAMES, type GenerateOptions, generate } from "./generate.ts";
import { type GeneratedToken, Generation } from "./generation.ts";
import { seedOf } from "./step-options.ts";
import type { Ending } from "./stops.ts";
import { UsageMeter } from "./usage.ts";

/** Options of one answer. */
export type AnswerOptions = Omit<GenerateOptions, "cache" | "hooks">;

/** Options of {@link Chat.send}. */
export interface SendOptions extends AnswerOptions {
  /**
   * How the answer begins: the model goes on from there. The conversation has the whole answer; the tokens that come are those
   * behind it. A space at its end is best left out, as the model's own tokens begin with one. Default: empty.
   */
  readonly prefill?: string;
}

const SEND_NAMES: OptionNames<SendOptions> = { ...CACHELESS_NAMES, prefill: true };

/**
 * The options of {@link generate} hold for every answer, unless `send` says otherwise. Of a seed, the n-th question
 * gets `seed + n`, counted from 0: so the same chat gives the same answers, and asking again gives another.
 */
export interface ChatOptions extends AnswerOptions, ChatFormatOptions {
  /**
   * The conversation so far, from the user's turn to the model's; where the format has a system role, its message
   * may stand first. Default: nothing.
   */
  readonly messages?: readonly ChatMessage[];
  /** Most tokens of the whole conversation. Default: what the model was trained for. */
  readonly contextLength?: number;
}

export const CHAT_NAMES: OptionNames<ChatOptions> = {
  ...CACHELESS_NAMES,
  ...CHAT_FORMAT_NAMES,
  messages: true,
  contextLength: true,
};

/** One question. */
interface Asked {
  readonly content: string;
  readonly prefill: string;
  readonly options: AnswerOptions;
  /** That it is drawn with. */
  readonly seed: number | undefined;
  readonly meter: UsageMeter;
}

/** What a chat is given by whoever begins it: see `Gemma.chat`. */
export interface ChatParts<Dev extends Handles> {
  /** Sees each message before it is fed. */
  notice?(content: string): void;
  /** Makes a file of the cache, with what is to be kept beside it (saved-cache/). */
  save?(cache: KVCache<Dev>, beside: ChatState, signal?: AbortSignal): Promise<Uint8Array>;
  /** A conversation that goes on: its cache, which the chat will dispose, and questions so far. */
  readonly resumed?: { readonly cache: KVCache<Dev>; readonly asked: number };
}

/** A conversation without its cache. */
export interface ChatState {
  readonly messages: readonly ChatMessage[];
  /** Questions so far, those that were taken back included. */
  readonly asked: number;
  readonly settings: Omit<ChatOptions, "messages" | "contextLength">;
}

/** A conversation, and the cache that holds it; made by `Gemma.chat`. */
export class Chat<Dev extends Handles = Handles> {
  readonly #model: Model<Dev>;
  readonly #tokenizer: Tokenizer;
  readonly #answers: AnswerOptions;
  readonly #format: ChatFormatOptions & { readonly format: ChatFormat };
  readonly #cache: KVCache<Dev>;
  readonly #parts: ChatParts<Dev>;
  #messages: readonly ChatMessage[];
  /** The ids in the cache. */
  #fed: readonly number[] = [];
  /** Questions so far, those that were taken back included. */
  #asked = 0;
  #isAnswering = false;
  #isDisposed = false;

  /**
   * @throws {ArgumentError} if the messages do not alternate, or an option is out of range.
   * @throws {UnsupportedError} if the vocabulary has no turn markers.
   */
  constructor(
    model: Model<Dev>,
    tokenizer: Tokenizer,
    options: ChatOptions = {},
    parts: ChatParts<Dev> = {},
  ) {
    assertParts(model, tokenizer);
    assertOptions("Chat", options, CHAT_NAMES);
    assertGeneration("Chat", options, model.config.vocabSize);
    const {
      messages = [],
      contextLength,
      allowTurnMarkers,
      format = GEMMA_CHAT,
      ...answers
    } = options;
    assertMessages("Chat", messages);
    if (messages.at(-1)?.role === "user") {
      const expected = "a last message of the model, or no messages";
      const hint = "leave the question out, and ask it: chat.send(text)";
      throw refusals("Chat").argument("messages", expected, "a message of the user", hint);
    }
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#parts = parts;
    this.#answers = answers;
    this.#format = { format, allowTurnMarkers };
    this.#messages = messages.map((message) => ({ ...message }));
    this.#prompt(""); // refuses now what would be refused with the first question
    const { resumed } = parts;
    this.#cache = resumed?.cache ?? model.createCache({ contextLength });
    this.#fed = this.#cache.tokens;
    this.#asked = resumed?.asked ?? 0;
  }

  /** The conversation so far: the user's message and the model's by turns. A copy: to change it, begin another chat. */
  get messages(): readonly ChatMessage[] {
    return this.#messages.map((message) => ({ ...message }));
  }

  /** Tokens that the cache holds: what the next turn need not feed again. */
  get cachedTokens(): number {
    return this.#cache.length;
  }

  /**
   * Asks, and generates the answer. When it ends, for whatever reason but an error, question and answer
   * belong to the conversation; an answer that was aborted, as far as it came. If there was none yet,
   * or on an error, the conversation is as it was.
   *
   * @returns the answer, one token after another. Nothing is computed before the first is asked for.
   * @throws {ArgumentError} if an option is unknown; from the first step, if the conversation is too long for its
   * context, another answer is under way, or the chat was disposed.
   */
  send(content: string, options: SendOptions = {}, ...surplus: []): Generation {
    const op = "Chat.send";
    assertNoMore(op, 2, surplus, "all options stand in one object");
    assertOptions(op, options, SEND_NAMES);
    const { prefill = "" } = options;
    if (typeof prefill !== "string") {
      throw refusals(op).argument("prefill", "a text", brief(prefill));
    }
    if (typeof content !== "string") {
      const hint = "send takes the text of the user's message";
      throw refusals(op).argument("content", "a text", brief(content), hint);
    }
    const { topP, topK, minP, seed: first, ...rest } = this.#answers;
    const seed = first === undefined ? undefined : (first + this.#asked) % 2 ** 32;
    this.#asked++;
    // Settings of the draw that this answer does without say nothing about it.
    const inherited = options.temperature === 0 ? rest : { ...rest, topP, topK, minP, seed };
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const { prefill: _, ...merged }: SendOptions = { ...inherited, ...Object.fromEntries(given) };
    const own = seedOf(merged);
    const meter = new UsageMeter();
    const asked = { content, prefill, options: merged, seed: own, meter };
    return new Generation((abandoned) => this.#answer(asked, abandoned), own, meter);
  }

  /** Takes back the last question and its answer: to ask again, or ask something else. */
  undo(...surplus: []): void {
    assertNoMore("Chat.undo", 0, surplus, "it takes back one turn");
    this.#assertIdle("undo");
    if (this.#messages.at(-1)?.role === "model") this.#messages = this.#messages.slice(0, -2);
  }

  /**
   * The conversation as a file, with keys and values of all that was computed: `gemma.resumeChat(bytes)` goes on from it,
   * in another process too, without computing it again. 37 kB a token for the 2B, 0.9 MB for the 7B.
   *
   *     await writeFile("chat.safetensors", await chat.save());
   *
   * @throws {ArgumentError} if an answer is under way, or the chat was disposed.
   * @throws {UnsupportedError} if the backend does not read caches.
   */
  async save(options: { readonly signal?: AbortSignal } = {}, ...surplus: []): Promise<Uint8Array> {
    assertNoMore(
      "Chat.save",
      1,
      surplus,
      "it gives the bytes of a file, to be written by the caller",
    );
    if (typeof options === "string") {
      const hint = "save() gives the bytes of a file: write them to this path";
      throw refusals("Chat.save").argument(
        "options",
        "an object, or nothing",
        brief(options),
        hint,
      );
    }
    assertOptions("Chat.save", options, { signal: true });
    this.#assertIdle("save");
    if (!this.#parts.save) {
      throw refusals("Chat.save").argument("chat", "a chat made by gemma.chat()", "new Chat()");
    }
    const settings = { ...this.#answers, ...this.#format };
    const beside = { messages: this.#messages, asked: this.#asked, settings };
    return this.#parts.save(this.#cache, beside, options.signal);
  }

  /** The conversation, for `JSON.stringify`. */
  toJSON(): { readonly messages: readonly ChatMessage[] } {
    return { messages: this.messages };
  }

  /** Frees the cache; nothing can be sent afterwards. */
  dispose(): void {
    this.#isDisposed = true;
    this.#cache.dispose();
  }

  /** `using chat = …` disposes it at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async *#answer(
    { content, prefill, options, seed, meter }: Asked,
    abandoned: AbortSignal,
  ): AsyncGenerator<GeneratedToken, Ending> {
    this.#assertIdle("send");
    assertGeneration("Chat.send", options, this.#model.config.vocabSize);
    const begun = answerIds(this.#tokenizer, prefill, this.#format);
    const prompt = [...this.#prompt(content), ...begun];
    this.#assertRoom(prompt.length);
    this.#parts.notice?.(content);
    const cache = this.#cache;
    // At least the last token is fed, for its logits.
    const kept = Math.min(commonPrefix(this.#fed, prompt), prompt.length - 1);
    cache.rewind(kept);
    const { signal, release } = eitherSignal(options.signal, abandoned);
    let generation: Generation | undefined;
    const tokens: number[] = [];
    let text = "";
    let failed = false;
    this.#isAnswering = true;
    try {
      const settings = { ...options, seed, signal, cache };
      const ids = prompt.slice(kept);
      generation = generate(this.#model, this.#tokenizer, ids, settings, "Chat.send", meter);
      for await (const step of generation) {
        tokens.push(step.token);
        text += step.text;
        yield step;
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      release();
      this.#isAnswering = false;
      this.#fed = [...prompt, ...tokens].slice(0, cache.length);
      if (tokens.length > 0 && !failed) {
        const whole = { ids: [...begun, ...tokens], text: prefill + text };
        const answer = this.#answerOf(whole, generation?.stopReason);
        this.#messages = [...this.#messages, { role: "user", content }, answer];
      }
    }
    const { finishReason = "abort", stopReason } = generation;
    return { finishReason, stopReason };
  }

  #prompt(content: string): number[] {
    const messages = [...this.#messages, { role: "user", content } as const];
    return promptOfChat(this.#tokenizer, messages, this.#format, this.#model.config);
  }

  #answerOf(
    whole: { readonly ids: readonly number[]; readonly text: string },
    stop?: number | string,
  ): ChatMessage {
    // Where a stop text cut the answer, tokens and text differ; the conversation goes on from the text.
    if (typeof stop === "string") return { role: "model", content: whole.text };
    const ids = stop === undefined ? whole.ids : whole.ids.slice(0, -1);
    // Not the text: what was held back when the answer was aborted belongs to it too.
    const content = this.#tokenizer.decode(ids, { vocabSize: this.#model.config.vocabSize });
    return { role: "model", content, ids };
  }

  #assertIdle(method: string): void {
    const op = `Chat.${method}`;
    if (this.#isDisposed) throw disposed(op, "chat", "begin another");
    if (!this.#isAnswering) return;
    const hint = "wait for its end, or leave its loop";
    const expected = "no other answer under way";
    throw refusals(op).argument("chat", expected, "an answer that has not ended", hint);
  }

  #assertRoom(length: number): void {
    const { contextLength } = this.#cache;
    if (length <= contextLength) return;
    const expected = `a conversation of at most ${contextLength} tokens, its context`;
    const hint = "say less, undo a turn, or begin a new chat with the last few messages";
    throw refusals("Chat.send").argument("content", expected, length, hint);
  }
}

/**
 * The ids that ask for the next turn: `messages` as the format writes them, behind BOS where it has one.
 * @param config of the model that they are for.
 */
export function promptOfChat(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatIdsOptions & { readonly format: ChatFormat },
  { bosTokenId, vocabSize }: Pick<GemmaConfig, "bosTokenId" | "vocabSize">,
): number[] {
  const ids = chatIds(tokenizer, messages, options, vocabSize);
  // BOS may be the marker of a turn itself.
  return options.format.bos && ids[0] !== bosTokenId ? [bosTokenId, ...ids] : ids;
}

function assertParts(model: unknown, tokenizer: unknown): void {
  const hint = "gemma.chat(options) begins a conversation";
  assertIsModel("Chat", model, hint);
  if (tokenizer instanceof Tokenizer) return;
  throw refusals("Chat").argument("tokenizer", "a Tokenizer", brief(tokenizer), hint);
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

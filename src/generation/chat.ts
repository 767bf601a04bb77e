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
import { disposed, refusals } from "../errors.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { eitherSignal } from "../signals.ts";
import {
  assertMessages,
  CHAT_FORMAT_NAMES,
  type ChatFormatOptions,
  type ChatMessage,
  chatIds,
} from "../tokenizer/chat-format.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import {
  assertGeneration,
  CACHELESS_NAMES,
  type GeneratedToken,
  type GenerateOptions,
  Generation,
  generate,
} from "./generate.ts";
import type { FinishReason } from "./steps.ts";

/** Options of one answer. */
export type AnswerOptions = Omit<GenerateOptions, "cache">;

/** The options of {@link generate} hold for every answer, unless `send` says otherwise. */
export interface ChatOptions extends AnswerOptions, ChatFormatOptions {
  /** The conversation so far, from the user's turn to the model's. Default: nothing. */
  readonly messages?: readonly ChatMessage[];
  /** Most tokens of the whole conversation. Default: what the model was trained for. */
  readonly contextLength?: number;
}

const CHAT_NAMES: OptionNames<ChatOptions> = {
  ...CACHELESS_NAMES,
  ...CHAT_FORMAT_NAMES,
  messages: true,
  contextLength: true,
};

/** A conversation, and the cache that holds it; made by `Gemma.chat`. */
export class Chat<Dev extends Handles = Handles> {
  readonly #model: Model<Dev>;
  readonly #tokenizer: Tokenizer;
  readonly #answers: AnswerOptions;
  readonly #format: ChatFormatOptions;
  readonly #cache: KVCache<Dev>;
  #messages: readonly ChatMessage[];
  /** The ids in the cache. */
  #fed: readonly number[] = [];
  #isAnswering = false;
  #isDisposed = false;

  /**
   * @throws {ArgumentError} if the messages do not alternate, or an option is out of range.
   * @throws {UnsupportedError} if the vocabulary has no turn markers.
   */
  constructor(model: Model<Dev>, tokenizer: Tokenizer, options: ChatOptions = {}) {
    assertOptions("Chat", options, CHAT_NAMES);
    assertGeneration(options);
    const { messages = [], contextLength, allowTurnMarkers, ...answers } = options;
    assertMessages("Chat", messages);
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#answers = answers;
    this.#format = { allowTurnMarkers };
    this.#messages = [...messages];
    this.#prompt(""); // refuses now what would be refused with the first question
    this.#cache = model.createCache({ contextLength });
  }

  /** The conversation so far: the user's message and the model's by turns. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
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
  send(content: string, options: AnswerOptions = {}): Generation {
    assertOptions("Chat.send", options, CACHELESS_NAMES);
    const merged = { ...this.#answers, ...options };
    return new Generation((abandoned) => this.#answer(content, merged, abandoned));
  }

  /** Takes back the last question and its answer: to ask again, or ask something else. */
  undo(): void {
    this.#assertIdle("undo");
    this.#messages = this.#messages.slice(0, -2);
  }

  /** Frees the cache; nothing can be sent afterwards. */
  dispose(): void {
    this.#isDisposed = true;
    this.#cache.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async *#answer(
    content: string,
    options: AnswerOptions,
    abandoned: AbortSignal,
  ): AsyncGenerator<GeneratedToken, FinishReason> {
    this.#assertIdle("send");
    assertGeneration(options);
    const prompt = this.#prompt(content);
    this.#assertRoom(prompt.length);
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
      const settings = { ...options, signal, cache };
      generation = generate(this.#model, this.#tokenizer, prompt.slice(kept), settings);
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
        const answer = this.#answerOf(tokens, text, generation?.finishReason);
        this.#messages = [...this.#messages, { role: "user", content }, answer];
      }
    }
    return generation?.finishReason ?? "abort";
  }

  #prompt(content: string): number[] {
    const messages = [...this.#messages, { role: "user", content } as const];
    const ids = chatIds(this.#tokenizer, messages, this.#format);
    return [this.#model.config.bosTokenId, ...ids];
  }

  #answerOf(tokens: readonly number[], text: string, reason?: FinishReason): ChatMessage {
    // Where a stop text cut the answer, tokens and text differ; the conversation goes on from the text.
    if (reason === "stop") return { role: "model", content: text };
    const ids = reason === "eos" || reason === "end_of_turn" ? tokens.slice(0, -1) : tokens;
    // Not the text: what was held back when the answer was aborted belongs to it too.
    return { role: "model", content: this.#tokenizer.decode(ids), ids };
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

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

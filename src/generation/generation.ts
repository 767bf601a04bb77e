/**
 * A generation while it runs: its tokens are taken one after another, or its text as a whole, and once.
 * @module
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { type ArgumentError, refusals } from "../errors.ts";
import type { TokenLogprob } from "./logits/top-logprobs.ts";
import type { Ending, FinishReason } from "./stops.ts";
import { type GenerationUsage, UsageMeter } from "./usage.ts";

const ABORTED: Ending = { finishReason: "abort" };

/** One of the most probable tokens in a place. */
export interface TopLogprob extends TokenLogprob {
  /** Its piece; empty without a tokenizer. */
  readonly piece: string;
}

/** One generated token. */
export interface GeneratedToken {
  /** Its id. */
  readonly token: number;
  /**
   * The text that is certain by now: never a part of a character, nor of a stop string, so it may be
   * empty, or more than this token's. The token that ends a turn or the text has none. What is held
   * back when a generation is aborted is lost.
   */
  readonly text: string;
  /** Natural logarithm of the probability the model gave it, before temperature and filters. */
  readonly logprob: number;
  /**
   * The most probable tokens in its place, the best first, where `topLogprobs` asked for them. The probabilities are the
   * model's own. It is among them only by its own merit.
   */
  readonly topLogprobs?: readonly TopLogprob[];
}

/**
 * A running generation: an async iterator of tokens. Leaving the loop stops the work.
 *
 * Its pieces of text are not kept. So a loop, `text()` and a stream exclude each other, and a second loop is refused: it would
 * get nothing, or take tokens from the first. Ids, log-probabilities and counts are kept, whoever reads.
 */
export class Generation implements AsyncIterableIterator<GeneratedToken> {
  /** The seed it is drawn with, given or not; undefined if nothing is drawn. */
  readonly seed: number | undefined;
  readonly #meter: UsageMeter;
  /** The tokens so far, without their texts. */
  readonly #taken: Omit<GeneratedToken, "text">[] = [];
  #ending: Ending | undefined;
  readonly #abandoned = new AbortController();
  readonly #tokens: AsyncGenerator<GeneratedToken, Ending>;
  /** How far a loop is. */
  #loop: "not begun" | "begun" | "ended" = "not begun";
  /** Whether a loop takes the tokens; some may have been taken by hand before. */
  #isIterated = false;
  #text: Promise<string> | undefined;

  constructor(
    tokens: (signal: AbortSignal) => AsyncGenerator<GeneratedToken, Ending>,
    seed?: number,
    meter: UsageMeter = new UsageMeter(),
  ) {
    if (typeof tokens !== "function") {
      const expected = "gemma.generate(prompt), or send(text) of a chat";
      throw refusals("Generation").argument(undefined, expected, "new Generation()");
    }
    this.#tokens = tokens(this.#abandoned.signal);
    this.seed = seed;
    this.#meter = meter;
  }

  /** The ids of the tokens that were read so far. */
  get tokens(): readonly number[] {
    return this.#taken.map(({ token }) => token);
  }

  /** log p of each of them: see {@link GeneratedToken.logprob}. */
  get logprobs(): readonly number[] {
    return this.#taken.map(({ logprob }) => logprob);
  }

  /** The most probable tokens in the place of each; undefined where nobody asked for them. */
  get topLogprobs(): readonly (readonly TopLogprob[])[] | undefined {
    const tops = this.#taken.flatMap(({ topLogprobs }) => (topLogprobs ? [topLogprobs] : []));
    return tops.length > 0 ? tops : undefined;
  }

  /** Tokens and times, as far as it has come. */
  get usage(): GenerationUsage {
    return this.#meter.usage;
  }

  /**
   * Set when the loop has ended. An abort ends it like any other reason, without throwing; leaving the
   * loop counts as one. After an error it stays undefined.
   */
  get finishReason(): FinishReason | undefined {
    return this.#ending?.finishReason;
  }

  /** The token or the stop text that ended it, if one did; set with {@link Generation.finishReason}. */
  get stopReason(): number | string | undefined {
    return this.#ending?.stopReason;
  }

  /** @throws {ArgumentError} if `text()` takes the tokens. */
  async next(): Promise<IteratorResult<GeneratedToken, undefined>> {
    if (this.#text) throw taken("Generation.next", "one whose text() was called");
    if (this.#loop === "not begun") this.#loop = "begun";
    return this.#next();
  }

  /** Ends it, as leaving its loop does: `finishReason` is `"abort"`. */
  async return(): Promise<IteratorResult<GeneratedToken, undefined>> {
    this.#loop = "ended";
    this.#ending ??= ABORTED;
    this.#abandoned.abort();
    await this.#tokens.return(ABORTED);
    return { done: true, value: undefined };
  }

  /** @throws {ArgumentError} if `text()` takes the tokens, or another loop does, or did. */
  [Symbol.asyncIterator](): this {
    if (this.#text) throw taken("for await", "one whose text() was called");
    if (this.#loop === "ended") throw taken("for await", "one whose loop has ended");
    if (this.#isIterated) throw taken("for await", "one whose loop has begun");
    this.#isIterated = true;
    return this;
  }

  /**
   * All the text; the same whenever it is asked for again.
   * @throws {ArgumentError} if a loop takes the tokens, or has taken them.
   */
  text(): Promise<string> {
    this.#text ??= this.#loop === "not begun" ? this.#wholeText() : undefined;
    if (this.#text) return this.#text;
    return Promise.reject(taken("Generation.text", `one whose loop has ${this.#loop}`));
  }

  /**
   * The text as a stream of UTF-8, for an HTTP handler: `new Response(generation.toReadableStream())`. A piece is computed when
   * the reader asks for it; cancelling the stream ends the generation, and its errors are the stream's.
   * @throws {ArgumentError} if the tokens are taken already.
   */
  toReadableStream(): ReadableStream<Uint8Array> {
    this[Symbol.asyncIterator]();
    const encoder = new TextEncoder();
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      for (;;) {
        const { done, value } = await this.next();
        if (done) return controller.close();
        if (value.text !== "") return controller.enqueue(encoder.encode(value.text));
      }
    };
    const cancel = async () => {
      await this.return();
    };
    return new ReadableStream({ pull, cancel }, { highWaterMark: 0 }); // nothing ahead of its reader
  }

  /** `await using generation = …` ends it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** What it has kept, for `JSON.stringify`; its text is not kept: `await generation.text()`. */
  toJSON(): Pick<
    Generation,
    "tokens" | "logprobs" | "topLogprobs" | "finishReason" | "stopReason" | "seed" | "usage"
  > {
    const { tokens, logprobs, topLogprobs, finishReason, stopReason, seed, usage } = this;
    return { tokens, logprobs, topLogprobs, finishReason, stopReason, seed, usage };
  }

  /** @throws {ArgumentError} always: in a template string nothing would have run. */
  toString(): string {
    const expected = ".text() or a for await loop";
    const hint = "write await generation.text()";
    throw refusals("Generation").argument(undefined, expected, "a conversion to a string", hint);
  }

  async #wholeText(): Promise<string> {
    let text = "";
    for (;;) {
      const { done, value } = await this.#next();
      if (done) return text;
      text += value.text;
    }
  }

  async #next(): Promise<IteratorResult<GeneratedToken, undefined>> {
    try {
      const result = await this.#tokens.next();
      if (!result.done) {
        const { text: _, ...rest } = result.value;
        this.#taken.push(rest);
        return result;
      }
      this.#ending ??= result.value;
      this.#loop = "ended";
      return { done: true, value: undefined };
    } catch (error) {
      this.#loop = "ended";
      throw error;
    }
  }
}

/** The refusal of a second reader. */
function taken(op: string, got: string): ArgumentError {
  const expected = "one that nobody else reads";
  const hint =
    "the pieces of text are not kept: keep them in the loop, or decode generation.tokens";
  return refusals(op).argument("generation", expected, got, hint);
}

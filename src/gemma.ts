/**
 * The facade: a checkpoint, a backend and a tokenizer as one object.
 *
 *     const gemma = await Gemma.load("./gemma-2b-it");
 *     for await (const { text } of gemma.generate("The capital of France is")) write(text);
 *
 * @module
 */
import type { Backend, Handles } from "./backend/backend.ts";
import { brief } from "./brief.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { folderOrFile, type Source } from "./checkpoint/folder.ts";
import { openCheckpoint } from "./checkpoint/open.ts";
import type { GemmaConfig } from "./config.ts";
import { ArgumentError, FormatError } from "./errors.ts";
import { Chat, type ChatOptions } from "./generation/chat.ts";
import { eitherSignal } from "./generation/either-signal.ts";
import { type GenerateOptions, type Generation, generate } from "./generation/generate.ts";
import { type Score, score } from "./generation/score.ts";
import { assertIds, assertSequence } from "./model/check-ids.ts";
import { assertOptions } from "./model/check-options.ts";
import { Model } from "./model/model.ts";
import { type Trace, type TraceOptions, trace } from "./model/trace.ts";
import { maxPadding } from "./model/weights.ts";
import type { Progress } from "./progress.ts";
import type { PrecisionName } from "./tensor/precision.ts";
import type { NdArray } from "./tensor/tensor.ts";
import { type ChatFormatOptions, type ChatMessage, chatIds } from "./tokenizer/chat.ts";
import { Tokenizer } from "./tokenizer/tokenizer.ts";

/** A text, to which the BOS is added, or token ids, which are taken as they are. */
export type Prompt = string | ArrayLike<number>;

/**
 * What a checkpoint is loaded from: the path of its folder or file (in Node); its URL, with a slash at its
 * end if it is a folder; `hf:OWNER/NAME`, which in Node is downloaded into the cache that Python uses; its
 * one file (GGUF, `.npz`, of torch) as a Blob, such as a File chosen in a browser, or as bytes, which are
 * not copied; several files (`filesFolder`); a source of one's own; or a checkpoint that is open already.
 */
export type GemmaSource = string | URL | Source | Checkpoint;

export interface GemmaOptions {
  /** Name of a backend that comes with the library, or one of your own. Default "cpu". */
  readonly backend?: "cpu" | Backend;
  /** Arithmetic of a named backend: float64, float32 (default) or bfloat16. */
  readonly precision?: PrecisionName;
  /** What the embedding is scaled by; see `ModelOptions`. */
  readonly embedScale?: "exact" | "bfloat16";
  /**
   * Resolve as soon as all is checked that can be checked without reading the weights: they arrive while
   * the first prompt is computed, and `model.arrived` says when. See `ModelOptions`. Default false.
   */
  readonly background?: boolean;
  /** Stops the loading, in the background too. */
  readonly signal?: AbortSignal;
  /** Hears of a download, if there is one, and then of the loading. */
  readonly onProgress?: (progress: Progress) => void;
}

export class Gemma {
  readonly model: Model<Handles>;
  /** Absent if the checkpoint came without; then prompts are ids and texts stay empty. */
  readonly tokenizer: Tokenizer | undefined;
  readonly #checkpoint: Checkpoint;
  /** Ends what is still loading. */
  readonly #stop: AbortController;

  private constructor(
    checkpoint: Checkpoint,
    model: Model<Handles>,
    tokenizer: Tokenizer | undefined,
    stop: AbortController,
  ) {
    this.#checkpoint = checkpoint;
    this.model = model;
    this.tokenizer = tokenizer;
    this.#stop = stop;
  }

  /**
   * Loads a checkpoint as downloaded: a folder from Hugging Face with `config.json`, safetensors (one
   * file or shards) and `tokenizer.model`; or a GGUF file.
   *
   * @param source see {@link GemmaSource}. It is closed by {@link Gemma.dispose}; if loading fails, a
   * checkpoint that you opened stays open.
   * @throws {ArgumentError} if there is nothing to open, or an option is none.
   * @throws {FormatError} if a file is missing, damaged or contradicts another.
   * @throws {UnsupportedError} if it is another model than Gemma 1, or in a format not read yet.
   */
  static async load(source: GemmaSource, options: GemmaOptions = {}): Promise<Gemma> {
    assertOptions("Gemma.load", options);
    const { embedScale, background, signal, onProgress } = options;
    assertEmbedScale(embedScale);
    const backend = await backendOf(options);
    const checkpoint = await open(source, options);
    const isOurs = checkpoint !== source;
    try {
      const { name, config, tensors } = checkpoint;
      const tokenizer = tokenizerOf(checkpoint);
      const stop = new AbortController();
      const either = eitherSignal(signal, stop.signal);
      const loading = Model.load({
        config,
        tensors,
        backend,
        embedScale,
        background,
        name,
        signal: either.signal,
        onProgress,
      });
      loading.then(({ arrived }) => arrived).then(either.release, either.release);
      return new Gemma(checkpoint, await loading, tokenizer, stop);
    } catch (error) {
      if (isOurs) await checkpoint.close().catch(() => {}); // what went wrong first is what counts
      throw error;
    }
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
    assertOptions("generate", options);
    const isContinued = typeof prompt === "string" && options.cache && options.cache.length > 0;
    const ids = isContinued ? this.#tokenizerFor("generate").encode(prompt) : this.#ids(prompt);
    return generate(this.#live, this.tokenizer, ids, options);
  }

  /** A conversation with an instruction-tuned model; it has a cache of its own, to be disposed. */
  chat(options: ChatOptions = {}): Chat<Handles> {
    return new Chat(this.#live, this.#tokenizerFor("chat"), options);
  }

  /** How probable the model finds each token of a text or of ids. */
  async score(prompt: Prompt, options: { readonly signal?: AbortSignal } = {}): Promise<Score> {
    assertOptions("score", options);
    return score(this.#live, this.#ids(prompt), options);
  }

  /** Logits of every position: [T, V]. */
  async logits(prompt: Prompt, options: { readonly signal?: AbortSignal } = {}): Promise<NdArray> {
    assertOptions("logits", options);
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
    assertOptions("trace", options);
    return trace(this.#live, this.#ids(prompt), options);
  }

  /** Frees the backend and closes the files. Who goes on using it, or waits for it, is refused. */
  async dispose(): Promise<void> {
    this.#stop.abort(disposed());
    await this.model.arrived.catch(() => {}); // whoever used it has heard of it
    this.model.backend.dispose();
    await this.#checkpoint.close();
  }

  /** @throws {ArgumentError} after {@link Gemma.dispose}. */
  get #live(): Model<Handles> {
    if (this.#stop.signal.aborted) throw disposed();
    return this.model;
  }

  #ids(prompt: Prompt): ArrayLike<number> {
    return typeof prompt === "string" ? this.encode(prompt) : prompt;
  }

  #tokenizerFor(op: string): Tokenizer {
    if (this.tokenizer) return this.tokenizer;
    throw new ArgumentError({
      op,
      argument: "tokenizer",
      expected: `a tokenizer.model in ${this.#checkpoint.name}`,
      got: "none",
      hint: "copy it there, or pass token ids instead of text",
    });
  }
}

function disposed(): ArgumentError {
  const got = "one that was disposed";
  const expected = "one in use";
  return new ArgumentError({
    op: "Gemma",
    argument: "model",
    expected,
    got,
    hint: "load it again",
  });
}

async function backendOf({ backend = "cpu", precision }: GemmaOptions): Promise<Backend> {
  if (backend === "cpu") {
    const { cpuBackend } = await import("./backend/cpu/cpu.ts");
    return cpuBackend({ precision }) as Backend;
  }
  const refuse = (argument: string, expected: string, got: string) =>
    new ArgumentError({ op: "Gemma.load", argument, expected, got });
  if (typeof backend === "string") throw refuse("backend", '"cpu", or a backend', backend);
  if (typeof backend?.info !== "object") {
    throw refuse("backend", '"cpu", or a backend', brief(backend));
  }
  if (precision !== undefined && precision !== backend.info.precision) {
    throw refuse("precision", `${backend.info.precision}, the backend's own`, precision);
  }
  return backend;
}

function assertEmbedScale(embedScale: unknown): void {
  if (embedScale === undefined || embedScale === "exact" || embedScale === "bfloat16") return;
  const expected = '"exact" or "bfloat16"';
  const got = brief(embedScale);
  throw new ArgumentError({ op: "Gemma.load", argument: "embedScale", expected, got });
}

async function open(
  source: GemmaSource,
  { signal, onProgress }: GemmaOptions,
): Promise<Checkpoint> {
  if (typeof source === "string" || source instanceof URL) {
    // Only here is Node needed, so only here is it asked for: the package root runs in a browser.
    const { openPath } = await import("./node/open-path.ts");
    return openCheckpoint(await openPath(`${source}`, { signal, onProgress }), { signal });
  }
  if (typeof source === "object" && source !== null && "tensors" in source) return source;
  const found = folderOrFile(source);
  if (found) return openCheckpoint(found, { signal });
  throw new ArgumentError({
    op: "Gemma.load",
    argument: "source",
    expected: "a path or URL, a File, bytes, a Folder, a ByteSource, or an open checkpoint",
    got: brief(source),
    hint: "filesFolder makes a Folder of several files",
  });
}

/** The tokenizer, if it can be this model's: the config may count padding as vocabulary. */
function tokenizerOf({ name, config, tokenizer: model }: Checkpoint): Tokenizer | undefined {
  if (!model) return undefined;
  const file = model instanceof Uint8Array ? `${name}/tokenizer.model` : name;
  const tokenizer = Tokenizer.from(model, file);
  const refuse = (argument: string, expected: string, got: number) =>
    new FormatError({
      op: "Gemma.load",
      file,
      argument,
      expected,
      got: `${got}`,
      hint: "tokenizer and weights are of different models; get both from one place",
    });
  const { vocabSize: V, bosTokenId } = config;
  const { vocabSize: pieces, bosId } = tokenizer;
  const least = V - maxPadding(V);
  if (pieces > V || pieces < least) {
    throw refuse("pieces", `${least} to ${V} pieces, as the config's vocab_size is ${V}`, pieces);
  }
  if (bosId >= 0 && bosId !== bosTokenId) {
    throw refuse("<bos>", `id ${bosTokenId}, as the config's bos_token_id says`, bosId);
  }
  return tokenizer;
}

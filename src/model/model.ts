/**
 * A loaded model: weights in a backend, and the forward pass over token ids.
 *
 * Prompts of any length are fed in chunks of at most `backend.info.maxRows` rows. On the reference
 * backend the way a prompt is cut changes no bit of the result, nor does feeding it token by token.
 * @module
 */
import type { Backend, Handles, KVOptions, Rows, Span } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import type { GemmaConfig } from "../config.ts";
import { ArgumentError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { BYTES_PER_ELEMENT, type RowSource, type WeightSource } from "../tensor/stored.ts";
import { type FloatArray, type NdArray, tensor } from "../tensor/tensor.ts";
import { assertIds, assertRoom } from "./check-ids.ts";
import { embeddingScale } from "./embedding-scale.ts";
import { forward } from "./forward.ts";
import { KVCache } from "./kv-cache.ts";
import { assertTied, matchWeights, streamWeights, uploadWeights } from "./load-weights.ts";
import { explainNaN, hasNaN } from "./non-finite.ts";
import { type SlotOf, separateSlots, sharedSlots } from "./slots.ts";
import type { RecordedTap } from "./taps.ts";
import type { Weights } from "./weights.ts";

export interface ModelOptions<H extends Handles> {
  readonly config: GemmaConfig;
  /** The checkpoint's tensors by name, surplus vocabulary rows and all. */
  readonly tensors: ReadonlyMap<string, RowSource>;
  readonly backend: Backend<H>;
  /**
   * What the embedding is scaled by: √D exact, or rounded to bfloat16 as the released model runs.
   * Default: rounded where the backend's precision is bfloat16.
   */
  readonly embedScale?: "exact" | "bfloat16";
  /**
   * Load without waiting for the weights: they arrive while the first prompt is computed, which fails if
   * they cannot. Where the backend cannot wait for them, they are there before. Default false.
   */
  readonly background?: boolean;
  /** The checkpoint's name in error messages. */
  readonly name?: string;
  /** Stops the loading, in the background too. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface ForwardOptions {
  /** Logits of the last token (default), of all, or of none. */
  readonly logits?: "last" | "all" | "none";
  readonly signal?: AbortSignal;
}

export class Model<H extends Handles = Handles> {
  readonly config: GemmaConfig;
  readonly backend: Backend<H>;
  readonly weights: Weights<H["weight"]>;
  /** Where each weight can still be read as it is stored. */
  readonly sources: ReadonlyMap<string, WeightSource>;
  /** Settles when all weights are there, or one cannot be had. */
  readonly arrived: Promise<void>;
  /** What embeddings are multiplied by. */
  readonly embedScale: number;
  readonly #name: string;
  readonly #ids: H["ids"];
  readonly #slots: Record<"one" | "all", SlotOf<H>>;

  private constructor(
    { config, backend, embedScale, name = "checkpoint" }: ModelOptions<H>,
    weights: Weights<H["weight"]>,
    sources: ReadonlyMap<string, WeightSource>,
    arrived: Promise<void>,
  ) {
    const { maxRows, precision } = backend.info;
    const rounding = embedScale ?? (precision === "bfloat16" ? "bfloat16" : "exact");
    this.#name = name;
    this.config = config;
    this.backend = backend;
    this.weights = weights;
    this.sources = sources;
    this.arrived = arrived;
    this.embedScale = embeddingScale(config.hiddenSize, rounding);
    this.#ids = backend.allocIds(maxRows);
    const one = sharedSlots(backend, config, { span: maxRows, logits: 1 });
    // All logits of a chunk are a large buffer (maxRows · V), made only when somebody asks.
    const all = sharedSlots(backend, config, { span: maxRows, logits: maxRows });
    this.#slots = { one, all: (name) => (name === "logits" ? all(name) : one(name)) };
  }

  /**
   * Uploads a checkpoint into a backend.
   * @throws {FormatError} if the tensors are not those of `config`.
   */
  static async load<H extends Handles>(options: ModelOptions<H>): Promise<Model<H>> {
    const { config, tensors, backend, name, signal, onProgress } = options;
    signal?.throwIfAborted();
    const sources = matchWeights(config, tensors, name);
    await assertTied(tensors, name, signal);
    const total = sum([...sources.values()].map(bytes));
    let loaded = 0;
    const upload = {
      signal,
      onWeight(source: WeightSource) {
        loaded += bytes(source);
        onProgress?.({ phase: "load", file: source.file ?? name ?? source.name, loaded, total });
      },
    };
    const later = options.background ? backend.uploadLater?.bind(backend) : undefined;
    if (later) {
      const { weights, arrived } = streamWeights(config, sources, later, upload);
      return new Model(options, weights, sources, arrived);
    }
    const weights = await uploadWeights(config, sources, backend, upload);
    return new Model(options, weights, sources, Promise.resolve());
  }

  /**
   * A cache for one sequence of up to `contextLength` tokens (default: what the model was trained
   * for; a cache of the 7B takes 0.9 MB a token in float32, so ask for no more than needed).
   * @param options {@link KVOptions}
   */
  createCache({
    contextLength = this.config.maxPositionEmbeddings,
  }: Partial<KVOptions> = {}): KVCache<H> {
    const limit = this.config.maxPositionEmbeddings;
    if (!Number.isInteger(contextLength) || contextLength < 1 || contextLength > limit) {
      throw new ArgumentError({
        op: "createCache",
        argument: "contextLength",
        expected: `an integer from 1 to ${limit} (max_position_embeddings)`,
        got: brief(contextLength),
      });
    }
    const kv = this.#createKV(contextLength);
    return new KVCache(kv, contextLength, () => this.backend.free(kv));
  }

  #createKV(contextLength: number): H["kv"] {
    try {
      return this.backend.createKV(this.config, { contextLength });
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause; // that is how a typed array says: no memory
      const details = {
        op: "createCache",
        argument: "contextLength",
        expected: "a context that there is memory for",
        got: `${contextLength}`,
        hint: "ask for as many tokens as prompt and answer need",
      };
      throw new ArgumentError(details, { cause });
    }
  }

  /**
   * Feeds `ids` [T] after the tokens in `cache` → logits: [1, V] of the last, [T, V] of all, [0, V].
   * On an abort or an error the cache keeps the chunks that were finished.
   * @throws {ArgumentError} if an id is outside the vocabulary, or the context is too short.
   * @throws {FormatError} if a logit is NaN because a weight is no finite number: says which.
   * @throws {UnsupportedError} if one is though all weights are finite.
   */
  async forward(
    ids: ArrayLike<number>,
    cache: KVCache<H>,
    { logits = "last", signal }: ForwardOptions = {},
  ): Promise<NdArray> {
    const { vocabSize: V } = this.config;
    const slots = logits === "all" ? this.#slots.all : this.#slots.one;
    const collected: FloatArray[] = [];
    await this.#inChunks(ids, cache, async (chunk, isLast) => {
      const wanted = { all: chunk.count, last: isLast ? 1 : 0, none: 0 }[logits];
      this.#record(chunk, cache, slots, wanted);
      const rows = { from: 0, count: wanted };
      const read = await this.backend.read(slots("logits"), rows, signal);
      if (hasNaN(read)) {
        throw await explainNaN(this.sources, this.#name, this.backend.info.precision, signal);
      }
      collected.push(read);
    });
    return tensor(concatenate(collected), [sum(collected.map((c) => c.length)) / V, V]);
  }

  /**
   * As {@link Model.forward}, keeping recorded intermediates: each tap of `names` by name, [T, columns],
   * `logits` for all tokens. With `ids` of a whole sequence and a new cache, interp/trace.ts derives the rest.
   */
  async record(
    ids: ArrayLike<number>,
    cache: KVCache<H>,
    names: readonly RecordedTap[],
    signal?: AbortSignal,
  ): Promise<Map<RecordedTap, NdArray>> {
    const span = Math.min(this.backend.info.maxRows, Math.max(1, ids.length));
    const slots = separateSlots(this.backend, this.config, { span, logits: span });
    const barrier = { from: 0, count: 0 };
    const collected = new Map<RecordedTap, FloatArray[]>(names.map((name) => [name, []]));
    await this.#inChunks(ids, cache, async ({ count, ...chunk }) => {
      this.#record({ count, ...chunk }, cache, slots, count);
      // One call for all reads, so that no other pass comes between them.
      const reads = names.map((name) => this.backend.read(slots(name), { from: 0, count }, signal));
      if (names.length === 0) await this.backend.read(slots("logits"), barrier, signal);
      for (const [i, data] of (await Promise.all(reads)).entries()) {
        collected.get(names[i])?.push(data);
      }
    }).finally(() => slots.free());
    const T = ids.length;
    return new Map(
      [...collected].map(([name, parts]) => {
        const data = concatenate(parts);
        return [name, tensor(data, [T, data.length / Math.max(1, T)])];
      }),
    );
  }

  /** Cuts `ids` into chunks, and counts each into the cache once `pass` is through with it. */
  async #inChunks(
    ids: ArrayLike<number>,
    cache: KVCache<H>,
    pass: (chunk: Chunk, isLast: boolean) => Promise<void>,
  ): Promise<void> {
    assertIds("forward", ids, this.config);
    assertRoom(ids.length, cache);
    cache.acquire("forward");
    try {
      const all = Array.from(ids);
      const { maxRows } = this.backend.info;
      for (let begin = 0; begin < all.length; begin += maxRows) {
        const part = all.slice(begin, begin + maxRows);
        const chunk = { ids: part, from: 0, count: part.length, pos: cache.length, seq: 0 };
        await pass(chunk, begin + part.length === all.length);
        cache.advance(part.length);
      }
    } finally {
      cache.release();
    }
  }

  /** Records one pass, without waiting for it; logits of the last `wanted` rows. */
  #record({ ids, ...span }: Chunk, cache: KVCache<H>, slots: SlotOf<H>, wanted: number): void {
    const { config, backend, weights, embedScale } = this;
    const logitRows: Rows = { from: span.count - wanted, count: wanted, into: 0 };
    backend.setIds(this.#ids, ids);
    const { ops } = backend;
    const { kv } = cache;
    forward({ config, ops, weights, slots, kv, ids: this.#ids, span, logitRows, embedScale });
  }
}

interface Chunk extends Span {
  readonly ids: readonly number[];
}

function bytes({ dtype, shape }: WeightSource): number {
  const size = BYTES_PER_ELEMENT[dtype];
  return shape.reduce((product, axis) => product * axis, size);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function concatenate(parts: readonly FloatArray[]): FloatArray {
  if (parts.length === 1) return parts[0];
  const length = sum(parts.map((part) => part.length));
  const whole =
    parts[0] instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

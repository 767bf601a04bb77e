/**
 * A loaded model: weights in a backend, and the forward pass over token ids.
 *
 * Sequences of any length are fed in passes of at most `backend.info.maxRows` rows. On the reference backend
 * the way they are cut changes no bit of the result, nor does feeding them token by token or side by side.
 * @module
 */
import type { Backend, Handles } from "../backend/backend.ts";
import type { Tape } from "../backend/record.ts";
import { brief } from "../brief.ts";
import { assertIdsBelow, assertInteger, assertOneOf } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { disposed, refusals } from "../errors.ts";
import { assertOptions, assertSignal, type OptionNames } from "../options.ts";
import type { Progress } from "../progress.ts";
import { BYTES_PER_ELEMENT, type RowSource, type WeightSource } from "../tensor/stored.ts";
import { elementsOf, type FloatArray, type NdArray, tensor } from "../tensor/tensor.ts";
import { Adapters, type HeldAdapter } from "./adapters/adapters.ts";
import type { LowRank } from "./adapters/low-rank.ts";
import { type CachePart, readCache, writeCache } from "./cache-numbers.ts";
import { assertBackendInfo } from "./check-backend.ts";
import { assertIds, assertRoom } from "./check-ids.ts";
import { assertWantedLogits } from "./check-logits.ts";
import { embeddingScale } from "./embedding-scale.ts";
import { feed, type RecordedPass, type Sequence } from "./feed.ts";
import { type ForwardArguments, forward } from "./forward.ts";
import { KVCache, type KVMemory } from "./kv-cache.ts";
import type { WantedLogits } from "./passes.ts";
import { type PassSlots, passSlots, separateSlots, sharedSlots } from "./slots.ts";
import { forwardTape } from "./tape.ts";
import { assertRecorded, type RecordedTap } from "./taps.ts";
import { TOP_COLUMNS, type TopToken, topToken } from "./top.ts";
import { FaultSearch } from "./turns/fault-search.ts";
import { Turns, type TurnsOptions } from "./turns/turns.ts";
import { type Unembedding, unembed } from "./unembed.ts";
import { type Walk, walk } from "./walk.ts";
import { freeWeights, streamWeights, uploadWeights } from "./weights/load.ts";
import { matchWeights } from "./weights/match.ts";
import type { Weights } from "./weights/weights.ts";

/** What a model is made of: its shapes, its tensors, and what computes. */
export interface ModelOptions<Dev extends Handles> {
  /** The shapes of the model. Whether its output projection is the table, the tensors say. */
  readonly config: GemmaConfig;
  /** The checkpoint's tensors by name, surplus vocabulary rows and all. */
  readonly tensors: ReadonlyMap<string, RowSource>;
  /** What computes. */
  readonly backend: Backend<Dev>;
  /**
   * What the embedding is scaled by: √D exact, or rounded to bfloat16 as the released model runs.
   * Default: rounded where the backend's precision is bfloat16.
   */
  readonly embedScale?: "exact" | "bfloat16";
  /** Rows of the table that stand for no token, so that generation never chooses them. Default: none. */
  readonly paddingIds?: readonly number[];
  /** The page that is run: to try another structure, or to put in a bug and see what it does. Default forward.ts. */
  readonly forward?: typeof forward;
  /**
   * Load without waiting for the weights: they arrive while the first prompt is computed, which fails if
   * they cannot. A backend without `uploadLater` gets them before. Default false.
   */
  readonly background?: boolean;
  /** The checkpoint's name in error messages. */
  readonly name?: string;
  /** Stops the loading, in the background too. */
  readonly signal?: AbortSignal;
  /** Told how many bytes of the weights are there, and of how many, in the phase `"load"`. */
  readonly onProgress?: (progress: Progress) => void;
}

const MODEL_NAMES: OptionNames<ModelOptions<Handles>> = {
  config: true,
  tensors: true,
  backend: true,
  embedScale: true,
  paddingIds: true,
  forward: "function",
  background: "boolean",
  name: true,
  signal: true,
  onProgress: "function",
};

/** How a pass is done. */
export interface ForwardOptions {
  /** Logits of the last token (default), of the last so many, of all, or of none. */
  readonly logits?: WantedLogits;
  /** Stops it; the cache then stands at a whole pass. */
  readonly signal?: AbortSignal;
  /** The call that errors name. Default "forward". */
  readonly op?: string;
}

const FORWARD_NAMES: OptionNames<ForwardOptions> = { logits: true, signal: true, op: true };

export interface TopOptions {
  readonly signal?: AbortSignal;
  /** The call that errors name. Default "top". */
  readonly op?: string;
}

const TOP_NAMES: OptionNames<TopOptions> = { signal: true, op: true };

export interface ForwardEachOptions {
  /** Whose logits: of all tokens (default), or of the last so many. Those before are fed and cost no logits. */
  readonly logits?: "all" | number;
  /** What errors call the sequence. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

const FORWARD_EACH_NAMES: OptionNames<ForwardEachOptions> = {
  logits: true,
  name: true,
  signal: true,
};

/** Sequences whose last hidden states are wanted. */
export interface HiddenStates<Dev extends Handles> {
  /** The call that errors name. */
  readonly op: string;
  readonly batch: readonly Sequence<Dev>[];
  readonly signal?: AbortSignal;
  /** Is given [R, D] of the tokens `begin` … `begin` + R − 1 of a sequence. It may keep none of them. */
  take(rows: FloatArray, sequence: number, begin: number): void;
}

/** How large a cache is. */
export interface CacheOptions {
  /** Most tokens the cache will hold. Default: what the model was trained for. */
  readonly contextLength?: number;
}

const CACHE_NAMES: OptionNames<CacheOptions> = { contextLength: true };

export interface CopyCacheOptions extends CacheOptions {
  readonly signal?: AbortSignal;
}

const COPY_CACHE_NAMES: OptionNames<CopyCacheOptions> = { ...CACHE_NAMES, signal: true };

/** What an adapter is added with. */
export interface AddAdapterOptions {
  /** Where each weight can be read with the adapter in it (`mergeAdapter`), for what looks at weights. */
  readonly sources: ReadonlyMap<string, WeightSource>;
  readonly signal?: AbortSignal;
}

const ADD_NAMES: OptionNames<AddAdapterOptions> = { sources: true, signal: true };

/** What a model has in common with itself under its adapters. */
interface Parts<Dev extends Handles> {
  readonly options: ModelOptions<Dev>;
  readonly weights: Weights<Dev["weight"]>;
  readonly sources: ReadonlyMap<string, WeightSource>;
  readonly arrived: Promise<void>;
  readonly ids: Dev["ids"];
  readonly slots: PassSlots<Dev>;
  readonly adapters: Adapters<Dev>;
  /** Caches that are in use. The set does not keep them: forgotten ones are the garbage collector's. */
  readonly caches: Set<WeakRef<KVCache<Dev>>>;
  readonly own: WeakSet<KVCache<Dev>>;
  readonly life: {
    /** The passes of all calls of `forward`. */
    turns?: Turns<Dev>;
    /** What is said to calls after {@link Model.dispose}. */
    ended?: Error;
  };
}

/** Positions a cache has room for at first, where it can grow. */
const FIRST_ROOM = 64;

/** A model whose weights are in a backend; made by {@link Model.load}. */
export class Model<Dev extends Handles = Handles> {
  /** The shapes of the model (docs/shapes.md). */
  readonly config: GemmaConfig;
  /** What computes. */
  readonly backend: Backend<Dev>;
  /** Its weights, as handles of the backend. */
  readonly weights: Weights<Dev["weight"]>;
  /** Where each weight can still be read, as it is stored; under an adapter, with that in it. */
  readonly sources: ReadonlyMap<string, WeightSource>;
  /** Settles when all weights are there, or one cannot be had. */
  readonly arrived: Promise<void>;
  /** What embeddings are multiplied by. */
  readonly embedScale: number;
  /** Rows of the table that stand for no token: see {@link ModelOptions}. */
  readonly paddingIds: readonly number[];
  /** The adapter with which it computes, by name; undefined for the model alone. See {@link Model.withAdapter}. */
  readonly adapter: string | undefined;
  /**
   * What is held beside the weights.
   * @internal
   */
  readonly adapters: Adapters<Dev>;
  readonly #parts: Parts<Dev>;
  readonly #held: HeldAdapter<Dev> | undefined;
  readonly #forward: typeof forward;
  readonly #ids: Dev["ids"];
  readonly #slots: PassSlots<Dev>;
  readonly #turns: Turns<Dev>;
  readonly #caches: Set<WeakRef<KVCache<Dev>>>;
  readonly #own: WeakSet<KVCache<Dev>>;
  /** The forward pass as data; made when it is first needed. */
  #tape: Tape | undefined;

  private constructor(parts: Parts<Dev>, adapter?: string, held?: HeldAdapter<Dev>) {
    if (parts?.weights === undefined) {
      throw refusals("Model").argument(undefined, "await Model.load(options)", "new Model()");
    }
    const { options, weights, sources, arrived, ids, slots, life } = parts;
    const { config, backend, embedScale, name = "checkpoint" } = options;
    const { precision } = backend.info;
    const rounding = embedScale ?? (precision === "bfloat16" ? "bfloat16" : "exact");
    this.#forward = options.forward ?? forward;
    this.config = config;
    this.backend = backend;
    this.weights = weights;
    this.sources = held?.sources ?? sources;
    this.arrived = arrived;
    this.adapter = adapter;
    this.adapters = parts.adapters;
    this.#parts = parts;
    this.#held = held;
    this.paddingIds = options.paddingIds ?? [];
    this.embedScale = embeddingScale(config.hiddenSize, rounding);
    this.#ids = ids;
    this.#slots = slots;
    this.#caches = parts.caches;
    this.#own = parts.own;
    const run = this.#run.bind(this);
    const except = this.paddingIds;
    const setting = { model: this, ids, slots, except, run };
    life.turns ??= new Turns<Dev>(setting, new FaultSearch(setting, sources, name));
    this.#turns = life.turns;
  }

  /**
   * Uploads a checkpoint into a backend. What was uploaded is freed again if that fails.
   * @throws {FormatError} if the tensors are not those of `config`.
   * @throws {ArgumentError} if the backend's `info` makes no sense.
   */
  static async load<Dev extends Handles>(options: ModelOptions<Dev>): Promise<Model<Dev>> {
    assertOptions("Model.load", options, MODEL_NAMES);
    const { tensors, backend, name, signal, onProgress } = options;
    assertOneOf("Model.load", "embedScale", options.embedScale, ["exact", "bfloat16"]);
    assertBackendInfo(backend);
    assertIdsBelow("Model.load", options.paddingIds ?? [], options.config.vocabSize, "paddingIds");
    signal?.throwIfAborted();
    const matched = await matchWeights(options.config, tensors, name, signal);
    const { config, weights: sources } = matched;
    const total = sum([...sources.values()].map(byteLength));
    let loaded = 0;
    const upload = {
      signal,
      onWeight(source: WeightSource) {
        loaded += byteLength(source);
        onProgress?.({ phase: "load", file: source.file ?? name ?? source.name, loaded, total });
      },
    };
    const { weights, arrived } =
      options.background && canStream(backend)
        ? streamWeights(config, sources, backend, upload)
        : await uploadWeights(config, sources, backend, upload);
    try {
      const { maxRows } = backend.info;
      return new Model({
        options: { ...options, config },
        weights,
        sources,
        arrived,
        ids: backend.allocIds(maxRows),
        slots: passSlots(backend, config, maxRows),
        adapters: new Adapters(config, backend, weights),
        caches: new Set(),
        own: new WeakSet(),
        life: {},
      });
    } catch (error) {
      freeWeights(backend, weights);
      throw error;
    }
  }

  /** The names of the adapters that are held beside the weights. */
  get adapterNames(): string[] {
    return this.adapters.names;
  }

  /**
   * Holds an adapter beside the weights, which stay as they are: y = x Wᵀ + (x Aᵀ) (s · B)ᵀ, for the tokens that ask for it.
   * Answers that are under way go on meanwhile.
   *
   *     await model.addAdapter("poet", adapter, { sources: mergeAdapter(model.sources, adapter).tensors });
   *     const poet = model.withAdapter("poet");
   *
   * @throws {ArgumentError} if there is one of that name, or it does not fit the model.
   */
  async addAdapter(name: string, adapter: LowRank, options: AddAdapterOptions): Promise<void> {
    const op = "addAdapter";
    this.#assertLive();
    assertOptions(op, options, ADD_NAMES);
    const { sources, signal } = options;
    if (!(sources instanceof Map)) {
      throw refusals(op).argument("sources", "weights by name", brief(sources));
    }
    const adding = () => this.adapters.add(op, name, adapter, sources, signal);
    await this.#whileLive(op, [], adding);
  }

  /**
   * Frees an adapter. What is being computed with it rejects, and so do later calls with its caches.
   * @throws {ArgumentError} if there is none of that name.
   */
  removeAdapter(name: string): void {
    const op = "removeAdapter";
    this.#assertLive();
    this.adapters.get(op, name);
    const reason = removed(name);
    for (const reference of [...this.#caches]) {
      const cache = reference.deref();
      if (cache?.adapter === name) cache.dispose(reason);
    }
    this.adapters.remove(op, name);
  }

  /**
   * The same model under an adapter that is held, or without one: it has the same weights, backend and passes, and makes
   * caches whose tokens are computed with that adapter. Any number of them may be at work at the same time. Disposing
   * one disposes all.
   * @param name null for the model alone.
   * @param op the call that errors name.
   * @throws {ArgumentError} if no adapter of that name is held.
   */
  withAdapter(name: string | null, op = "withAdapter"): Model<Dev> {
    this.#assertAlive();
    if (name === null) return this.adapter === undefined ? this : new Model(this.#parts);
    const held = this.adapters.get(op, name);
    return held === this.#held ? this : new Model(this.#parts, name, held);
  }

  /**
   * A cache for one sequence of up to `contextLength` tokens (default: what the model was trained for). It
   * takes memory as it fills, where the backend can let it grow: 0.9 MB a token for the 7B in float32.
   * @param options {@link CacheOptions}
   */
  createCache(options: CacheOptions = {}): KVCache<Dev> {
    this.#assertLive();
    assertOptions("createCache", options, CACHE_NAMES);
    return this.#createCache("createCache", options);
  }

  /**
   * A cache that holds what `cache` holds, as if it had been fed the same: so that several texts go on from one
   * beginning, which is computed once. From then on the two know nothing of each other.
   * @param options `contextLength` by default as that of `cache`.
   * @throws {UnsupportedError} if the backend has no `copyKV`; then feed the beginning again.
   * @throws {ArgumentError} if the tokens do not fit.
   */
  async copyCache(cache: KVCache<Dev>, options: CopyCacheOptions = {}): Promise<KVCache<Dev>> {
    const op = "copyCache";
    this.#assertLive();
    assertOptions(op, options, COPY_CACHE_NAMES);
    if (!(cache instanceof KVCache)) throw noCache(op, cache);
    this.#assertOwn(op, cache);
    cache.assertLive(op);
    const { backend } = this;
    if (!backend.copyKV) {
      const expected = "a backend that copies caches (copyKV)";
      const hint = "feed the tokens again";
      throw refusals(op).unsupported("backend", expected, brief(backend.info.name), hint);
    }
    const { contextLength = cache.contextLength, signal } = options;
    const { length, tokens } = cache;
    const copy = this.#createCache(op, { contextLength }, length);
    try {
      copy.acquire(op);
      backend.copyKV(copy.kv, cache.kv, length);
      await this.#whileLive(op, [{ cache: copy }], () => this.#done(signal));
      copy.advance(op, tokens);
      copy.release();
      return copy;
    } catch (error) {
      copy.release();
      copy.dispose();
      throw error;
    }
  }

  /**
   * Hands over the keys and values that a cache holds: see cache-numbers.ts.
   * @internal
   */
  async readCache(
    op: string,
    cache: KVCache<Dev>,
    take: (layer: number, part: CachePart, numbers: FloatArray) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    if (!(cache instanceof KVCache)) throw noCache(op, cache);
    await this.#whileLive(op, [{ cache }], async () => {
      cache.acquire(op);
      try {
        await readCache(op, this, cache, take, signal);
      } finally {
        cache.release();
      }
    });
  }

  /**
   * A cache that holds `tokens`, whose keys and values are given.
   * @throws {ArgumentError} if they do not fit.
   * @internal
   */
  async filledCache(
    op: string,
    tokens: readonly number[],
    give: (layer: number, part: CachePart) => Promise<FloatArray>,
    contextLength?: number,
    signal?: AbortSignal,
  ): Promise<KVCache<Dev>> {
    this.#assertLive();
    const cache = this.#createCache(op, { contextLength }, tokens.length);
    cache.acquire(op);
    try {
      const { length } = tokens;
      const work = () => writeCache(this, cache, length, give, signal);
      await this.#whileLive(op, [{ cache }], work);
      cache.advance(op, tokens);
      cache.release();
      return cache;
    } catch (error) {
      cache.release();
      cache.dispose();
      throw error;
    }
  }

  #createCache(op: string, { contextLength: length }: CacheOptions, held = 0): KVCache<Dev> {
    const contextLength = length ?? this.config.maxPositionEmbeddings;
    const limit = this.config.maxPositionEmbeddings;
    const from = Math.max(1, held);
    const as = `an integer from ${from} to ${limit} (max_position_embeddings)`;
    assertInteger(op, "contextLength", contextLength, { from, to: limit, as });
    const { backend } = this;
    const first = Math.min(contextLength, Math.max(FIRST_ROOM, held));
    const positions = backend.reserve ? first : contextLength;
    const kv = backend.createKV(this.config, { positions });
    const caches = this.#caches;
    const memory: KVMemory = {
      positions,
      reserve: (more) => backend.reserve?.(kv, { positions: more }),
      free() {
        caches.delete(reference);
        backend.free("kv", kv);
      },
    };
    const cache: KVCache<Dev> = new KVCache(kv, contextLength, memory, this.adapter);
    const reference = new WeakRef(cache);
    for (const other of caches) if (!other.deref()) caches.delete(other);
    caches.add(reference);
    this.#own.add(cache);
    return cache;
  }

  /**
   * Feeds `ids` [T] after the tokens in `cache` → logits: [1, V] of the last, [n, V] of the last n, [T, V] of all, [0, V] of none.
   * On an abort or an error the cache keeps the tokens of the passes that were finished.
   * @throws {ArgumentError} if an id is outside the vocabulary, or the context is too short.
   * @throws {FormatError} if a logit is NaN or infinite because a weight is: says which.
   * @throws {UnsupportedError} if a logit is NaN or infinite though all weights are finite: says where that
   * shows first.
   * @throws {BackendError} if the backend fails.
   */
  forward(ids: ArrayLike<number>, cache: KVCache<Dev>, options?: ForwardOptions): Promise<NdArray>;
  /**
   * Feeds several sequences side by side, of any lengths, each after the tokens in its own cache → the logits
   * of each. They share passes, so that the weights are read once for all of them.
   */
  forward(batch: readonly Sequence<Dev>[], options?: ForwardOptions): Promise<NdArray[]>;
  async forward(
    first: ArrayLike<number> | readonly Sequence<Dev>[],
    second?: KVCache<Dev> | ForwardOptions,
    third: ForwardOptions = {},
  ): Promise<NdArray | NdArray[]> {
    const options = (second instanceof KVCache ? third : second) ?? {};
    assertOptions("forward", options, FORWARD_NAMES);
    assertWantedLogits("forward", options.logits);
    if (second instanceof KVCache) {
      const one = { ids: first as ArrayLike<number>, cache: second };
      return (await this.#logits([one], options))[0];
    }
    if (isBatch(first)) return this.#logits(first, options);
    throw noCache("forward", second);
  }

  /**
   * As {@link Model.forward} with the logits of many tokens, handed over as they come: at no time are there more than
   * `backend.info.maxRows` rows of them.
   * @param take is given logits [R, V], of the tokens `begin` … `begin` + R − 1. It may keep none of them.
   */
  async forwardEach(
    ids: ArrayLike<number>,
    cache: KVCache<Dev>,
    take: (logits: NdArray, begin: number) => void,
    options: ForwardEachOptions = {},
  ): Promise<void> {
    const op = "forwardEach";
    assertOptions(op, options, FORWARD_EACH_NAMES);
    if (!(cache instanceof KVCache)) throw noCache(op, cache);
    if (typeof take !== "function") {
      throw refusals(op).argument("take", "a function (logits, begin)", brief(take));
    }
    const { logits = "all", signal, name } = options;
    assertWantedLogits(op, logits);
    const V = this.config.vocabSize;
    await this.#feed([{ ids, cache, name }], {
      op,
      wanted: logits,
      signal,
      take: (values, _, begin) => take(tensor(values, [values.length / V, V]), begin),
    });
  }

  /**
   * Feeds several sequences, as {@link Model.forward} does → the most probable next token of each: its logit, and the
   * logarithm of its probability. Where the backend has `top`, logits stay where they are. `paddingIds` are not chosen.
   * @throws as {@link Model.forward}.
   */
  async top(batch: readonly Sequence<Dev>[], options: TopOptions = {}): Promise<TopToken[]> {
    assertOptions("top", options, TOP_NAMES);
    if (!isBatch(batch)) {
      throw refusals("top").argument("batch", "a list of { ids, cache }", brief(batch));
    }
    const found: TopToken[] = [];
    const take = (numbers: FloatArray, sequence: number) => {
      found[sequence] = topToken(numbers);
    };
    const { op = "top", signal } = options;
    await this.#feed(batch, { op, wanted: { nextTokens: 1 }, signal, take });
    return found;
  }

  /**
   * As {@link Model.top} of one sequence, after each of its ids: what follows the first of them, the first two, and so on.
   * @throws as {@link Model.forward}.
   */
  async topEach(sequence: Sequence<Dev>, options: TopOptions = {}): Promise<TopToken[]> {
    const { op = "topEach", signal } = options;
    assertOptions(op, options, TOP_NAMES);
    if (!isBatch([sequence])) {
      throw refusals(op).argument("sequence", "{ ids, cache }", brief(sequence));
    }
    const found: TopToken[] = [];
    const take = (numbers: FloatArray) => {
      for (let at = 0; at < numbers.length; at += TOP_COLUMNS) {
        found.push(topToken(numbers.subarray(at, at + TOP_COLUMNS)));
      }
    };
    const wanted = { nextTokens: sequence.ids.length };
    await this.#feed([sequence], { op, wanted, signal, take });
    return found;
  }

  async #logits(
    batch: readonly Sequence<Dev>[],
    { op = "forward", logits = "last", signal }: ForwardOptions,
  ): Promise<NdArray[]> {
    const { vocabSize: V } = this.config;
    const parts = batch.map((): FloatArray[] => []);
    const take = (values: FloatArray, sequence: number) => {
      // The rows of others lie in the same memory.
      const isShared = values.byteLength < values.buffer.byteLength;
      parts[sequence].push(isShared ? values.slice() : values);
    };
    await this.#feed(batch, { op, wanted: logits, signal, take });
    return parts.map((some) => {
      const data = this.#concatenate(some);
      return tensor(data, [data.length / V, V]);
    });
  }

  #feed(batch: readonly Sequence<Dev>[], options: TurnsOptions): Promise<void> {
    return this.#whileLive(options.op, batch, () => this.#turns.feed(batch, options));
  }

  /**
   * As {@link Model.forward}, keeping recorded intermediates: each tap of `names` by name, [T, columns],
   * `logits` for all tokens, whatever numbers they are. With `ids` of a whole sequence and a new cache,
   * interp/run/trace.ts derives the rest.
   */
  async record(
    ids: ArrayLike<number>,
    cache: KVCache<Dev>,
    names: readonly RecordedTap[],
    signal?: AbortSignal,
  ): Promise<Map<RecordedTap, NdArray>> {
    this.#assertLive();
    assertSignal("record", signal);
    assertIds("record", ids, this.config);
    assertRecorded("record", names, this.config);
    const { backend, config } = this;
    const span = Math.min(backend.info.maxRows, Math.max(1, ids.length));
    const slots = separateSlots(backend, config, { rows: span, logitRows: span });
    const collected = new Map<RecordedTap, FloatArray[]>(names.map((name) => [name, []]));
    const read = ({ count }: RecordedPass<Dev>) => {
      const rows = { from: 0, count };
      // Recorded together, so that no other pass comes between them. The last only waits, for when `names` is empty.
      const reads = names.map((name) => backend.read(slots(name), rows, signal));
      return Promise.all([...reads, backend.read(slots("logits"), { from: 0, count: 0 }, signal)]);
    };
    const collect = (values: readonly FloatArray[]) => {
      for (const [i, name] of names.entries()) collected.get(name)?.push(values[i]);
    };
    const run = this.#run.bind(this);
    const op = "record";
    const rest = { signal, slots, ids: this.#ids, run, read, collect };
    const batch = [{ ids, cache }];
    const work = () => feed(this, batch, { op, logits: "all", ...rest });
    await this.#whileLive(op, batch, work).finally(() => slots.free());
    return new Map(
      [...collected].map(([name, parts]) => {
        const data = this.#concatenate(parts);
        return [name, tensor(data, [ids.length, data.length / ids.length])];
      }),
    );
  }

  /**
   * Feeds several sequences, as {@link Model.forward} does, and hands over what the final norm gives, `last_hidden_state` of
   * transformers. Logits are not computed.
   * @internal
   */
  async eachHidden({ op, batch, take, signal }: HiddenStates<Dev>): Promise<void> {
    this.#assertLive();
    const { backend, config } = this;
    const { hiddenSize: D } = config;
    const slots = sharedSlots(backend, config, { rows: backend.info.maxRows, logitRows: 1 });
    const read = ({ count }: RecordedPass<Dev>) =>
      backend.read(slots("ln_final.hook_out"), { from: 0, count }, signal);
    const collect = (values: FloatArray, { stretches }: RecordedPass<Dev>) => {
      for (const { sequence, begin, from, count } of stretches) {
        take(values.subarray(from * D, (from + count) * D), sequence, begin);
      }
    };
    const run = this.#run.bind(this);
    const rest = { signal, slots, ids: this.#ids, run, read, collect };
    const work = () => feed(this, batch, { op, logits: "none", ...rest });
    await this.#whileLive(op, batch, work).finally(() => slots.free());
  }

  /**
   * Feeds `ids` after the tokens in `cache`, step by step: {@link Walk.after} sees, and may change, each intermediate.
   * Passes of others go on meanwhile. interp/ is made of this.
   * @throws as {@link Model.forward}, but that numbers may be NaN or infinite.
   * @internal
   */
  async walk(cache: KVCache<Dev>, options: Walk): Promise<void> {
    const { op, ids } = options;
    this.#assertLive();
    assertIds(op, ids, this.config);
    assertRoom(op, ids.length, cache);
    this.#tape ??= forwardTape(this.config, this.embedScale, this.#forward);
    const tape = this.#tape;
    const after: Walk["after"] = (...step) => {
      this.#assertLive(); // a hook may have taken its time
      cache.assertLive(op);
      return options.after(...step);
    };
    await this.#whileLive(op, [{ cache }], () => walk(this, tape, cache, { ...options, after }));
  }

  /**
   * The logits of rows of a stream, as after the last block: by the norm and the output projection of this model.
   * @throws {UnsupportedError} if the page of the model has no such end.
   * @internal
   */
  async unembed({ take, ...rest }: Unembedding): Promise<void> {
    this.#tape ??= forwardTape(this.config, this.embedScale, this.#forward);
    const tape = this.#tape;
    const live: Unembedding["take"] = (logits, begin) => {
      this.#assertLive(); // the weights of the next piece may be gone
      take(logits, begin);
    };
    await this.#whileLive(rest.op, [], () => unembed(this, tape, { ...rest, take: live }));
  }

  /** All rows in one array; those of one pass as they are. */
  #concatenate(parts: readonly FloatArray[]): FloatArray {
    if (parts.length === 1) return parts[0];
    const length = sum(parts.map((part) => part.length));
    const isWide = this.backend.info.precision === "float64";
    const whole = isWide ? new Float64Array(length) : new Float32Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /**
   * Frees what the model has in its backend: weights, scratch and caches. The backend stays its maker's.
   * @param reason what pending and later calls reject with. Default: an ArgumentError that says so.
   */
  dispose(reason: Error = disposed("Model", "model", "load it again")): void {
    const { life, weights } = this.#parts;
    if (life.ended) return;
    life.ended = reason;
    for (const cache of [...this.#caches]) cache.deref()?.dispose(reason);
    this.#turns.end(reason);
    this.#slots.free();
    this.backend.free("ids", this.#ids);
    this.adapters.free();
    freeWeights(this.backend, weights);
  }

  /** Records a pass, unless the model has been disposed since the one before. */
  #run(pass: ForwardArguments<Dev>): void {
    this.#assertLive();
    const result: unknown = this.#forward(pass);
    if (!(result instanceof Promise)) return;
    const hint = "passes share their slots; model/run-tape.ts runs one step by step, with its own";
    throw refusals("forward").argument("forward", "a synchronous function", "a promise", hint);
  }

  /** Does `work` with caches of this model, unless it is disposed, now or meanwhile. */
  async #whileLive(
    op: string,
    batch: readonly Pick<Sequence<Dev>, "cache">[],
    work: () => Promise<unknown>,
  ): Promise<void> {
    this.#assertLive();
    for (const { cache } of batch) this.#assertOwn(op, cache);
    await work().catch((error) => {
      throw this.#parts.life.ended ?? error;
    });
    this.#assertLive();
  }

  #assertOwn(op: string, cache: KVCache<Dev>): void {
    if (this.#own.has(cache)) {
      this.#assertSameAdapter(op, cache);
      return;
    }
    const [expected, got] = ["a cache of this model", "the cache of another model"];
    throw refusals(op).argument(
      "cache",
      expected,
      got,
      "every model makes its own, by createCache",
    );
  }

  /** Tokens that were fed under one adapter are not those of another. */
  #assertSameAdapter(op: string, cache: KVCache<Dev>): void {
    const { adapter } = cache;
    if (adapter === this.adapter) return;
    cache.assertLive(op); // its adapter may be gone
    const said = (name: string | undefined) =>
      name === undefined ? "no adapter" : `the adapter ${brief(name)}`;
    const [expected, got] = [`a cache with ${said(this.adapter)}`, `one with ${said(adapter)}`];
    const hint =
      "its tokens were computed so: go on with that, or feed them into a cache made with the other";
    throw refusals(op).argument("cache", expected, got, hint);
  }

  /** Settles when all that was recorded is done. */
  #done(signal?: AbortSignal): Promise<unknown> {
    return this.backend.read(this.#slots.of(1)("logits"), { from: 0, count: 0 }, signal);
  }

  /** @throws if the model was disposed, or its adapter taken away. */
  #assertLive(): void {
    this.#assertAlive();
    const { adapter } = this;
    if (adapter === undefined || !this.#held || this.adapters.holds(adapter, this.#held)) return;
    throw removed(adapter);
  }

  #assertAlive(): void {
    const { ended } = this.#parts.life;
    if (ended) throw ended;
  }
}

function removed(name: string): Error {
  const hint = "load it again, or go on with another";
  return refusals("removeAdapter").argument(
    "adapter",
    `the adapter ${brief(name)}`,
    "one that was removed",
    hint,
  );
}

function noCache(op: string, got: unknown): Error {
  return refusals(op).argument("cache", "a cache made by createCache", brief(got));
}

function isBatch<Dev extends Handles>(
  value: ArrayLike<number> | readonly Sequence<Dev>[],
): value is readonly Sequence<Dev>[] {
  return Array.isArray(value) && value.every((one) => one?.cache instanceof KVCache);
}

function canStream<Dev extends Handles>(
  backend: Backend<Dev>,
): backend is Backend<Dev> & Required<Pick<Backend<Dev>, "uploadLater">> {
  return backend.uploadLater !== undefined;
}

function byteLength({ dtype, shape }: WeightSource): number {
  return elementsOf(shape) * BYTES_PER_ELEMENT[dtype];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/**
 * A model under measurement: one prefill, or some steps of decoding, each with the seconds it took. What is measured
 * is what a caller gets: logits read back, and the next token chosen from them; or that token alone, where the backend
 * finds it (`top`).
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { Sequence } from "../model/feed.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { argmax } from "../nn/log-softmax.ts";
import { type Random, xoshiro128 } from "../random.ts";
import { type Profile, profile } from "./profile.ts";

/** What is fed to a model. */
export interface Workload {
  /** Tokens of the prompt. */
  readonly prefill: number;
  /** Steps of decoding. */
  readonly decode: number;
  /** Sequences that are decoded together. */
  readonly batch: number;
  /** Tokens that each of them already has. */
  readonly position: number;
}

/** What is fed to warm up: rows of a prompt, and steps of decoding. */
const [WARM_ROWS, WARM_STEPS] = [16, 2];

/** A model, with caches that are filled. */
export class Subject<Dev extends Handles = Handles> {
  readonly model: Model<Dev>;
  readonly #load: Workload;
  readonly #prompt: KVCache<Dev>;
  readonly #caches: readonly KVCache<Dev>[];
  readonly #random: Random = xoshiro128(1);

  private constructor(model: Model<Dev>, load: Workload) {
    const { prefill, decode, batch, position } = load;
    this.model = model;
    this.#load = load;
    this.#prompt = model.createCache({ contextLength: prefill });
    const contextLength = position + decode;
    this.#caches = Array.from({ length: batch }, () => model.createCache({ contextLength }));
  }

  /** Makes the caches, and fills those that are decoded from with random keys and values. */
  static async create<Dev extends Handles>(
    model: Model<Dev>,
    load: Workload,
  ): Promise<Subject<Dev>> {
    const subject = new Subject(model, load);
    for (const cache of subject.#caches) await fillCache(model, cache, load);
    return subject;
  }

  /** A short prompt and a few steps: an engine compiles a function again after it has run some thousand times. */
  async warmUp(signal?: AbortSignal): Promise<void> {
    await this.#feed(Math.min(WARM_ROWS, this.#load.prefill), signal);
    await this.#steps(Math.min(WARM_STEPS, this.#load.decode), signal);
  }

  /** Seconds from the prompt to the token that follows it. */
  async prefill(signal?: AbortSignal): Promise<number> {
    return this.#feed(this.#load.prefill, signal);
  }

  /** Seconds of all steps of decoding; the batch begins at its position again. */
  async decode(signal?: AbortSignal): Promise<number> {
    return this.#steps(this.#load.decode, signal);
  }

  async #feed(tokens: number, signal?: AbortSignal): Promise<number> {
    const ids = Array.from({ length: tokens }, () => this.#token());
    this.#prompt.rewind(0);
    const batch = [{ ids, cache: this.#prompt }];
    const begin = performance.now();
    await this.#next(batch, signal);
    return (performance.now() - begin) / 1000;
  }

  async #steps(steps: number, signal?: AbortSignal): Promise<number> {
    for (const cache of this.#caches) cache.rewind(this.#load.position);
    let next = this.#caches.map(() => this.#token());
    const begin = performance.now();
    for (let step = 0; step < steps; step++) {
      const batch = this.#caches.map((cache, i) => ({ ids: [next[i]], cache }));
      next = await this.#next(batch, signal);
    }
    return (performance.now() - begin) / 1000;
  }

  /** Feeds `batch` → the next token of each, as greedy generation has it. */
  async #next(batch: readonly Sequence<Dev>[], signal?: AbortSignal): Promise<number[]> {
    if (this.model.backend.top) {
      return (await this.model.top(batch, { signal })).map(({ token }) => token);
    }
    const logits = await this.model.forward(batch, { signal });
    return logits.map((rows) => argmax(rows.pick(0, null)));
  }

  /**
   * Where the time of each goes.
   * @param way see {@link profile}.
   */
  async profile(
    way: Parameters<typeof profile>[2],
    signal?: AbortSignal,
  ): Promise<{ readonly prefill: Profile; readonly decode: Profile }> {
    const prompt = Array.from({ length: this.#load.prefill }, () => this.#token());
    this.#prompt.rewind(0);
    const prefill = await profile(this.model, [{ ids: prompt, cache: this.#prompt }], way, signal);
    for (const cache of this.#caches) cache.rewind(this.#load.position);
    const step = this.#caches.map((cache) => ({ ids: [this.#token()], cache }));
    return { prefill, decode: await profile(this.model, step, way, signal) };
  }

  dispose(): void {
    for (const cache of [this.#prompt, ...this.#caches]) cache.dispose();
  }

  #token(): number {
    return Math.floor(this.#random() * this.model.config.vocabSize);
  }
}

/**
 * Makes room in `cache`, and fills it up to `position` with random keys and values, by the kernel that writes them: to feed 4,000 tokens
 * would take a minute.
 */
async function fillCache<Dev extends Handles>(
  { config, backend }: Model<Dev>,
  cache: KVCache<Dev>,
  { position, decode }: Workload,
): Promise<void> {
  const { numHiddenLayers, numKeyValueHeads: K, headDim: H } = config;
  const rows = Math.max(1, Math.min(backend.info.maxRows, position));
  const random = xoshiro128(2);
  const values = Float32Array.from({ length: rows * K * H }, () => 2 * random() - 1);
  const wide = backend.info.precision === "float64" ? Float64Array.from(values) : values;
  const tensor = backend.alloc("keys and values", rows, K * H);
  try {
    const room = cache.makeRoom(position + decode); // all at once, so that no step waits for a larger cache
    await backend.read(tensor, { from: 0, count: 0 });
    room?.confirm();
    backend.write(tensor, wide);
    for (let pos = 0; pos < position; pos += rows) {
      const spans = [{ from: 0, count: Math.min(rows, position - pos), pos, kv: cache.kv }];
      for (let layer = 0; layer < numHiddenLayers; layer++) {
        backend.ops.kvWrite(layer, tensor, tensor, spans);
      }
    }
    await backend.read(tensor, { from: 0, count: 0 });
    cache.advance("bench", new Array<number>(position).fill(0));
  } finally {
    backend.free("tensor", tensor);
  }
}

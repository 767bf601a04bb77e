/**
 * Sequences one after another through one cache, of which each keeps what it shares with the one before.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { KVCache } from "../../model/kv-cache.ts";
import type { Model } from "../../model/model.ts";
import { argmax, logProbability, logProbabilityAmongTop } from "../../nn/log-softmax.ts";
import type { FloatArray, NdArray } from "../../tensor/tensor.ts";
import { commonPrefix } from "./order.ts";
import type { Planned } from "./plan.ts";

/** How the predicted tokens of a sequence came out. */
export interface Prediction {
  /** log p of each given all before it, natural logarithm. */
  readonly logprobs: readonly number[];
  /** The same among the topK most probable alone, if the run has a topK. */
  readonly topLogprobs?: readonly number[];
  /** Whether each is the most probable; of equals the one with the lowest id counts. */
  readonly isGreedy: boolean;
  /** Tokens that were fed for it. */
  readonly fed: number;
}

interface Known {
  readonly logprob: number;
  readonly topLogprob: number;
  readonly isTop: boolean;
}

/**
 * One cache, and what is known of the sequence in it.
 *
 *     common prefix → rewind → feed the rest, logits only for the rows that predict
 *
 * A row of logits behind which a later sequence goes on otherwise is kept, so that its token need not be fed again: a
 * question whose choices are a token each costs one feed. Requests in order feed each node of the tree of their prefixes
 * once.
 */
export class PrefixRun<Dev extends Handles> {
  readonly #model: Model<Dev>;
  readonly #cache: KVCache<Dev>;
  /** The last sequence. The cache holds a beginning of it. */
  #ids: readonly number[] = [];
  /** By place in it: how its token came out. */
  #known: (Known | undefined)[] = [];
  /** By place in it: the logits that the token there left. */
  readonly #rows = new Map<number, FloatArray>();

  readonly #topK: number | undefined;

  /** @param contextLength most tokens that are fed of a sequence. */
  constructor(model: Model<Dev>, contextLength: number, topK?: number) {
    this.#model = model;
    this.#topK = topK;
    this.#cache = model.createCache({ contextLength });
  }

  /** Predicts the tokens of `sequence` from its `from` on. The last of them is not fed. */
  async predict(sequence: Planned, signal?: AbortSignal): Promise<Prediction> {
    const { ids, from } = sequence;
    this.#goBackTo(ids);
    const unknown = this.#firstUnknown(sequence);
    const fed = unknown === ids.length ? 0 : await this.#feed(sequence, unknown, signal);
    const some = this.#known.slice(from, ids.length) as Known[];
    return {
      logprobs: some.map(({ logprob }) => logprob),
      ...(this.#topK && { topLogprobs: some.map(({ topLogprob }) => topLogprob) }),
      isGreedy: some.every(({ isTop }) => isTop),
      fed,
    };
  }

  dispose(): void {
    this.#cache.dispose();
  }

  /** Forgets what does not belong to a beginning of `ids`. */
  #goBackTo(ids: readonly number[]): void {
    const common = commonPrefix(this.#ids, ids);
    this.#cache.rewind(Math.min(this.#cache.length, common));
    this.#known.length = Math.min(this.#known.length, common);
    for (const place of this.#rows.keys()) if (place >= common) this.#rows.delete(place);
    this.#ids = ids;
  }

  /** The first token whose prediction is neither known nor found in a row that was kept. */
  #firstUnknown({ ids, from }: Planned): number {
    for (let place = from; place < ids.length; place++) {
      if (this.#known[place]) continue;
      const row = this.#rows.get(place - 1);
      if (!row) return place;
      this.#learn(place, row);
    }
    return ids.length;
  }

  /** Feeds what predicts `unknown` and all behind it. */
  async #feed(sequence: Planned, unknown: number, signal?: AbortSignal): Promise<number> {
    const { ids, usefulFrom, branches } = sequence;
    const end = ids.length - 1;
    const begin = Math.min(this.#cache.length, unknown - 1);
    this.#cache.rewind(begin);
    const firstRow = Math.max(begin, Math.min(usefulFrom, unknown) - 1);
    const V = this.#model.config.vocabSize;
    const take = ({ data, shape: [R] }: NdArray, at: number) => {
      for (let r = 0; r < R; r++) {
        const place = begin + at + r;
        const row = (data as FloatArray).subarray(r * V, (r + 1) * V);
        this.#learn(place + 1, row);
        if (branches.includes(place + 1)) this.#rows.set(place, row.slice());
      }
    };
    const some = ids.slice(begin, end);
    await this.#model.forwardEach(some, this.#cache, take, { logits: end - firstRow, signal });
    return end - begin;
  }

  #learn(place: number, row: FloatArray): void {
    const id = this.#ids[place];
    const topLogprob = this.#topK ? logProbabilityAmongTop(row, id, this.#topK) : Number.NaN;
    this.#known[place] = {
      logprob: logProbability(row, id),
      topLogprob,
      isTop: argmax(row) === id,
    };
  }
}

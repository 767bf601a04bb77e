/**
 * One cache of the server, and what is known of the tokens in it. Evaluations ask about many texts that begin alike, and a
 * chat begins with all that was said: what a text shares with the last one of its slot is not fed again, and predictions
 * that were looked at are remembered.
 * @module
 */
import type { Handles } from "../../../backend/backend.ts";
import { commonPrefix } from "../../../evaluation/prefix/order.ts";
import type { Next } from "../../../generation/chooser.ts";
import { type Look, lookAt } from "../../../generation/logits/top-logprobs.ts";
import { nextOf } from "../../../generation/steps.ts";
import type { KVCache } from "../../../model/kv-cache.ts";
import type { Model } from "../../../model/model.ts";
import { orAborted } from "../../../signals.ts";
import type { FloatArray, NdArray } from "../../../tensor/tensor.ts";

/** What is wanted of a text. */
export interface Feeding {
  /** How many of the most probable tokens to look at in each place; undefined: nobody looks. */
  readonly top: number | undefined;
  /** Whether something comes behind the text: else its last token need not be fed. */
  readonly goesOn: boolean;
  /** Whether all logits of the last token are wanted, to draw from or to look at. */
  readonly needsLogits: boolean;
  readonly signal: AbortSignal;
}

/** A place for one text at a time. */
export class Slot {
  /** What computes, with the adapter of the tokens in the cache. */
  readonly model: Model<Handles>;
  #cache: KVCache<Handles>;
  /** The tokens in the cache. */
  #ids: readonly number[] = [];
  /** By place: how its token came out. */
  #known: (Look | undefined)[] = [];
  /** When it was taken last, as a number that grows. */
  usedAt = 0;
  isTaken = false;
  /** The text that it was taken for. */
  #coming: readonly number[] = [];
  /** Settles when that has been fed, or nobody wants it any more. */
  #arrived: Promise<void> = Promise.resolve();
  #arrive: () => void = () => {};
  /** Tokens that were fed here, ever. */
  fed = 0;

  constructor(model: Model<Handles>, contextLength: number) {
    this.model = model;
    this.#cache = model.createCache({ contextLength });
  }

  get cache(): KVCache<Handles> {
    return this.#cache;
  }

  /** Takes it for a text. `release` gives it back. */
  take(ids: readonly number[]): void {
    this.isTaken = true;
    this.#coming = ids;
    this.#arrived = new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }

  release(): void {
    this.isTaken = false;
    this.#arrive();
  }

  /** How many tokens of a text are here already. */
  shares(ids: readonly number[]): number {
    return commonPrefix(this.#ids, ids);
  }

  /** How many tokens of a text will be here when the text that it was taken for has been fed. */
  willShare(ids: readonly number[]): number {
    return this.isTaken ? commonPrefix(this.#coming, ids) : this.shares(ids);
  }

  /**
   * Begins with what another slot holds of `ids`, which is waited for while it is being fed: of several clients that ask at
   * the same time about texts that begin alike, the first pays for the beginning.
   */
  async inherit(other: Slot, ids: readonly number[], signal: AbortSignal): Promise<void> {
    await orAborted(other.#arrived, signal);
    const common = other.shares(ids);
    if (common <= this.shares(ids)) return; // it was given up, or is another text by now
    const { contextLength } = this.#cache;
    const known = other.#known.slice(0, common);
    const copy = await this.model.copyCache(other.#cache, { contextLength, signal });
    copy.rewind(common);
    this.#cache.dispose();
    this.#cache = copy;
    this.#ids = ids.slice(0, common);
    this.#known = known;
  }

  /**
   * Feeds what is missing of `ids`, which begin with BOS → what the next token is chosen by; undefined if nothing comes
   * behind them.
   */
  async feed(ids: readonly number[], wanted: Feeding): Promise<Next | undefined> {
    const { top, goesOn, needsLogits, signal } = wanted;
    const common = this.shares(ids);
    this.#known.length = Math.min(this.#known.length, common);
    const end = goesOn ? ids.length : ids.length - 1;
    // The last token is fed in any case: its logits begin the answer.
    const last = goesOn ? end - 1 : end;
    const begin = Math.min(common, last, top === undefined ? last : this.#firstUnknown(ids, top));
    this.cache.rewind(begin);
    this.#ids = ids.slice(0, begin);
    if (begin === end) return undefined;
    const some = ids.slice(begin, end);
    try {
      if (top !== undefined) return await this.#look(ids, begin, some, top, signal);
      const choosing = { op: "serve", temperature: needsLogits ? 1 : 0 };
      return await nextOf(this.model, { ids: some, cache: this.cache }, choosing, signal);
    } finally {
      this.fed += this.cache.length - begin;
      this.#ids = ids.slice(0, this.cache.length);
      this.#arrive();
    }
  }

  /** How each token of a text that was fed with `top` came out; undefined for the first, which is given. */
  looks(ids: readonly number[]): (Look | undefined)[] {
    return ids.map((_, place) => (place === 0 ? undefined : this.#known[place]));
  }

  /** Tokens were fed behind the text by an answer. */
  wasContinued(ids: readonly number[], tokens: readonly number[]): void {
    this.fed += Math.max(0, this.cache.length - this.#ids.length);
    this.#ids = [...ids, ...tokens].slice(0, this.cache.length);
  }

  dispose(): void {
    this.cache.dispose();
  }

  /** The token in front of the first whose prediction is not known. */
  #firstUnknown(ids: readonly number[], top: number): number {
    for (let place = 1; place < ids.length; place++) {
      const look = this.#known[place];
      if (!look || look.top.length < top) return place - 1;
    }
    return ids.length;
  }

  async #look(
    ids: readonly number[],
    begin: number,
    some: readonly number[],
    top: number,
    signal: AbortSignal,
  ): Promise<FloatArray | undefined> {
    const { config, paddingIds } = this.model;
    const V = config.vocabSize;
    let last: FloatArray | undefined;
    const take = ({ data, shape: [R] }: NdArray, at: number) => {
      for (let r = 0; r < R; r++) {
        const place = begin + at + r + 1;
        const row = (data as FloatArray).subarray(r * V, (r + 1) * V);
        if (place < ids.length) this.#known[place] = lookAt(row, ids[place], top, paddingIds);
        else last = row.slice();
      }
    };
    await this.model.forwardEach(some, this.cache, take, { signal });
    return last;
  }
}

/** The slots of a server: as many texts are under way at once, and the others wait in the order in which they came. @module */
import type { Handles } from "../../../backend/backend.ts";
import { Places } from "../../../generation/batch/places.ts";
import type { Model } from "../../../model/model.ts";
import { Slot } from "./slot.ts";

/** A beginning of so many tokens is worth the copy of a cache. */
const WORTH_A_COPY = 16;

/** A number of slots, made when they are first needed. A slot is of one adapter, or of the model alone. */
export class Slots {
  readonly #contextLength: number;
  readonly #count: number;
  readonly #places: Places;
  #slots: Slot[] = [];
  #clock = 0;
  /** Tokens that were fed in slots that are gone. */
  #fed = 0;

  constructor(contextLength: number, count: number) {
    this.#contextLength = contextLength;
    this.#count = count;
    this.#places = new Places(count);
  }

  /** Texts that are under way. */
  get taken(): number {
    return this.#slots.filter(({ isTaken }) => isTaken).length;
  }

  /** Tokens that were fed so far. */
  get fed(): number {
    return this.#slots.reduce((sum, { fed }) => sum + fed, this.#fed);
  }

  /**
   * Does `work` in the free slot of `model`, which may have an adapter, that shares most with `ids`.
   * @throws the signal's reason, if it is aborted before there is a slot.
   */
  async *with<T>(
    model: Model<Handles>,
    ids: readonly number[],
    signal: AbortSignal,
    work: (slot: Slot) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const leave = await this.#places.enter(1, signal);
    let slot: Slot | undefined;
    try {
      const better = model.backend.copyKV ? this.#mostSharing(model, ids) : undefined;
      slot = this.#take(model, ids);
      const own = slot.shares(ids);
      slot.take(ids);
      if (better && better !== slot && better.willShare(ids) >= own + WORTH_A_COPY) {
        await slot.inherit(better, ids, signal);
      }
      yield* work(slot);
    } finally {
      slot?.release();
      leave();
    }
  }

  dispose(): void {
    for (const slot of this.#slots) slot.dispose();
  }

  #take(model: Model<Handles>, ids: readonly number[]): Slot {
    this.#slots = this.#slots.filter(({ isTaken, cache }) => isTaken || !cache.isDisposed); // its adapter is gone
    const free = this.#slots.filter(({ isTaken }) => !isTaken);
    const [best] = this.#of(model, free)
      .map((slot) => ({ slot, shares: slot.shares(ids) }))
      .sort((a, b) => b.shares - a.shares || a.slot.usedAt - b.slot.usedAt);
    // BOS alone is not worth that another text is forgotten.
    const isNew = this.#slots.length < this.#count && (!best || best.shares <= 1);
    if (!isNew && !best) this.#drop(free.reduce((a, b) => (a.usedAt < b.usedAt ? a : b)));
    const slot = isNew || !best ? this.#add(model) : best.slot;
    slot.usedAt = ++this.#clock;
    return slot;
  }

  /** The slot, taken or free, that holds most of a text, or will soon. */
  #mostSharing(model: Model<Handles>, ids: readonly number[]): Slot | undefined {
    const own = this.#of(model, this.#slots);
    const shares = own.map((slot) => slot.willShare(ids));
    return own[shares.indexOf(Math.max(...shares))];
  }

  #of({ adapter }: Model<Handles>, slots: readonly Slot[]): readonly Slot[] {
    return slots.filter((slot) => slot.model.adapter === adapter && !slot.cache.isDisposed);
  }

  #add(model: Model<Handles>): Slot {
    const slot = new Slot(model, this.#contextLength);
    this.#slots.push(slot);
    return slot;
  }

  /** Its text is forgotten: another adapter needs the place. */
  #drop(slot: Slot): void {
    this.#fed += slot.fed;
    this.#slots = this.#slots.filter((other) => other !== slot);
    slot.dispose();
  }
}

/** The slots of a server: as many texts are under way at once, and the others wait in the order in which they came. @module */
import type { Handles } from "../../../backend/backend.ts";
import { Places } from "../../../generation/batch/places.ts";
import type { Model } from "../../../model/model.ts";
import { Slot } from "./slot.ts";

/** A beginning of so many tokens is worth the copy of a cache. */
const WORTH_A_COPY = 16;

/** A number of slots, made when they are first needed. */
export class Slots {
  readonly #model: Model<Handles>;
  readonly #contextLength: number;
  readonly #count: number;
  readonly #places: Places;
  readonly #slots: Slot[] = [];
  #clock = 0;

  constructor(model: Model<Handles>, contextLength: number, count: number) {
    this.#model = model;
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
    return this.#slots.reduce((sum, { fed }) => sum + fed, 0);
  }

  /**
   * Does `work` in the free slot that shares most with `ids`.
   * @throws the signal's reason, if it is aborted before there is a slot.
   */
  async *with<T>(
    ids: readonly number[],
    signal: AbortSignal,
    work: (slot: Slot) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const leave = await this.#places.enter(1, signal);
    let slot: Slot | undefined;
    try {
      const better = this.#model.backend.copyKV ? this.#mostSharing(ids) : undefined;
      slot = this.#take(ids);
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

  #take(ids: readonly number[]): Slot {
    const free = this.#slots.filter(({ isTaken }) => !isTaken);
    const [best] = free
      .map((slot) => ({ slot, shares: slot.shares(ids) }))
      .sort((a, b) => b.shares - a.shares || a.slot.usedAt - b.slot.usedAt);
    // BOS alone is not worth that another text is forgotten.
    const isNew = this.#slots.length < this.#count && (!best || best.shares <= 1);
    const slot = isNew ? this.#add() : best.slot;
    slot.usedAt = ++this.#clock;
    return slot;
  }

  /** The slot, taken or free, that holds most of a text, or will soon. */
  #mostSharing(ids: readonly number[]): Slot | undefined {
    const shares = this.#slots.map((slot) => slot.willShare(ids));
    return this.#slots[shares.indexOf(Math.max(...shares))];
  }

  #add(): Slot {
    const slot = new Slot(this.#model, this.#contextLength);
    this.#slots.push(slot);
    return slot;
  }
}

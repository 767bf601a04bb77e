/**
 * Batches: what is recorded up to one read. Memory that a kernel may still use is freed when its batch is over, and so
 * are those recorded before it.
 * @module
 */
import type { WasmKV } from "../handles.ts";
import type { Memories, Place } from "../memory/memories.ts";
import type { Schedule } from "./schedule.ts";

/** What was recorded up to one read, beside its commands. */
export interface Batch {
  /** Places that are free once it is over, and those before it. */
  readonly frees: (() => readonly Place[])[];
  /** Caches that grow in it, as they were: if it is not done, they have not grown. */
  readonly grown: { kv: WasmKV; before: WasmKV["layers"]; after: WasmKV["layers"] }[];
  isOver: boolean;
}

export class Batches {
  readonly #memories: Memories;
  readonly #schedule: Schedule;
  /** Those that are not over, oldest first. */
  readonly #underWay: Batch[] = [];
  #open: Batch = emptyBatch();
  #isAbandoned = false;

  constructor(memories: Memories, schedule: Schedule) {
    this.#memories = memories;
    this.#schedule = schedule;
  }

  /** Whether nothing is recorded, and nothing under way. */
  get areOver(): boolean {
    return this.#underWay.length === 0 && this.#schedule.isEmpty;
  }

  /** Frees a place when the open batch is over. */
  freeLater(place: Place): void {
    this.#open.frees.push(() => [place]);
  }

  /** A cache that grows in the open batch. */
  grow(kv: WasmKV, after: WasmKV["layers"]): void {
    this.#open.grown.push({ kv, before: kv.layers, after });
    kv.layers = after;
  }

  /** The open batch, which is under way from here on; the next one begins. */
  close(): Batch {
    const batch = this.#open;
    this.#open = emptyBatch();
    this.#underWay.push(batch);
    return batch;
  }

  /** Frees places once all work that was recorded up to now is over; which they are is asked then. */
  retire(places: () => readonly Place[]): void {
    const { frees, grown } = this.#open;
    const isQuiet = this.#schedule.isEmpty && frees.length === 0 && grown.length === 0;
    const last = isQuiet ? this.#underWay.at(-1) : this.#open;
    if (last) last.frees.push(places);
    else this.#free(places);
  }

  /** A batch is over, whether or not it was done. */
  settle(batch: Batch, isDone: boolean): void {
    batch.isOver = true;
    if (this.#isAbandoned) return;
    for (const { kv, before, after } of batch.grown) {
      const isUndone = !isDone && kv.layers === after;
      if (isUndone) kv.layers = before;
      this.retire(() => (isUndone ? after : before).map(({ place }) => place));
    }
    // One that was aborted may be over before those that were recorded earlier, which still use what it frees.
    while (this.#underWay[0]?.isOver) {
      for (const places of (this.#underWay.shift() as Batch).frees) this.#free(places);
    }
  }

  /** Nothing is freed any more: the memories are gone. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  #free(places: () => readonly Place[]): void {
    for (const place of places()) this.#memories.free(place);
  }
}

function emptyBatch(): Batch {
  return { frees: [], grown: [], isOver: false };
}

/**
 * Room for intermediate results, in every memory where kernels work: scratch for each thread, and packed rows of x.
 * It grows to what is needed, and is then used again and again.
 * @module
 */
import type { Memories, Place } from "../memory/memories.ts";
import type { Scratch } from "./command.ts";

/** Rows of x as they were packed last, in one memory. */
export interface PackedRows {
  readonly place: Place;
  readonly bytes: number;
  /** What they are of; undefined if that is not known any more. */
  of: string | undefined;
}

export class Rooms {
  readonly #memories: Memories;
  readonly #threads: () => number;
  /** Frees what kernels may still use, when they are through. */
  readonly #free: (place: Place) => void;
  readonly #scratch = new Map<number, { place: Place; each: number; threads: number }>();
  readonly #packed = new Map<number, PackedRows>();

  constructor(memories: Memories, threads: () => number, free: (place: Place) => void) {
    this.#memories = memories;
    this.#threads = threads;
    this.#free = free;
  }

  /** At least `bytes` for each thread. */
  scratch(memory: number, bytes: number): Scratch {
    const threads = this.#threads();
    let room = this.#scratch.get(memory);
    if (!room || room.each < bytes || room.threads < threads) {
      if (room) this.#free(room.place);
      this.#scratch.delete(memory);
      const each = Math.ceil(Math.max(bytes, room?.each ?? 0) / 64) * 64;
      const place = this.#memories.beside(memory, "scratch", each * threads);
      room = { place, each, threads };
      this.#scratch.set(memory, room);
    }
    return { at: room.place.at, bytes: room.each };
  }

  /** Room for packed rows; what is in it may be of use still. */
  packed(memory: number, bytes: number): PackedRows {
    let room = this.#packed.get(memory);
    if (!room || room.bytes < bytes) {
      if (room) this.#free(room.place);
      this.#packed.delete(memory);
      room = { place: this.#memories.beside(memory, "packed rows", bytes), bytes, of: undefined };
      this.#packed.set(memory, room);
    }
    return room;
  }

  /** From here on nothing is known of what is packed: the work may have been left undone. */
  forgetPacked(): void {
    for (const room of this.#packed.values()) room.of = undefined;
  }

  /** A memory that is there no more. */
  drop(memory: number): void {
    this.#scratch.delete(memory);
    this.#packed.delete(memory);
  }
}

/**
 * The memories of a backend. One of WebAssembly ends at 4 GiB, and Node 20 has no module with several; so each has
 * instances of the kernels of its own, and weights are spread over as many as they need.
 *
 * Memory 0, *home*, holds the activations. Small models lie there as a whole; larger weights and caches go into
 * memories of 1 GiB, which are dropped when they are empty.
 * @module
 */
import { disposed } from "../../../errors.ts";
import { BackendError } from "../../backend.ts";
import { Allocator } from "./allocator.ts";

const PAGE = 65536;

/** How large memories may become, in bytes. */
export interface MemorySizes {
  /** All of home. */
  readonly home: number;
  /** Weights and caches at home. */
  readonly keptAtHome: number;
  /** Weights and caches in another memory. */
  readonly area: number;
  /** Room there for what its kernels need besides. */
  readonly beside: number;
}

export const SIZES: MemorySizes = {
  home: 4 * 2 ** 30 - PAGE,
  keptAtHome: 2 ** 26,
  area: 2 ** 30,
  beside: 2 ** 28,
};

/** Pages that the module is declared with: it takes memories up to that size. */
export const MAXIMUM_PAGES: number = 65535;

/** An address in a memory. */
export interface Place {
  readonly memory: number;
  readonly at: number;
}

interface Area {
  readonly memory: WebAssembly.Memory;
  readonly allocator: Allocator;
  /** Most bytes of weights and caches. */
  readonly most: number;
  /** Those there are, by address. */
  readonly kept: Map<number, number>;
}

/** Told of memories as they come and go. */
export interface MemoryUser {
  add(index: number, memory: WebAssembly.Memory): void;
  drop(index: number): void;
}

export class Memories {
  readonly #areas: (Area | undefined)[] = [];
  /** Whether views of a memory stay what they are when it grows. */
  readonly isShared: boolean;
  readonly #user: MemoryUser;
  readonly #sizes: MemorySizes;

  constructor(isShared: boolean, user: MemoryUser, sizes: MemorySizes = SIZES) {
    this.isShared = isShared;
    this.#user = user;
    this.#sizes = sizes;
    this.#make(sizes.home, sizes.keptAtHome, "activations");
  }

  /**
   * All bytes of a stretch of memory, as of now.
   * @throws {ArgumentError} if the memories were disposed meanwhile.
   */
  bytes({ memory, at }: Place, length: number): Uint8Array {
    const area = this.#areas[memory];
    if (!area) throw disposed("upload", "backend", "load the model again");
    return new Uint8Array(area.memory.buffer, at, length);
  }

  /**
   * Room at home.
   * @throws {BackendError} of kind "memory", where there is none.
   */
  atHome(label: string, bytes: number): Place {
    return this.beside(0, label, bytes);
  }

  /** Room in that memory for what is needed beside weights and caches: intermediate results. */
  beside(memory: number, label: string, bytes: number): Place {
    const at = this.#take(memory, bytes);
    if (at === undefined) throw noRoom(label, bytes);
    return { memory, at };
  }

  /**
   * Room for weights and caches.
   * @throws {BackendError} of kind "memory", where there is none.
   */
  anywhere(label: string, bytes: number): Place {
    for (const [memory, area] of this.#areas.entries()) {
      if (area && roomOf(area) >= bytes) {
        const at = this.#take(memory, bytes);
        if (at === undefined) continue;
        area.kept.set(at, bytes);
        return { memory, at };
      }
    }
    const { area, beside } = this.#sizes;
    const most = Math.max(area, bytes);
    const memory = this.#make(most + beside, most, label);
    const at = this.#take(memory, bytes);
    if (at === undefined) {
      this.#drop(memory);
      throw noRoom(label, bytes);
    }
    (this.#areas[memory] as Area).kept.set(at, bytes);
    return { memory, at };
  }

  /** How many bytes `anywhere` should be asked for: a weight is cut so that memories are filled. */
  get piece(): number {
    const most = Math.max(...this.#areas.map((area) => (area ? roomOf(area) : 0)));
    const { area } = this.#sizes;
    return most >= area / 64 ? most : area;
  }

  /** Bytes of weights and caches. */
  get kept(): number {
    let sum = 0;
    for (const area of this.#areas) for (const bytes of area?.kept.values() ?? []) sum += bytes;
    return sum;
  }

  free({ memory, at }: Place): void {
    const area = this.#areas[memory];
    area?.allocator.free(at);
    area?.kept.delete(at);
    if (memory > 0 && area?.kept.size === 0) this.#drop(memory);
  }

  /** Forgets all of them. */
  dispose(): void {
    this.#areas.length = 0;
  }

  #make(bytes: number, most: number, label: string): number {
    const maximum = Math.min(MAXIMUM_PAGES, Math.ceil(bytes / PAGE));
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: 1, maximum, shared: this.isShared });
    } catch (cause) {
      throw noRoom(label, bytes, cause);
    }
    const free = this.#areas.indexOf(undefined);
    const index = free < 0 ? this.#areas.length : free;
    const allocator = new Allocator(64, maximum * PAGE);
    this.#areas[index] = { memory, allocator, most, kept: new Map() };
    this.#user.add(index, memory);
    return index;
  }

  #drop(memory: number): void {
    this.#areas[memory] = undefined;
    this.#user.drop(memory);
  }

  #take(memory: number, bytes: number): number | undefined {
    const area = this.#areas[memory];
    const at = area?.allocator.take(bytes);
    if (!area || at === undefined) return undefined;
    const missing = area.allocator.used - area.memory.buffer.byteLength;
    try {
      if (missing > 0) area.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      area.allocator.free(at);
      return undefined;
    }
    return at;
  }
}

/** How many more bytes of weights and caches fit. */
function roomOf({ most, kept, allocator }: Area): number {
  let sum = 0;
  for (const bytes of kept.values()) sum += bytes;
  return Math.min(most - sum, allocator.largest);
}

/** There is no memory left for what `label` says. */
export function noRoom(label: string, bytes: number, cause?: unknown): BackendError {
  const hint = "ask for a shorter context, or free what is no longer used";
  const expected = `room for ${bytes} bytes`;
  const details = { op: "wasmBackend", argument: label, expected, got: "not enough memory", hint };
  return new BackendError({ ...details, kind: "memory", label }, { cause });
}

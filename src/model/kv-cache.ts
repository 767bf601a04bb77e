/**
 * The key-value cache of one sequence: what attention remembers of the tokens so far.
 *
 * The backend holds the numbers; this holds the length. Rewinding costs nothing: later positions are
 * simply overwritten, and the causal mask keeps earlier tokens from looking at them before.
 * @module
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { Handles } from "../backend/backend.ts";
import { assertInteger } from "../check.ts";
import { disposed, refusals } from "../errors.ts";

/** What a cache can ask of the backend's memory. */
export interface KVMemory {
  /** Positions there is room for. */
  readonly positions: number;
  /** Makes room for so many, and keeps what is there. */
  reserve(positions: number): void;
  /** Gives the memory back to the backend. */
  free(): void;
}

/** A sequence in a backend's memory; made by `Model.createCache`. */
export class KVCache<Dev extends Handles = Handles> {
  /** The backend's handle. */
  readonly kv: Dev["kv"];
  /** Most tokens it can hold. */
  readonly contextLength: number;
  /** The adapter with which its tokens are computed, by name; undefined for the model alone. */
  readonly adapter: string | undefined;
  readonly #memory: KVMemory;
  #capacity: number;
  #tokens: number[] = [];
  #inUse = false;
  /** What is said to calls after {@link KVCache.dispose}. */
  #ended: ((op: string) => Error) | undefined;

  constructor(kv: Dev["kv"], contextLength: number, memory: KVMemory, adapter?: string) {
    if (memory === undefined) {
      const expected = "gemma.createCache(), or model.createCache()";
      throw refusals("KVCache").argument(undefined, expected, "new KVCache()");
    }
    this.kv = kv;
    this.contextLength = contextLength;
    this.adapter = adapter;
    this.#memory = memory;
    this.#capacity = memory.positions;
  }

  /**
   * Frees the backend's memory; the cache cannot be used afterwards.
   * @param reason what later calls throw. Default: an ArgumentError that says so.
   */
  dispose(reason?: Error): void {
    if (this.#ended) return;
    this.#ended = (op) => reason ?? disposed(op, "cache", "make another");
    if (!this.#inUse) this.#memory.free(); // else the pass that writes to it does, when it is through
  }

  /** `using cache = …` disposes it at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Tokens held: the next one stands at this position. */
  get length(): number {
    return this.#tokens.length;
  }

  /** The ids of the tokens held, which keys and values cannot tell. A copy. */
  get tokens(): readonly number[] {
    return this.#tokens.slice();
  }

  /** Positions there is memory for. It grows up to `contextLength`, where the backend can do that. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Whether it was disposed. */
  get isDisposed(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Forgets all but the first `length` tokens.
   * @throws {ArgumentError} if there are fewer than that, a pass is writing to it, or it was disposed.
   */
  rewind(length: number): void {
    this.#assertFree("rewind");
    assertInteger("KVCache.rewind", "length", length, { from: 0, to: this.length });
    this.#tokens.length = length;
  }

  /**
   * Asks for room for `count` more tokens: at least twice as much as there was, so that a long conversation is
   * moved a few times and not at every turn. It counts once `confirm` is called, after the backend has done it:
   * until then an abort or a lack of memory may come in between, and the backend is asked again.
   * @returns undefined if there is room already.
   * @internal
   */
  makeRoom(count: number): { confirm(): void } | undefined {
    const needed = this.length + count;
    if (needed <= this.#capacity) return undefined;
    const room = Math.min(this.contextLength, Math.max(needed, 2 * this.#capacity));
    this.#memory.reserve(room);
    return {
      confirm: () => {
        this.#capacity = room;
      },
    };
  }

  /**
   * Counts tokens that have been written.
   * @internal
   */
  advance(op: string, ids: readonly number[]): void {
    this.assertLive(op);
    for (const id of ids) this.#tokens.push(id);
  }

  /**
   * Takes the cache for one pass; two at once would write over each other.
   * @throws {ArgumentError} if it is taken, or was disposed.
   * @internal
   */
  acquire(op: string): void {
    this.#assertFree(op);
    this.#inUse = true;
  }

  /**
   * Lets others use the cache again: what held it has ended.
   * @internal
   */
  release(): void {
    this.#inUse = false;
    if (this.#ended) this.#memory.free();
  }

  /**
   * @throws {ArgumentError} if it was disposed.
   * @internal
   */
  assertLive(op: string): void {
    if (this.#ended) throw this.#ended(op);
  }

  #assertFree(op: string): void {
    this.assertLive(op);
    if (!this.#inUse) return;
    const hint = "await the call before, or make a second cache";
    const expected = "a cache that is not in use";
    throw refusals(op).argument("cache", expected, "one in the middle of a pass", hint);
  }
}

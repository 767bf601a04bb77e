/**
 * The key-value cache of one sequence: what attention remembers of the tokens so far.
 *
 * The backend holds the numbers; this holds the length. Rewinding costs nothing: later positions are
 * simply overwritten, and the causal mask keeps anyone from looking at them before.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { ArgumentError, disposed } from "../errors.ts";

export class KVCache<H extends Handles = Handles> {
  /** The backend's handle. */
  readonly kv: H["kv"];
  /** Most tokens it can hold. */
  readonly contextLength: number;
  readonly #free: () => void;
  #length = 0;
  #inUse = false;
  #isDisposed = false;

  constructor(kv: H["kv"], contextLength: number, free: () => void) {
    this.kv = kv;
    this.contextLength = contextLength;
    this.#free = free;
  }

  /** Frees the backend's memory; the cache cannot be used afterwards. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#free();
  }

  /** Tokens held: the next one stands at this position. */
  get length(): number {
    return this.#length;
  }

  /**
   * Forgets all but the first `length` tokens.
   * @throws {ArgumentError} if there are fewer than that, a pass is writing to it, or it was disposed.
   */
  rewind(length: number): void {
    this.#assertFree("rewind");
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new ArgumentError({
        op: "KVCache.rewind",
        argument: "length",
        expected: `an integer from 0 to ${this.#length}`,
        got: `${length}`,
      });
    }
    this.#length = length;
  }

  /**
   * Counts tokens that have been written.
   * @internal
   */
  advance(count: number): void {
    this.#length += count;
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

  /** @internal */
  release(): void {
    this.#inUse = false;
  }

  #assertFree(op: string): void {
    if (this.#isDisposed) throw disposed(op, "cache", "make another");
    if (!this.#inUse) return;
    throw new ArgumentError({
      op,
      argument: "cache",
      expected: "a cache nobody else is using",
      got: "one in the middle of a pass",
      hint: "await the call before, or make a second cache",
    });
  }
}

/**
 * The tokens of one sequence on their way through the model: how many are in passes, how many were read, and how
 * it ends.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { FedSequence, Sequence } from "../feed.ts";
import type { KVCache } from "../kv-cache.ts";
import { areTokens, type Wanted } from "../passes.ts";

/** What is wanted of a sequence. */
export interface FeedingOptions {
  /** The call that errors name. */
  readonly op: string;
  readonly wanted: Wanted;
  /** What errors call the sequence. */
  readonly name?: string;
  /** Takes what is wanted, row after row, as passes bring it; `begin` is the token of the first. */
  readonly take: (values: FloatArray, begin: number) => void;
}

/** One sequence that is being fed. It has its cache for itself until it is over. */
export class Feeding<Dev extends Handles> implements FedSequence<Dev> {
  readonly ids: readonly number[];
  readonly cache: KVCache<Dev>;
  readonly start: number;
  readonly options: FeedingOptions;
  /** Settles when it is over. */
  readonly done: Promise<void>;
  /** Tokens that are in a pass. */
  recorded = 0;
  /** Tokens whose pass has been read. */
  fed = 0;
  /** Whether it is to have its next pass for itself, because a pass with others failed. */
  isAlone = false;
  /** Whether its passes still count: not once it is over, nor while it is looked for what went wrong. */
  isGoing = true;
  /** Called when it is over. */
  onOver: (() => void) | undefined;
  #isOver = false;
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;

  /** @throws {ArgumentError} if the cache is in use, or was disposed. */
  constructor({ ids, cache }: Sequence<Dev>, options: FeedingOptions) {
    cache.acquire(options.op);
    this.ids = Array.from(ids); // a copy: the caller may go on using its array
    this.cache = cache;
    this.start = cache.length;
    this.options = options;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.done.catch(() => {}); // nobody waits for it where another of the same call failed first
  }

  /** Whether it is a token of an answer, or with it a draft, as far as one can see. */
  get isAnswer(): boolean {
    const { wanted } = this.options;
    const { length } = this.ids;
    if (areTokens(wanted)) return length <= wanted.nextTokens;
    return wanted === "last" ? length === 1 : this.#isDraft;
  }

  /** Whether what is wanted is there to choose the next token by. */
  get wantsNext(): boolean {
    const { wanted } = this.options;
    return wanted === "last" || areTokens(wanted) || this.#isDraft;
  }

  /** Whether all its tokens are to be chosen from, behind others: where logits are looked at, a text begins. */
  get #isDraft(): boolean {
    return this.start > 0 && this.options.wanted === this.ids.length;
  }

  /** Tokens that are not in a pass yet. */
  get left(): number {
    return this.ids.length - this.recorded;
  }

  /**
   * Counts tokens that a pass has fed, and hands over what it brought.
   * @param found what is wanted, of the last of the tokens.
   * @throws whatever `take` throws, and an ArgumentError if the cache was disposed.
   */
  advance(count: number, found?: { readonly values: FloatArray; readonly rows: number }): void {
    const end = this.fed + count;
    if (found) this.options.take(found.values, end - found.rows);
    this.cache.advance(this.options.op, this.ids.slice(this.fed, end));
    this.fed = end;
    if (end === this.ids.length && this.#leave()) this.#settle?.resolve();
  }

  /** It is over. What passes under way still write to its cache lies behind the tokens that count. */
  fail(error: unknown): void {
    if (this.#leave()) this.#settle?.reject(error);
  }

  #leave(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.isGoing = false;
    this.cache.release();
    this.onOver?.();
    return true;
  }
}

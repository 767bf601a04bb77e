/**
 * Which stretches of a memory are taken: first fit, neighbours joined when they are freed.
 * @module
 */

/** Addresses are multiples of it: a line of the processor's cache. */
const ALIGNMENT = 64;

interface Stretch {
  readonly begin: number;
  readonly end: number;
}

/** Room in one memory. */
export class Allocator {
  /** In order of address, never adjacent. */
  #free: Stretch[];
  readonly #taken = new Map<number, number>();

  /** @param begin the first address that may be given away; 0 stands for no address in some places. */
  constructor(begin: number, end: number) {
    this.#free = [{ begin, end }];
  }

  /** Whether nothing is taken. */
  get isEmpty(): boolean {
    return this.#taken.size === 0;
  }

  /** The address of `bytes` bytes; undefined if there is no stretch of that length. */
  take(bytes: number): number | undefined {
    const length = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const i = this.#free.findIndex(({ begin, end }) => end - begin >= length);
    if (i < 0) return undefined;
    const { begin, end } = this.#free[i];
    const rest = { begin: begin + length, end };
    this.#free.splice(i, 1, ...(rest.begin < end ? [rest] : []));
    this.#taken.set(begin, begin + length);
    return begin;
  }

  /** The most bytes that `take` would give at once. */
  get largest(): number {
    return Math.max(0, ...this.#free.map(({ begin, end }) => end - begin));
  }

  /** The last address that was ever in use, exclusive: how large the memory has to be. */
  get used(): number {
    return Math.max(0, ...this.#taken.values());
  }

  free(begin: number): void {
    const end = this.#taken.get(begin);
    if (end === undefined) return;
    this.#taken.delete(begin);
    const joined: Stretch[] = [];
    for (const one of [...this.#free, { begin, end }].sort((a, b) => a.begin - b.begin)) {
      const last = joined.at(-1);
      if (last?.end === one.begin) joined[joined.length - 1] = { begin: last.begin, end: one.end };
      else joined.push(one);
    }
    this.#free = joined;
  }
}

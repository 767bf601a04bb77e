/**
 * Where a sequence has been before: its last few tokens, found earlier in it, and what followed them there.
 * @module
 */

/** The tokens of a sequence as they come, and the places of each run of `size` of them. */
export class NgramIndex {
  readonly #size: number;
  readonly #tokens: number[] = [];
  /** By its tokens, the place behind the latest run that another token follows. */
  readonly #behind = new Map<string, number>();

  /** @param size tokens that have to be the same, 1 or more. */
  constructor(size: number, tokens: Iterable<number> = []) {
    this.#size = size;
    for (const token of tokens) this.push(token);
  }

  /** One more token. */
  push(token: number): void {
    const end = this.#tokens.length;
    // The run that ends here is known from now on, because a token follows it.
    if (end >= this.#size) this.#behind.set(this.#lastRun(), end);
    this.#tokens.push(token);
  }

  /**
   * What may come next: the tokens that followed where the last `size` were found before, the latest such place; at most
   * `most`, and nothing if they are new. What follows may reach into those last tokens, but not beyond the end.
   */
  draft(most: number): number[] {
    if (most < 1 || this.#tokens.length < this.#size) return [];
    const begin = this.#behind.get(this.#lastRun());
    return begin === undefined ? [] : this.#tokens.slice(begin, begin + most);
  }

  #lastRun(): string {
    return this.#tokens.slice(-this.#size).join();
  }
}

/**
 * Things that belong together, found pair by pair (union–find): of a group, the first is its name.
 * @module
 */

/** Groups of 0 to n − 1, at first each alone. */
export class Groups {
  readonly #parent: Int32Array;

  constructor(n: number) {
    this.#parent = Int32Array.from({ length: n }, (_, i) => i);
  }

  /** The first of the group of `i`. */
  first(i: number): number {
    const parent = this.#parent;
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]]; // half as far the next time
      at = parent[at];
    }
    return at;
  }

  /** Makes one group of those of `i` and `j`. */
  join(i: number, j: number): void {
    const [a, b] = [this.first(i), this.first(j)];
    this.#parent[Math.max(a, b)] = Math.min(a, b);
  }
}

/**
 * Finds the longest of a set of strings that starts at a given place: the user-defined pieces,
 * which are cut out of the text before anything merges. sentencepiece v0.1.97: src/normalizer.cc
 * (`PrefixMatcher`).
 *
 * A trie walked in a sorted list: the strings that share a prefix are neighbours, so a node is a
 * range of the list, and a step down narrows the range by binary search. It needs no memory beyond
 * the list, whatever strings it is given.
 * @module
 */

/** The longest match, at the cost of reading the matched characters once. */
export class PrefixMatcher {
  readonly #sorted: readonly string[];
  /** The strings that start with code unit c are `#sorted[#first[c]]` up to `#first[c + 1]`. */
  readonly #first: Uint32Array;

  /** @param strings distinct, not empty, well-formed. */
  constructor(strings: Iterable<string>) {
    this.#sorted = [...strings].sort(); // by UTF-16 code units, as strings compare
    this.#first = new Uint32Array(0x10001);
    for (const string of this.#sorted) this.#first[string.charCodeAt(0) + 1]++;
    for (let c = 0; c < 0x10000; c++) this.#first[c + 1] += this.#first[c];
  }

  /** Where the longest string ends that starts at `begin`; `begin` itself if no string does. */
  match(text: string, begin: number): number {
    const code = text.charCodeAt(begin);
    let low = this.#first[code];
    let high = this.#first[code + 1];
    let end = begin;
    for (let at = begin + 1; low < high; at++) {
      // The prefix itself sorts before the strings that go on.
      if (this.#sorted[low].length === at - begin) {
        end = at;
        low++;
      }
      if (at === text.length) break;
      const next = text.charCodeAt(at);
      low = this.#lowerBound(low, high, at - begin, next);
      high = this.#lowerBound(low, high, at - begin, next + 1);
    }
    return end;
  }

  /**
   * The first of `#sorted[low]` to `#sorted[high]` whose code unit at `depth` is at least `code`.
   */
  #lowerBound(low: number, high: number, depth: number, code: number): number {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle].charCodeAt(depth) < code) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

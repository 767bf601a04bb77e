/** Where each symbol of a list stands, as bits. @module */

const BITS = 32;

/**
 * A row of bits for each different symbol of a list: bit i % 32 of word ⌊i / 32⌋ is set where the symbol stands at place i. A vocabulary has
 * a quarter of a million ids and a list fifty, so rows are found by hashing. It is filled anew for each list: to make one takes longer than
 * to compare fifty tokens.
 */
export class SymbolTable {
  /** Rows of `words` words. The first has no bits: it is that of symbols that do not occur. */
  bits: Int32Array = new Int32Array(0);
  /** Words of a row. */
  words = 0;
  /** By hash: the number of a row, 0 where there is none. */
  #rows = new Int32Array(0);
  // As they are: in 32 bits 5 and 2³² + 5 would be one symbol.
  #symbols = new Float64Array(0);
  #shift = 0;

  /** Notes the places of `m` symbols of `list`, from `begin` on. */
  fill(list: ArrayLike<number>, begin: number, m: number): void {
    const words = Math.ceil(m / BITS);
    if (this.bits.length < (m + 1) * words) this.bits = new Int32Array(2 * (m + 1) * words);
    else this.bits.fill(0, 0, (m + 1) * words);
    const log2 = 34 - Math.clz32(m); // 2 to 4 times m places, so that few symbols meet
    if (this.#shift === BITS - log2) this.#rows.fill(0);
    else {
      this.#shift = BITS - log2;
      this.#rows = new Int32Array(2 ** log2);
      this.#symbols = new Float64Array(2 ** log2);
    }
    this.words = words;
    let count = 0;
    for (let i = 0; i < m; i++) {
      const symbol = list[begin + i];
      const at = this.#find(symbol);
      if (this.#rows[at] === 0) {
        this.#rows[at] = ++count;
        this.#symbols[at] = symbol;
      }
      this.bits[this.#rows[at] * words + (i >> 5)] |= 1 << (i & 31);
    }
  }

  /** Where the row of `symbol` begins in `bits`. */
  rowOf(symbol: number): number {
    return this.#rows[this.#find(symbol)] * this.words;
  }

  /** The place of `symbol` in the table, or a free one: at its hash, or the next behind it. */
  #find(symbol: number): number {
    const rows = this.#rows;
    const last = rows.length - 1;
    let at = Math.imul(symbol, 0x9e3779b1) >>> this.#shift; // Knuth's multiplicative hashing
    while (rows[at] !== 0 && this.#symbols[at] !== symbol) at = (at + 1) & last;
    return at;
  }
}

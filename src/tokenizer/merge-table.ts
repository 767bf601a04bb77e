/**
 * What two neighbouring symbols merge to, as a lookup of numbers.
 *
 * While text is being merged, a symbol is a number that stands for its text: the id of a mergeable
 * piece, or `vocabulary.size + c` for a character c without such a piece (it may still be part of
 * one). Equal texts are equal numbers, so a small table remembers pairs that were looked up before.
 * Without it, every pair would cost a substring and its hash.
 * @module
 */
import { PieceType } from "./model-proto.ts";
import { isReserved, type Vocabulary } from "./vocabulary.ts";

/** No piece; no neighbour. */
export const NONE = -1;

const SLOTS = 2 ** 17;
const HASH_SHIFT = 32 - 17;

/** The symbols of one vocabulary. */
export class MergeTable {
  readonly #vocabulary: Vocabulary;
  /** UTF-16 units of the longest mergeable piece. */
  readonly #longest: number;
  /** Code unit → symbol, for characters of one unit. */
  readonly #symbolOfUnit: Int32Array;
  /** Code point → symbol, for characters of two units (a surrogate pair). */
  readonly #symbolOfPair = new Map<number, number>();
  readonly #reservedOfCharacter = new Map<number, number>();
  /** Three numbers a slot: the last pair looked up that falls into it, and the piece it merges to. */
  readonly #pairs = new Int32Array(3 * SLOTS).fill(NONE);

  constructor(vocabulary: Vocabulary) {
    const { model, size } = vocabulary;
    this.#vocabulary = vocabulary;
    this.#symbolOfUnit = new Int32Array(0x10000);
    for (let c = 0; c < 0x10000; c++) this.#symbolOfUnit[c] = size + c;
    let longest = 0;
    for (let id = 0; id < size; id++) {
      const { piece, type } = model.pieces[id];
      const c = piece.codePointAt(0)!;
      const isCharacter = piece.length === (c > 0xffff ? 2 : 1);
      if (isReserved(type)) {
        if (isCharacter) this.#reservedOfCharacter.set(c, id);
      } else {
        if (piece.length > longest) longest = piece.length;
        if (isCharacter && c > 0xffff) this.#symbolOfPair.set(c, id);
        else if (isCharacter) this.#symbolOfUnit[c] = id;
      }
    }
    this.#longest = longest;
  }

  /** The symbol of code point `c`. */
  symbolOf(c: number): number {
    if (c < 0x10000) return this.#symbolOfUnit[c];
    return this.#symbolOfPair.get(c) ?? this.#vocabulary.size + c;
  }

  /**
   * The piece that `left` and `right` make up, lying side by side in `text` from `begin` to `end`;
   * or NONE.
   */
  merge(left: number, right: number, text: string, begin: number, end: number): number {
    if (end - begin > this.#longest) return NONE;
    const pairs = this.#pairs;
    const slot = 3 * ((Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> HASH_SHIFT);
    if (pairs[slot] === left && pairs[slot + 1] === right) return pairs[slot + 2];
    const piece = this.#vocabulary.mergeable.get(text.slice(begin, end)) ?? NONE;
    pairs[slot] = left;
    pairs[slot + 1] = right;
    pairs[slot + 2] = piece;
    return piece;
  }

  /** Whether the piece of a symbol must be split again. */
  isUnused(symbol: number): boolean {
    const { size, types } = this.#vocabulary;
    return symbol < size && types[symbol] === PieceType.UNUSED;
  }

  /** The token id that a symbol becomes. A reserved piece of the same text takes precedence. */
  idOf(symbol: number): number {
    const { size, canonical, unkId } = this.#vocabulary;
    if (symbol < size) return canonical[symbol];
    return this.#reservedOfCharacter.get(symbol - size) ?? unkId;
  }

  /** UTF-16 units of the text of a symbol. */
  lengthOf(symbol: number): number {
    const { size, model } = this.#vocabulary;
    if (symbol < size) return model.pieces[symbol].piece.length;
    return symbol - size > 0xffff ? 2 : 1;
  }
}

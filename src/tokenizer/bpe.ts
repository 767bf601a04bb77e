/**
 * Byte pair encoding, fast: how text is cut into pieces. Its plain twin is `bpe-plain.ts`: read that
 * first. Both say the same of every text (`spec/tokenizer/bpe.spec.ts`).
 * Sennrich et al. 2016, arXiv:1508.07909, as in sentencepiece v0.1.97: src/bpe_model.cc.
 *
 * What makes it fast: symbols are numbers (`merge-table.ts`), the best merge comes out of a heap
 * (`merge-queue.ts`), and the text is merged stretch by stretch, cut where no merge can cross: at
 * frozen pieces, and before most words. Merges on the two sides of a cut do not see each other, so
 * cutting changes no result, and short stretches merge faster.
 * @module
 */
import { MergeQueue } from "./merge-queue.ts";
import { MergeTable, NONE } from "./merge-table.ts";
import { PieceType } from "./model-proto.ts";
import { SPACE_SYMBOL } from "./normalizer.ts";
import { PrefixMatcher } from "./prefix-matcher.ts";
import type { EmitPiece, Vocabulary } from "./vocabulary.ts";

/** Later than any rank. */
const NO_RANK = 2 ** 30;
/** Up to this many symbols, as in a word, looking at all of them is quicker than keeping a queue. */
const SHORT = 32;
const SPACE = SPACE_SYMBOL.charCodeAt(0);

/** Cuts normalised text into the pieces of one vocabulary. */
export class Segmenter {
  /** Finds the user-defined pieces. */
  readonly userDefined: PrefixMatcher;
  readonly #vocabulary: Vocabulary;
  readonly #table: MergeTable;
  readonly #stretch: Stretch;
  /** 1 for the code units that some piece has right before a ▁: a merge may join the two. */
  readonly #joinsSpace = new Uint8Array(0x10000);

  constructor(vocabulary: Vocabulary) {
    const userDefined: string[] = [];
    for (const { piece, type } of vocabulary.model.pieces) {
      if (type === PieceType.USER_DEFINED) userDefined.push(piece);
      for (let at = piece.indexOf(SPACE_SYMBOL, 1); at > 0; ) {
        this.#joinsSpace[piece.charCodeAt(at - 1)] = 1;
        at = piece.indexOf(SPACE_SYMBOL, at + 1);
      }
    }
    this.#vocabulary = vocabulary;
    this.userDefined = new PrefixMatcher(userDefined);
    this.#table = new MergeTable(vocabulary);
    this.#stretch = new Stretch(this.#table, vocabulary.ranks);
  }

  /**
   * Calls `emit` with each piece of `text` (normalised, well-formed) from left to right. A
   * character that no piece covers has the id of the unknown piece.
   */
  segment(text: string, emit: EmitPiece): void {
    const stretch = this.#stretch;
    stretch.start(text);
    for (let begin = 0; begin < text.length; ) {
      let end = this.userDefined.match(text, begin);
      if (end > begin) {
        stretch.finish(begin, emit);
        emit(this.#vocabulary.idOf(text.slice(begin, end))!, begin, end);
      } else {
        if (this.#startsWord(text, begin)) stretch.finish(begin, emit);
        const c = text.codePointAt(begin)!;
        end = begin + (c > 0xffff ? 2 : 1);
        stretch.add(this.#table.symbolOf(c), begin);
      }
      begin = end;
    }
    stretch.finish(text.length, emit);
  }

  /** Whether a ▁ lies at `at` that no merge can join to the character before it. */
  #startsWord(text: string, at: number): boolean {
    if (at === 0 || text.charCodeAt(at) !== SPACE) return false;
    return this.#joinsSpace[text.charCodeAt(at - 1)] === 0;
  }
}

/**
 * Merges neighbouring symbols: n log n steps for n symbols, which are linked in both directions.
 *
 * The arrays are indexed by symbol, and stay allocated from stretch to stretch. A merged symbol keeps
 * the index of its left half.
 */
class Stretch {
  readonly #table: MergeTable;
  readonly #ranks: Int32Array;
  readonly #queue = new MergeQueue();
  /**
   * Unused piece → the two symbols it is merged from. They are the same wherever it occurs: until a
   * piece is whole, nothing outside has merged into it, so inside it the merges are those that it
   * would have had alone.
   */
  readonly #halves = new Map<number, readonly [number, number]>();
  #text = "";
  #end = 0;
  #count = 0;
  readonly #symbol: number[] = [];
  readonly #begin: number[] = [];
  readonly #previous: number[] = [];
  readonly #next: number[] = [];
  /** The piece that a symbol makes up with its next, and its rank; NO_RANK without such a piece. */
  readonly #candidate: number[] = [];
  readonly #rank: number[] = [];

  constructor(table: MergeTable, ranks: Int32Array) {
    this.#table = table;
    this.#ranks = ranks;
  }

  /** Forgets the text before, and starts on `text`. */
  start(text: string): void {
    this.#text = text;
    this.#count = 0;
  }

  /** Appends `symbol`, which begins at `begin` in the text. */
  add(symbol: number, begin: number): void {
    const i = this.#count++;
    this.#symbol[i] = symbol;
    this.#begin[i] = begin;
    this.#previous[i] = i - 1;
    this.#next[i] = i + 1;
    this.#candidate[i] = NONE;
    this.#rank[i] = NO_RANK;
  }

  /** Merges the symbols, the last of which ends at `end`, emits the pieces, and is empty again. */
  finish(end: number, emit: EmitPiece): void {
    if (this.#count === 0) return;
    this.#end = end;
    this.#next[this.#count - 1] = NONE;
    this.#mergeAll();
    for (let i = 0; i !== NONE; i = this.#next[i]) this.#resegment(i, emit);
    this.#count = 0;
  }

  #mergeAll(): void {
    const next = this.#next;
    for (let i = 0; i < this.#count; i++) this.#consider(i);
    for (let left = this.#best(); left !== NONE; left = this.#best()) {
      const right = next[left];
      this.#symbol[left] = this.#candidate[left];
      this.#rank[right] = NO_RANK;
      next[left] = next[right];
      if (next[left] !== NONE) this.#previous[next[left]] = left;
      if (this.#previous[left] !== NONE) this.#consider(this.#previous[left]);
      this.#consider(left);
    }
  }

  /** The left symbol of the merge to make next, or NONE. */
  #best(): number {
    if (this.#count <= SHORT) {
      let best = NONE;
      let bestRank = NO_RANK;
      for (let i = 0; i !== NONE; i = this.#next[i]) {
        if (this.#rank[i] >= bestRank) continue;
        bestRank = this.#rank[i];
        best = i;
      }
      return best;
    }
    // Neighbours may have changed since a pair was queued. A new pair of the same rank is queued under
    // the same key, so merging it now or then is the same.
    while (this.#queue.pop()) {
      if (this.#rank[this.#queue.left] === this.#queue.rank) return this.#queue.left;
    }
    return NONE;
  }

  /** Notes the piece that symbol `left` makes up with its next, if there is one. */
  #consider(left: number): void {
    const right = this.#next[left];
    this.#rank[left] = NO_RANK;
    if (right === NONE) return;
    const a = this.#symbol[left];
    const b = this.#symbol[right];
    const piece = this.#table.merge(a, b, this.#text, this.#begin[left], this.#endOf(right));
    if (piece === NONE) return;
    this.#candidate[left] = piece;
    this.#rank[left] = this.#ranks[piece];
    if (this.#count > SHORT) this.#queue.push(this.#rank[left], left);
    if (this.#table.isUnused(piece)) this.#halves.set(piece, [a, b]);
  }

  #endOf(i: number): number {
    return this.#next[i] === NONE ? this.#end : this.#begin[this.#next[i]];
  }

  /** Emits symbol `i` or, if its piece is unused, the symbols it splits into. */
  #resegment(i: number, emit: EmitPiece): void {
    const table = this.#table;
    if (!table.isUnused(this.#symbol[i])) {
      emit(table.idOf(this.#symbol[i]), this.#begin[i], this.#endOf(i));
      return;
    }
    // Not by recursion: a hostile model nests unused pieces deeper than the call stack.
    const pending = [this.#symbol[i]];
    for (let begin = this.#begin[i]; pending.length > 0; ) {
      const symbol = pending.pop()!;
      const halves = table.isUnused(symbol) ? this.#halves.get(symbol) : undefined;
      if (halves) {
        pending.push(halves[1], halves[0]);
      } else {
        const end = begin + table.lengthOf(symbol);
        emit(table.idOf(symbol), begin, end);
        begin = end;
      }
    }
  }
}

/** Stretches of documents in what a model said. @module */

/** Tokens that a text has from a document. */
export interface CopiedText {
  /** Of the document. */
  readonly id: string;
  /** Where the stretch begins in the document, in tokens. */
  readonly place: number;
  /** Where it begins in what was said, in tokens. */
  readonly begin: number;
  /** Its length in tokens. */
  readonly tokens: number;
}

/** A document in tokens. */
export interface TokensOfDocument {
  /** Its name. */
  readonly id: string;
  /** Its tokens. */
  readonly ids: ArrayLike<number>;
}

/** Tokens of a document's piece in the index. */
const PIECE = 8;

/**
 * Finds stretches of at least `atLeast` tokens. A piece of 8 tokens of each document is kept for every atLeast − 7 tokens: each
 * stretch that is long enough has one of them whole, and is found by going on from it to both sides.
 */
export class CopiedTexts {
  readonly #documents: readonly TokensOfDocument[];
  readonly #atLeast: number;
  readonly #piece: number;
  readonly #pieces = new Map<string, { document: number; place: number }[]>();

  constructor(documents: readonly TokensOfDocument[], atLeast: number) {
    this.#documents = documents;
    this.#atLeast = atLeast;
    this.#piece = Math.min(PIECE, atLeast);
    const step = atLeast - this.#piece + 1;
    for (const [document, { ids }] of documents.entries()) {
      for (let place = 0; place + this.#piece <= ids.length; place += step) {
        const key = this.#keyOf(ids, place);
        const known = this.#pieces.get(key);
        if (known) known.push({ document, place });
        else this.#pieces.set(key, [{ document, place }]);
      }
    }
  }

  /** The longest stretches in `said`, in their order; of those that overlap the longer. */
  in(said: ArrayLike<number>): CopiedText[] {
    const found: CopiedText[] = [];
    for (let begin = 0; begin + this.#piece <= said.length; begin++) {
      for (const { document, place } of this.#pieces.get(this.#keyOf(said, begin)) ?? []) {
        const one = this.#grown(said, begin, document, place);
        if (one.tokens >= this.#atLeast) found.push(one);
      }
    }
    return longest(found);
  }

  #grown(said: ArrayLike<number>, begin: number, document: number, place: number): CopiedText {
    const { id, ids } = this.#documents[document];
    let before = 0;
    while (
      before < Math.min(begin, place) &&
      said[begin - before - 1] === ids[place - before - 1]
    ) {
      before++;
    }
    let end = this.#piece;
    while (
      begin + end < said.length &&
      place + end < ids.length &&
      said[begin + end] === ids[place + end]
    ) {
      end++;
    }
    return { id, place: place - before, begin: begin - before, tokens: before + end };
  }

  #keyOf(ids: ArrayLike<number>, place: number): string {
    return Array.from({ length: this.#piece }, (_, i) => ids[place + i]).join();
  }
}

/** Of stretches that overlap the longest, of equals the first. */
function longest(found: readonly CopiedText[]): CopiedText[] {
  const kept: CopiedText[] = [];
  for (const one of [...found].sort((a, b) => b.tokens - a.tokens || a.begin - b.begin)) {
    const overlaps = (other: CopiedText) =>
      one.begin < other.begin + other.tokens && other.begin < one.begin + one.tokens;
    if (!kept.some(overlaps)) kept.push(one);
  }
  return kept.sort((a, b) => a.begin - b.begin);
}

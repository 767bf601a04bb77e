/**
 * The merges of a word one after another, as page 1 shows them: what tokenizer/bpe-plain.ts does, written down. Whoever
 * asks compares the outcome with the tokenizer's own.
 * @module
 */
import type { Vocabulary } from "../../../src/tokenizer/vocabulary.ts";

export interface Merge {
  readonly piece: string;
  readonly score: number;
  /** Characters of the word that it covers. */
  readonly from: number;
  readonly to: number;
}

export interface Merged {
  readonly merges: readonly Merge[];
  /** What is left when no two neighbours make a piece. */
  readonly pieces: readonly string[];
}

/** Which of two merges that are possible comes first; `a` stands further to the left. */
type Order = (a: Merge, b: Merge) => boolean;

/** SentencePiece's: the best score, the leftmost of equals. */
const bestFirst: Order = (a, b) => a.score >= b.score;
/** A mistake: whatever comes first. */
export const leftmostFirst: Order = () => true;

/** @param word normalised: ▁ for a space. */
export function mergesOf(
  { mergeable, model }: Vocabulary,
  word: string,
  order = bestFirst,
): Merged {
  const pieces = [...word];
  const merges: Merge[] = [];
  for (;;) {
    let from = 0;
    let best: Merge | undefined;
    let at = 0;
    pieces.forEach((left, i) => {
      const piece = left + (pieces[i + 1] ?? "");
      const id = i + 1 < pieces.length ? mergeable.get(piece) : undefined;
      if (id !== undefined) {
        const found = { piece, score: model.pieces[id].score, from, to: from + piece.length };
        if (best === undefined || !order(best, found)) [best, at] = [found, i];
      }
      from += left.length;
    });
    if (best === undefined) return { merges, pieces };
    pieces.splice(at, 2, best.piece);
    merges.push(best);
  }
}

/** A mistake: the longest piece from the left, without merging at all. */
export function longestFirst({ mergeable }: Vocabulary, word: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < word.length; at += pieces[pieces.length - 1].length) {
    let end = word.length;
    while (end > at + 1 && !mergeable.has(word.slice(at, end))) end--;
    pieces.push(word.slice(at, end));
  }
  return pieces;
}

/**
 * Byte pair encoding, plainly: how text is cut into pieces.
 * Sennrich et al. 2016, arXiv:1508.07909, as in sentencepiece v0.1.97: src/bpe_model.cc
 * (`SampleEncode`, alpha 0).
 *
 * 1. From left to right, the longest user-defined piece is *frozen*: it is a token and merges with
 *    nothing. Elsewhere, every character is a part of its own.
 * 2. As long as two neighbours make a piece, merge the best: the two whose piece has the highest
 *    score, the leftmost of equals.
 * 3. A part whose piece is *unused* is split into the two it was merged from, and these likewise.
 * 4. A part without a piece has the id of the unknown piece; `tokenizer.ts` then spells it in bytes.
 *
 * Every merge looks at all neighbours, so the time grows with the square of the text. The tokenizer
 * uses the fast twin, `bpe.ts`; this one is its oracle, and `merge-steps.ts` shows what it does.
 * @module
 */
import { PieceType } from "./model-proto.ts";
import type { EmitPiece, Vocabulary } from "./vocabulary.ts";

/** A stretch of the text on its way to a token. */
export interface Part {
  readonly text: string;
  readonly isFrozen: boolean;
  /** The two it was merged from. */
  readonly halves?: readonly [Part, Part];
}

/** Calls `emit` with each piece of `text` (normalised, well-formed) from left to right. */
export function segmentPlainly(vocabulary: Vocabulary, text: string, emit: EmitPiece): void {
  const parts = firstParts(vocabulary, text);
  for (const _ of mergesOf(vocabulary, parts)); // each is made as the next is asked for
  emitParts(vocabulary, parts, emit);
}

/** Characters, and what is frozen. */
export function firstParts(vocabulary: Vocabulary, text: string): Part[] {
  const userDefined = vocabulary.model.pieces
    .filter(({ type }) => type === PieceType.USER_DEFINED)
    .sort((a, b) => b.piece.length - a.piece.length);
  const parts: Part[] = [];
  for (let at = 0; at < text.length; at += parts[parts.length - 1].text.length) {
    const longest = userDefined.find(({ piece }) => text.startsWith(piece, at));
    const character = String.fromCodePoint(text.codePointAt(at)!);
    parts.push({ text: longest?.piece ?? character, isFrozen: longest !== undefined });
  }
  return parts;
}

/** Merges neighbours in `parts`, best first; gives the place of each pair, once it has become one. */
export function* mergesOf(vocabulary: Vocabulary, parts: Part[]): Generator<number, void> {
  // #region merges
  const scoreAt = (i: number): number | undefined => {
    const [left, right] = [parts[i], parts[i + 1]];
    if (!left || !right || left.isFrozen || right.isFrozen) return undefined;
    const id = vocabulary.mergeable.get(left.text + right.text);
    return id === undefined ? undefined : vocabulary.model.pieces[id].score;
  };
  const scores = parts.map((_, i) => scoreAt(i)); // of each part with the next
  for (;;) {
    const at = highest(scores);
    if (at === undefined) return; // no two neighbours make a piece
    const [left, right] = [parts[at], parts[at + 1]];
    parts.splice(at, 2, { text: left.text + right.text, isFrozen: false, halves: [left, right] });
    scores.splice(at, 2, scoreAt(at));
    if (at > 0) scores[at - 1] = scoreAt(at - 1);
    yield at;
  }
  // #endregion
}

/** The place of the highest, the leftmost of equals. */
function highest(scores: readonly (number | undefined)[]): number | undefined {
  let best: number | undefined;
  let bestAt: number | undefined;
  for (const [at, score] of scores.entries()) {
    if (score === undefined || (best !== undefined && score <= best)) continue;
    [best, bestAt] = [score, at];
  }
  return bestAt;
}

/** The pieces of parts that have merged as far as they can. */
export function emitParts(vocabulary: Vocabulary, parts: readonly Part[], emit: EmitPiece): void {
  let begin = 0;
  const put = ({ text, halves }: Part) => {
    const id = vocabulary.idOf(text) ?? vocabulary.unkId;
    if (halves && vocabulary.types[id] === PieceType.UNUSED) {
      halves.forEach(put);
    } else {
      emit(id, begin, begin + text.length);
      begin += text.length;
    }
  };
  parts.forEach(put);
}

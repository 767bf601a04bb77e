/**
 * Text cut into pieces, with decisions that can be taken otherwise: what known bugs are made of. With none of them
 * changed it equals the tokenizer, id for id. See tokenizer/bpe-plain.ts for how it is done right.
 * @module
 */
import { type ModelProto, PieceType } from "../../tokenizer/model-proto.ts";
import { normalize } from "../../tokenizer/normalizer.ts";
import { PrefixMatcher } from "../../tokenizer/prefix-matcher.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

/** The decisions, each with SentencePiece's as its default. */
export interface Cut {
  /** Which of the user-defined pieces that begin at a place is taken there. */
  readonly userDefined?: "longest" | "shortest";
  /** Whether a user-defined piece may merge with its neighbours. */
  readonly thaws?: boolean;
  /** Which of several merges of the highest score is made first. */
  readonly ties?: "leftmost" | "rightmost";
  /** Whether a piece that is unused is split again into the two it was merged from. */
  readonly splitsUnused?: boolean;
  /** Cuts the text between user-defined pieces. Default: by merges. */
  readonly between?: (text: string, tokenizer: Tokenizer) => string[];
}

interface Part {
  readonly text: string;
  readonly isFrozen: boolean;
  readonly halves?: readonly [Part, Part];
}

const NOTHING = new PrefixMatcher([]);

/** The ids of `text` as `cut` has it, without BOS. */
export function cutIds(tokenizer: Tokenizer, text: string, cut: Cut = {}): number[] {
  const { model } = tokenizer.vocabulary;
  const parts = firstParts(normalize(text, model, NOTHING), model, cut);
  if (cut.between) return idsOfPieces(tokenizer, piecesBetween(parts, tokenizer, cut.between));
  mergeAll(parts, tokenizer, cut);
  const pieces: string[] = [];
  const put = ({ text, halves }: Part) => {
    const id = tokenizer.idOf(text);
    const isUnused = id !== undefined && model.pieces[id].type === PieceType.UNUSED;
    if (halves && isUnused && (cut.splitsUnused ?? true)) halves.forEach(put);
    else pieces.push(text);
  };
  parts.forEach(put);
  return idsOfPieces(tokenizer, pieces);
}

/** User-defined pieces, and single characters. */
function firstParts(text: string, { pieces }: ModelProto, cut: Cut): Part[] {
  const { userDefined = "longest", thaws = false } = cut;
  const sign = userDefined === "longest" ? -1 : 1;
  const frozen = pieces
    .filter(({ type }) => type === PieceType.USER_DEFINED)
    .sort((a, b) => sign * (a.piece.length - b.piece.length));
  const parts: Part[] = [];
  for (let at = 0; at < text.length; at += parts[parts.length - 1].text.length) {
    const found = frozen.find(({ piece }) => text.startsWith(piece, at));
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    parts.push({ text: found?.piece ?? character, isFrozen: found !== undefined && !thaws });
  }
  return parts;
}

function mergeAll(parts: Part[], { vocabulary }: Tokenizer, { ties = "leftmost" }: Cut): void {
  const { pieces } = vocabulary.model;
  const scoreOf = (left: Part, right: Part | undefined): number => {
    const none = Number.NEGATIVE_INFINITY;
    if (!right || left.isFrozen || right.isFrozen) return none;
    const id = vocabulary.mergeable.get(left.text + right.text);
    return id === undefined ? none : pieces[id].score;
  };
  for (;;) {
    const scores = parts.map((left, i) => scoreOf(left, parts[i + 1]));
    const best = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (best === Number.NEGATIVE_INFINITY) return;
    const at = ties === "leftmost" ? scores.indexOf(best) : scores.lastIndexOf(best);
    const [left, right] = [parts[at], parts[at + 1]];
    parts.splice(at, 2, { text: left.text + right.text, isFrozen: false, halves: [left, right] });
  }
}

function piecesBetween(
  parts: readonly Part[],
  tokenizer: Tokenizer,
  between: NonNullable<Cut["between"]>,
): string[] {
  const pieces: string[] = [];
  let open = "";
  const close = () => {
    pieces.push(...between(open, tokenizer));
    open = "";
  };
  for (const { text, isFrozen } of parts) {
    if (isFrozen) {
      close();
      pieces.push(text);
    } else open += text;
  }
  close();
  return pieces;
}

/** Ids of pieces: what is no piece becomes its bytes or, without byte fallback, one unknown token for each run. */
export function idsOfPieces(tokenizer: Tokenizer, pieces: readonly string[]): number[] {
  const { byteIds, unkId } = tokenizer.vocabulary;
  const ids: number[] = [];
  let isAfterUnknown = false;
  for (const piece of pieces) {
    const id = tokenizer.vocabulary.mergeable.get(piece);
    if (id !== undefined) ids.push(id);
    else if (byteIds) for (const byte of new TextEncoder().encode(piece)) ids.push(byteIds[byte]);
    else if (!isAfterUnknown) ids.push(unkId);
    isAfterUnknown = id === undefined && byteIds === undefined;
  }
  return ids;
}

/** The longest piece at each place, from left to right: as WordPiece does. */
export function longestPieces(text: string, { vocabulary }: Tokenizer): string[] {
  const longest = vocabulary.model.pieces.reduce((n, { piece }) => Math.max(n, piece.length), 1);
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += pieces[pieces.length - 1].length) {
    let end = Math.min(text.length, at + longest);
    while (end > at && !vocabulary.mergeable.has(text.slice(at, end))) end--;
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    pieces.push(end > at ? text.slice(at, end) : character);
  }
  return pieces;
}

/** The pieces whose scores have the largest sum: as a unigram model does. */
export function likeliestPieces(text: string, { vocabulary }: Tokenizer): string[] {
  const { mergeable, model } = vocabulary;
  const least = model.pieces.reduce((low, { score }) => Math.min(low, score), 0);
  const longest = model.pieces.reduce((n, { piece }) => Math.max(n, piece.length), 1);
  const best: { sum: number; from: number }[] = [{ sum: 0, from: 0 }];
  for (let end = 1; end <= text.length; end++) {
    best[end] = { sum: Number.NEGATIVE_INFINITY, from: end - 1 };
    for (let from = Math.max(0, end - longest); from < end; from++) {
      const id = mergeable.get(text.slice(from, end));
      // An unknown character costs more than any piece: sentencepiece takes 10 off the least score.
      const isCharacter =
        String.fromCodePoint(text.codePointAt(from) as number).length === end - from;
      if (id === undefined && !isCharacter) continue;
      const score = id === undefined ? least - 10 : model.pieces[id].score;
      const sum = best[from].sum + score;
      if (sum > best[end].sum) best[end] = { sum, from };
    }
  }
  const pieces: string[] = [];
  for (let end = text.length; end > 0; end = best[end].from) {
    pieces.unshift(text.slice(best[end].from, end));
  }
  return pieces;
}

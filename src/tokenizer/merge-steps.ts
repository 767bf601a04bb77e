/**
 * Byte pair encoding, watched: every merge that cuts a text into tokens, in the order in which they are made.
 *
 *     const { steps, partsAfter, tokens } = mergeSteps(tokenizer.vocabulary, "the fox");
 *     partsAfter(0); // ["t", "h", "e", "▁", "f", "o", "x"]
 *     steps[0]; // { at: 1, left: "h", right: "e", piece: "he", id: 285, score: 0, rank: 0, … }
 *     partsAfter(1); // ["t", "he", "▁", "f", "o", "x"]
 *     tokens; // as tokenizer.encode gives them, each with where it lies
 *
 * It is the plain segmenter (`bpe-plain.ts`) that is watched: its time grows with the square of the text, so this is for
 * texts that one looks at.
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger, assertNoMore } from "../check.ts";
import { refusals } from "../errors.ts";
import { emitParts, firstParts, mergesOf } from "./bpe-plain.ts";
import { PieceType } from "./model-proto.ts";
import { normalize } from "./normalizer.ts";
import { PrefixMatcher } from "./prefix-matcher.ts";
import { forEachToken } from "./unknown-text.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Two neighbours become one. */
export interface MergeStep {
  /** The place of the left one among the parts before: parts `at` and `at + 1` become part `at`. */
  readonly at: number;
  /** The left half. */
  readonly left: string;
  /** The right half. */
  readonly right: string;
  /** `left + right`: a piece of the vocabulary. */
  readonly piece: string;
  /** The id of the piece that the halves become. */
  readonly id: number;
  /** Of all neighbours that make a piece, these two make the one with the highest score, and are the first that do. */
  readonly score: number;
  /** The place of the score among all scores of the vocabulary: 0 merges first, equal scores share a place. */
  readonly rank: number;
  /** Where the piece begins and ends in the normalised text, in UTF-16 code units, and where the two met. */
  readonly begin: number;
  /** Where the right half begins in the text. */
  readonly middle: number;
  /** Where the right half ends in the text, in UTF-16 code units. */
  readonly end: number;
}

/** A token, and the stretch of normalised text that it stands for: all bytes of a character have that of the character. */
export interface StepToken {
  /** Its id. */
  readonly id: number;
  /** Where it begins in the text, in UTF-16 code units. */
  readonly begin: number;
  /** Where it ends in the text. */
  readonly end: number;
}

/** How a text becomes tokens. */
export interface MergeSteps {
  /** The text as it is cut: with Gemma's settings, each space as ▁ and half surrogate pairs as U+FFFD. */
  readonly text: string;
  /** The merges, in their order. */
  readonly steps: readonly MergeStep[];
  /**
   * The parts once the first `count` merges are made: of 0 the characters, with pieces that somebody has defined whole
   * from the start, and of all that which becomes tokens.
   */
  partsAfter(count: number): string[];
  /** What the last parts become: pieces are themselves, and a character that is none is spelled in bytes. */
  readonly tokens: readonly StepToken[];
}

/**
 * Every merge of `text`, best first. Its tokens are those of `encode`.
 * @param vocabulary `tokenizer.vocabulary`.
 * @throws {ArgumentError} if `text` is not a string.
 * @throws {UnsupportedError} if the text would merge to a control piece.
 */
export function mergeSteps(vocabulary: Vocabulary, text: string, ...surplus: []): MergeSteps {
  assertNoMore("mergeSteps", 2, surplus);
  const refuse = refusals("mergeSteps");
  if (!(vocabulary instanceof Vocabulary)) {
    const hint = "a tokenizer has one: tokenizer.vocabulary";
    throw refuse.argument("vocabulary", "a Vocabulary", brief(vocabulary), hint);
  }
  if (typeof text !== "string") throw refuse.argument("text", "a string", brief(text));
  const { model, mergeable, ranks } = vocabulary;
  const userDefined = model.pieces.filter(({ type }) => type === PieceType.USER_DEFINED);
  const matcher = new PrefixMatcher(userDefined.map(({ piece }) => piece));
  const normalised = normalize(text, model, matcher);

  const parts = firstParts(vocabulary, normalised);
  const first = parts.map((part) => part.text);
  const begins: number[] = [];
  let length = 0;
  for (const part of first) {
    begins.push(length);
    length += part.length;
  }
  const steps: MergeStep[] = [];
  for (const at of mergesOf(vocabulary, parts)) {
    const { text: piece, halves } = parts[at];
    const [left, right] = halves!.map((half) => half.text);
    const id = mergeable.get(piece)!;
    const [begin, middle] = begins.splice(at, 2, begins[at]);
    const { score } = model.pieces[id];
    const place = { begin, middle, end: begin + piece.length };
    steps.push({ at, left, right, piece, id, score, rank: ranks[id], ...place });
  }

  const tokens: StepToken[] = [];
  forEachToken(
    vocabulary,
    normalised,
    (emit) => emitParts(vocabulary, parts, emit),
    (id, begin, end) => tokens.push({ id, begin, end }),
  );
  return {
    text: normalised,
    steps,
    tokens,
    partsAfter(count) {
      assertInteger("partsAfter", "count", count, {
        from: 0,
        to: steps.length,
        as: `an integer from 0 to ${steps.length}`,
      });
      const now = [...first];
      for (const { at, piece } of steps.slice(0, count)) now.splice(at, 2, piece);
      return now;
    },
  };
}

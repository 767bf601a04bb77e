/**
 * Tokens with the stretch of text that each stands for, in UTF-16 code units as `String.slice` counts them.
 *
 * Pieces are cut from the normalised text. It differs from the text by single characters (a ▁ for a space, U+FFFD for
 * half a surrogate pair), by spaces that are dropped, and by one ▁ that may be put in front or behind (normalizer.ts). So
 * the two are walked side by side.
 * @module
 */
import type { ModelProto } from "./model-proto.ts";
import { SPACE_SYMBOL } from "./normalizer.ts";

/** A token, and the text that it stands for. */
export interface TextToken {
  /** Its id. */
  readonly id: number;
  /** As SentencePiece prints it: ▁ for a space, `<0x0A>` for a byte, unknown text as itself. */
  readonly piece: string;
  /** `text.slice(from, to)`. */
  readonly text: string;
  /** Where its text begins, in UTF-16 code units. */
  readonly from: number;
  /** Where its text ends. */
  readonly to: number;
  /** Of a byte piece. All bytes of a character have the text of that character. */
  readonly byte?: CharacterByte;
}

/** One of the bytes that spell a character in UTF-8. */
export interface CharacterByte {
  /** The byte, 0 to 255. */
  readonly value: number;
  /** Its place among the bytes of the character, from 0. */
  readonly place: number;
  /** How many bytes the character has. */
  readonly of: number;
}

/**
 * How much of `text` has been used up when the first `i` characters of `normalised` have been made: a table of
 * `normalised.length + 1` places in `text`. Spaces that were dropped belong to what follows them, or to the end.
 * @param normalised what normalizer.ts made of it.
 */
export function placesIn(
  text: string,
  normalised: string,
  { normalizerSpec, trainerSpec }: Pick<ModelProto, "normalizerSpec" | "trainerSpec">,
): Int32Array {
  const { addDummyPrefix } = normalizerSpec;
  const last = normalised.length - 1;
  const added = addDummyPrefix ? (trainerSpec.treatWhitespaceAsSuffix ? last : 0) : -1;
  const places = new Int32Array(normalised.length + 1);
  let at = 0;
  for (let i = 0; i <= last; i++) {
    if (i !== added) {
      if (!isSpace(normalised[i])) while (isSpace(text[at])) at++;
      at++;
    }
    places[i + 1] = at;
  }
  return places;
}

const isSpace = (c: string) => c === " " || c === SPACE_SYMBOL;

/**
 * The text of ids, decision by decision, with SentencePiece's as the defaults: what known bugs are made of. With none
 * of them changed it equals the tokenizer. See tokenizer/decoder.ts for how it is done right, token by token.
 * @module
 */
import { PieceType } from "../../tokenizer/model-proto.ts";
import { SPACE_SYMBOL } from "../../tokenizer/normalizer.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { decodeUtf8, REPLACEMENT, utf8Length } from "../../tokenizer/utf8.ts";
import { byteOfPiece } from "../../tokenizer/vocabulary.ts";

/** The decisions. */
export interface DecodePlan {
  /** The text of a control piece. Default none. */
  readonly control?: (piece: string) => string;
  /** The text of the unknown piece. Default what the file says. */
  readonly unknown?: string;
  /** The text of a user-defined piece, from the piece with spaces in the place of ▁. */
  readonly userDefined?: (text: string) => string;
  /** The text of any other piece. */
  readonly piece?: (piece: string) => string;
  /** The text of a run of bytes. */
  readonly bytes?: (bytes: readonly number[]) => string;
  /** What becomes of the whole text. */
  readonly text?: (text: string) => string;
}

/** The text of `ids` as `plan` has it. */
export function plannedText(
  { vocabulary }: Tokenizer,
  ids: readonly number[],
  plan: DecodePlan = {},
): string {
  const { control = () => "", userDefined = same, piece: plain = withSpaces } = plan;
  const { bytes: ofBytes = bytesToText, text: finished = same } = plan;
  const { pieces, trainerSpec } = vocabulary.model;
  let text = "";
  let run: number[] = [];
  const flush = () => {
    if (run.length > 0) text += ofBytes(run);
    run = [];
  };
  for (const id of ids) {
    const { piece, type } = pieces[id];
    if (type === PieceType.BYTE) {
      run.push(byteOfPiece(piece));
      continue;
    }
    flush();
    if (type === PieceType.CONTROL) text += control(piece);
    else if (type === PieceType.UNKNOWN) text += plan.unknown ?? trainerSpec.unkSurface;
    else if (type === PieceType.USER_DEFINED) text += userDefined(plain(piece));
    else text += plain(piece);
  }
  flush();
  return finished(text);
}

function same(text: string): string {
  return text;
}

function withSpaces(piece: string): string {
  return piece.replaceAll(SPACE_SYMBOL, " ");
}

/** Characters, and a U+FFFD for each byte outside any. */
export function bytesToText(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const character = decodeUtf8(bytes, at, bytes.length);
    text += character < 0 ? REPLACEMENT : String.fromCodePoint(character);
    at += character < 0 ? 1 : utf8Length(bytes[at]);
  }
  return text;
}

/** Whether all of `bytes` are characters. */
export function isUtf8(bytes: readonly number[]): boolean {
  for (let at = 0; at < bytes.length; at += utf8Length(bytes[at])) {
    if (decodeUtf8(bytes, at, bytes.length) < 0) return false;
  }
  return true;
}

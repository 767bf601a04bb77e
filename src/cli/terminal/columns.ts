/**
 * Text in columns of a terminal: how wide it stands there, cut, filled up, and with nothing in it that would move
 * what stands beside it.
 * @module
 */
import { formatPiece } from "../../table.ts";

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;

/** Columns that a character takes: 2 of Chinese, Japanese, Korean and emoji, 0 of an accent that joins the one before. */
function columnsOf(character: string): number {
  if (WIDE.test(character)) return 2;
  return /\p{M}/u.test(character) ? 0 : 1;
}

export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** At most `most` columns of a text, the last of them … if it was longer. */
export function cutTo(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let [kept, width] = ["", 0];
  for (const character of text) {
    width += columnsOf(character);
    if (width > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Filled up with spaces behind it. */
export function filledTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** A piece in a cell: as `formatPiece` has it, and characters that turn the direction of writing are spelled out, too. */
export function cellPiece(piece: string): string {
  return formatPiece(piece).replace(/\p{Cf}/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

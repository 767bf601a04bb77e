/**
 * Where the parts of a block's picture lie, in pixels: characters side by side, and above them each merge, as high as the
 * merges that it rests on.
 * @module
 */
import { pieceText } from "../../format.ts";
import { nameOf } from "./character-names.ts";
import type { Block } from "./question.ts";

/** A character's width, and that of a letter in a longer label. */
const CELL = 20;
const LETTER = 7;
/** A block has room for an id of four digits, and a byte for `0xF0`. */
const LEAST = 32;
const BYTE = 40;
export const LEVEL = 26;
/** Height of a row of boxes. */
export const BOX = 26;

export interface Spot {
  readonly x: number;
  readonly level: number;
  /** Of the stretch of characters that it covers. */
  readonly from: number;
  readonly to: number;
}

export interface Layout {
  readonly width: number;
  readonly levels: number;
  /** Leaves, then joints. */
  readonly spots: readonly Spot[];
  readonly labels: readonly string[];
}

export function layoutOf({ leaves, joints, tokens, kind }: Block): Layout {
  const labels = leaves.map(leafText);
  const widths = labels.map((label) => ([...label].length > 2 ? LETTER * label.length + 10 : CELL));
  const own = widths.reduce((sum, width) => sum + width, 0);
  const width = Math.max(own, LEAST, kind === "bytes" ? BYTE * tokens.length : 0);
  let from = (width - own) / 2;
  const spots: Spot[] = widths.map((w) => {
    from += w;
    return { x: from - w / 2, level: 0, from: from - w, to: from };
  });
  for (const { left, right } of joints) {
    const [a, b] = [spots[left], spots[right]];
    const level = 1 + Math.max(a.level, b.level);
    spots.push({ x: (a.x + b.x) / 2, level, from: a.from, to: b.to });
  }
  return { width, levels: Math.max(...spots.map(({ level }) => level)), spots, labels };
}

/** Whether it is written smaller: a piece that is whole from the start, or a number of a character. */
export const isLong = (label: string): boolean => [...label].length > 2;

/** A character as it can be seen: a space as a bracket, what is invisible by its number. */
function leafText(leaf: string): string {
  const text = pieceText(leaf);
  const isBare = text === leaf && nameOf(leaf) !== undefined;
  if (!isBare || /\p{M}/u.test(leaf) || leaf === "\ufffd") return text;
  return `U+${leaf.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
}

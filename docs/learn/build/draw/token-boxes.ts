/**
 * Tokens of a text, line by line: each in a box of its own, its number below it.
 * @module
 */
import { element, text } from "./picture.ts";

export interface TokenBox {
  readonly text: string;
  readonly id: number;
  /** Whether it is no piece of an ordinary text. */
  readonly isMarker: boolean;
}

export interface TokenBoxes {
  readonly body: string[];
  /** The rectangle around the boxes of a line, for a ring. */
  line(index: number): { x: number; y: number; width: number; height: number };
}

/** Pixels: a letter, beside the letters, and between boxes. */
const [LETTER, PADDING, GAP] = [6.8, 4, 3];
const [HEIGHT, STEP] = [22, 58];

export function tokenBoxes(
  lines: readonly (readonly TokenBox[])[],
  { left, top }: { readonly left: number; readonly top: number },
): TokenBoxes {
  const body: string[] = [];
  const ends: number[] = [];
  lines.forEach((line, l) => {
    const y = top + l * STEP;
    let x = left;
    for (const { text: letters, id, isMarker } of line) {
      const width = Math.max(String(id).length * 6, letters.length * LETTER) + 2 * PADDING;
      const middle = { anchor: "middle" } as const;
      const box = { x, y, width, height: HEIGHT, rx: 4 };
      body.push(element("rect", { class: "line", "stroke-opacity": 0.4, ...box }));
      if (isMarker) body.push(element("rect", { class: "below", "fill-opacity": 0.25, ...box }));
      body.push(text(letters, x + width / 2, y + 15, { ...middle, of: "small mono" }));
      body.push(text(String(id), x + width / 2, y + HEIGHT + 14, { ...middle, of: "small faint" }));
      x += width + GAP;
    }
    ends.push(x - GAP);
  });
  return {
    body,
    line: (index) => ({
      x: left - 6,
      y: top + index * STEP - 6,
      width: ends[index] - left + 12,
      height: HEIGHT + 30,
    }),
  };
}

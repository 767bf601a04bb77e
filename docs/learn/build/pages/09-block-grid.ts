/**
 * Page 9, first picture: the answer after each patch.
 * @module
 */
import { numberMap } from "../draw/number-map.ts";
import { element, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { patchedOf } from "../patching.ts";
import { LAST, NAME, STOP } from "../she.ts";
import { fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

const asShown = (value: number) => fixed(value, 1);

export async function gridPicture(example: Example): Promise<Picture> {
  const { names, rows } = await patchedOf(example);
  const [left, top] = [92, 58];
  const cell = { width: 37.4, height: 26 };
  // Later is higher, as on the map of page 0; the arrows have room where a block carries the fact over.
  const y = [4, 3, 2, 1, 0].map(
    (up) => top + up * (cell.height + 3) + (up > 1 ? 30 : 0) + (up > 3 ? 30 : 0),
  );
  const bottom = y[0] + cell.height;
  const x = (column: number) => left + column * cell.width;
  const ring = (column: number, from: number, to: number) =>
    element("rect", {
      class: "ring",
      x: x(column) - 2,
      y: y[to] - 3,
      width: cell.width + 4,
      height: y[from] - y[to] + cell.height + 6,
      rx: 6,
    });
  /** From above a ring to below the next. */
  const arrow = (from: number, to: number, row: number, words: string) => {
    const [begin, end] = [x(from) + cell.width / 2, x(to) + cell.width / 2];
    const [low, high] = [y[row] - 4, y[row + 1] + cell.height + 8];
    const middle = (low + high) / 2;
    const d = `M${begin} ${low}V${middle}H${end}V${high}`;
    const tip = element("path", {
      class: "tip",
      d: "M-5 5L0 -5L5 5Z",
      transform: `translate(${end} ${high})`,
    });
    return (
      element("path", { class: "arrow", d }) +
      tip +
      text(words, to === LAST ? begin - 8 : begin + 8, to === LAST ? middle + 4 : middle - 5, {
        of: "notice small",
        anchor: to === LAST ? "end" : "start",
      })
    );
  };
  const body = [
    text("“she” less “he” in Mira's sentence, with one vector of Sam's in it", 16, 24, {
      of: "bold",
    }),
    text("each number is a run; blue: the answer has turned to “he”", 16, 42, {
      of: "small faint",
    }),
    ...numberMap(rows, { x: left, y, cell, limit: 13, shown: asShown }),
    ...names.map((name, r) => {
      return text(name, left - 8, y[r] + cell.height / 2 + 4, { anchor: "end", of: "small" });
    }),
    ring(NAME, 0, 0),
    ring(STOP, 1, 2),
    ring(LAST, 3, 4),
    arrow(NAME, STOP, 0, "block 0: the full stop looks at the name"),
    arrow(STOP, LAST, 2, "block 2: the last word looks at the full stop"),
    ...rows[0].map((_, column) => {
      const at = bottom + (column % 2 ? 34 : 18);
      const isLast = column === LAST;
      return text(plain(example.pieces[column]), x(column) + cell.width / (isLast ? 1 : 2), at, {
        anchor: isLast ? "end" : "middle",
        of: "small",
      });
    }),
  ];
  return {
    title:
      "Where Sam's vector turns “she” into “he”: the name, then the full stop, then the last word",
    width: WIDTH,
    height: bottom + 46,
    body,
    table: {
      head: ["", ...rows[0].map((_, column) => plain(example.pieces[column]))],
      rows: [4, 3, 2, 1, 0].map((r) => [names[r], ...rows[r].map(asShown)]),
    },
  };
}

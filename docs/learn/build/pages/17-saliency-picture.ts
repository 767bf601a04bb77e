/**
 * Page 17: one pass back from “she”: what each token's vector adds to the loss, and which vectors matter further up.
 * @module
 */
import { numberMap } from "../draw/number-map.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { gradientsOf, PLACES, rowLengths } from "../learning/gradients.ts";
import { LAST, STOP } from "../she.ts";
import { digits, fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

/** The loss of “she” is so small that everything is told in millionths of a nat. */
export const MILLION = 1e6;

const NAMES = ["table", "block 0", "block 1", "block 2", "block 3"];

export async function saliencyPicture(example: Example): Promise<Picture> {
  const { saliency, she } = await gradientsOf(example);
  const tokens = example.pieces.slice(0, LAST + 1).map(plain);
  const values = saliency.slice(0, LAST + 1).map((value) => value * MILLION);
  // From the last block down to the table, as the gradient goes.
  const places = [...PLACES].reverse();
  const lengths = places.map((place) => {
    const gradient = she.get(place);
    if (!gradient) throw new Error(`no gradient of ${place}`);
    return rowLengths(gradient)
      .slice(0, LAST + 1)
      .map((length) => length * MILLION);
  });
  const [left, zero, scale, top, cell] = [70, 64, 60, 246, { width: 38.5, height: 24 }];
  const x = (column: number) => left + (column + 0.5) * cell.width;
  const rows = places.map((_, r) => top + r * 27);
  const names = [...NAMES].reverse();
  return {
    title: "One pass back from “she”: the full stop and the last word matter, as page 9 found",
    width: WIDTH,
    height: top + 5 * 27 + 16,
    body: [
      text("Gradient · vector of each token: what it adds to the loss of “she”", 16, 26, {
        of: "bold",
      }),
      text("in millionths of a nat; below 0 it makes “she” likelier", 16, 44, {
        of: "small faint",
      }),
      element("line", {
        class: "grid",
        x1: left,
        x2: left + 12 * cell.width,
        y1: zero + 20,
        y2: zero + 20,
      }),
      ...values.flatMap((value, column) => [
        element("rect", {
          class: value < 0 ? "below" : "above",
          x: x(column) - 8,
          y: zero + 20 - Math.max(0, value * scale),
          width: 16,
          height: Math.max(1, Math.abs(value * scale)),
        }),
        text(tokens[column], x(column), column % 2 ? 206 : 192, { anchor: "middle", of: "small" }),
      ]),
      notice(
        { x: x(STOP) - 13, y: zero + 13, width: 26, height: -values[STOP] * scale + 14 },
        `the full stop: ${fixed(values[STOP], 2)}`,
        { x: x(STOP) - 20, y: zero + 100, anchor: "end" },
      ),
      text("Length of the gradient at each token, behind each block", 16, top - 12, { of: "bold" }),
      ...names.map((name, r) => text(name, left - 8, rows[r] + 16, { anchor: "end", of: "small" })),
      ...numberMap(lengths, {
        x: left,
        y: rows,
        cell,
        limit: Math.max(...lengths.flat()),
        shown: (value) => (value < 0.0005 ? "" : value < 0.01 ? fixed(value, 3) : digits(value, 2)),
      }),
      element("rect", {
        class: "ring",
        x: x(STOP) - 19,
        y: rows[1] - 3,
        width: 38,
        height: 3 * 27 + 2,
        rx: 6,
      }),
      text("what was learnt of the name waits here", x(STOP) - 26, rows[1] + 16, {
        anchor: "end",
        of: "notice",
      }),
    ],
    table: {
      head: ["token", "gradient · vector", ...names.map((name) => `length, ${name}`)],
      rows: tokens.map((token, column) => [
        token,
        fixed(values[column], 3),
        ...lengths.map((row) => fixed(row[column], 4)),
      ]),
    },
  };
}

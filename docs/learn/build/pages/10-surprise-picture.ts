/**
 * Page 10, second picture: how surprised the model is by each token of the sentence.
 * @module
 */
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { surprises } from "../lens.ts";
import { fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

export function surprisePicture(example: Example): Picture {
  const values = surprises(example);
  const pieces = example.pieces.slice(1).map(plain);
  const [left, bottom, high] = [20, 216, 150];
  const wide = (WIDTH - 2 * left) / values.length;
  const most = Math.max(...values);
  const middle = (column: number) => left + (column + 0.5) * wide;
  const tall = (value: number) => (value / most) * high;
  const top = values.indexOf(most);
  return {
    title: "Surprise along the sentence: “fox” is the greatest, “she” none",
    width: WIDTH,
    height: 272,
    body: [
      text("Surprise at each token, −log p, in nats", 16, 26, { of: "bold" }),
      element("line", { class: "grid", x1: left, x2: WIDTH - left, y1: bottom, y2: bottom }),
      ...values.flatMap((value, column) => [
        element("line", {
          class: "line",
          "stroke-width": 22,
          x1: middle(column),
          x2: middle(column),
          y1: bottom,
          y2: bottom - Math.max(1, tall(value)),
        }),
        text(fixed(value, 2), middle(column), bottom - tall(value) - 7, {
          anchor: "middle",
          of: "small",
        }),
        text(pieces[column], middle(column), bottom + (column % 2 ? 34 : 18), {
          anchor: "middle",
          of: "small",
        }),
      ]),
      notice(
        { x: middle(top) - 19, y: bottom - high - 20, width: 38, height: high + 24 },
        "there are other animals",
        { x: middle(top) + 28, y: bottom - high - 6 },
      ),
    ],
    table: {
      head: ["token", "probability", "surprise"],
      rows: values.map((value, column) => [
        pieces[column],
        fixed(Math.exp(-value), 4),
        fixed(value, 3),
      ]),
    },
  };
}

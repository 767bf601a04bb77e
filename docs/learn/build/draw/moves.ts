/**
 * Values that move: each is a ring where it was and a dot where it is, on one scale.
 * @module
 */
import { element, short, text } from "./picture.ts";

export interface MovesPlace {
  /** Middle of the first column, and pixels from one to the next. */
  readonly x: number;
  readonly step: number;
  readonly top: number;
  readonly height: number;
  /** The values at the bottom and at the top. */
  readonly from: number;
  readonly to: number;
  /** Values with a line across. */
  readonly marks: readonly number[];
}

export interface Moves {
  readonly body: string[];
  /** Where a value stands. */
  y(value: number): number;
}

/** One column for each pair of values. */
export function moves(
  before: readonly number[],
  after: readonly number[],
  { x, step, top, height, from, to, marks }: MovesPlace,
): Moves {
  const y = (value: number) => top + (height * (to - value)) / (to - from);
  const at = (i: number) => x + i * step;
  const left = x - step / 2;
  const right = at(before.length - 0.5);
  const body = marks.flatMap((mark) => [
    element("line", { class: "grid", x1: left, x2: right, y1: y(mark), y2: y(mark) }),
    text(String(mark).replace("-", "−"), left - 6, y(mark) + 4, { anchor: "end", of: "small" }),
  ]);
  const ways = before.map(
    (value, i) => `M${short(at(i))} ${short(y(value))}V${short(y(after[i]))}`,
  );
  body.push(element("path", { class: "line", "stroke-width": 2, d: ways.join("") }));
  before.forEach((value, i) => {
    const ring = { cx: at(i), cy: y(value), r: 4, "stroke-width": 1.5 };
    body.push(element("circle", { class: "ground", stroke: "currentColor", ...ring }));
    body.push(element("circle", { fill: "currentColor", cx: at(i), cy: y(after[i]), r: 4.5 }));
  });
  return { body, y };
}

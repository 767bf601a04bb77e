/**
 * Curves of values, one a step, on one scale, with lines across at values that are known.
 * @module
 */
import { element, short, text } from "./picture.ts";

export interface Curve {
  readonly values: readonly number[];
  /** `above`, `below` or `line`: its colour. */
  readonly of: string;
}

export interface CurvesPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The values at the bottom and at the top. */
  readonly from: number;
  readonly to: number;
  /** Values at the left, and steps below. */
  readonly marks: readonly number[];
  readonly steps: readonly number[];
}

export interface Curves {
  readonly body: string[];
  x(step: number): number;
  y(value: number): number;
}

/** Steps count from 0. */
export function curves(all: readonly Curve[], place: CurvesPlace): Curves {
  const { left, top, width, height, from, to, marks, steps } = place;
  const last = Math.max(...all.map(({ values }) => values.length)) - 1;
  const x = (step: number) => left + (width * step) / last;
  const y = (value: number) => top + (height * (to - value)) / (to - from);
  const body = [
    ...marks.flatMap((mark) => [
      element("line", { class: "grid", x1: left, x2: left + width, y1: y(mark), y2: y(mark) }),
      text(String(mark), left - 8, y(mark) + 4, { anchor: "end", of: "small" }),
    ]),
    ...steps.map((step) =>
      text(String(step), x(step), top + height + 18, { anchor: "middle", of: "small" }),
    ),
    ...all.map(({ values, of }) => {
      const points = values.map((value, step) => `${short(x(step))} ${short(y(value))}`);
      const color = of === "line" ? "line" : `row ${of}`;
      return element("path", { class: color, "stroke-width": 2, d: `M${points.join("L")}` });
    }),
  ];
  return { body, x, y };
}

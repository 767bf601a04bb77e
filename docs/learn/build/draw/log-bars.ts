/**
 * Groups of bars on a logarithmic scale.
 * @module
 */
import { element, short, text } from "./picture.ts";

export interface LogBarsPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The values at the bottom and at the top. */
  readonly from: number;
  readonly to: number;
}

export interface LogBars {
  readonly body: string[];
  /** The rectangle around the bars of a group, for a ring. */
  group(index: number): { x: number; y: number; width: number; height: number };
}

/** Pixels between groups. */
const GAP = 10;
const MARKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** `groups` of positive values, from left to right, with a name under each. */
export function logBars(
  groups: readonly (readonly number[])[],
  names: readonly string[],
  { left, top, width, height, from, to }: LogBarsPlace,
): LogBars {
  const bottom = top + height;
  const y = (value: number) => bottom - (height * Math.log(value / from)) / Math.log(to / from);
  const wide = (width - GAP * groups.length) / groups.length;
  const x = (group: number) => left + GAP / 2 + group * (wide + GAP);
  const body = MARKS.filter((mark) => mark >= from && mark <= to).flatMap((mark) => [
    element("line", { class: "grid", x1: left, x2: left + width, y1: y(mark), y2: y(mark) }),
    text(String(mark), left - 6, y(mark) + 4, { anchor: "end", of: "small" }),
  ]);
  groups.forEach((values, group) => {
    const bar = wide / values.length;
    const d = values.map(
      (value, i) => `M${short(x(group) + (i + 0.5) * bar)} ${bottom}V${short(y(value))}`,
    );
    body.push(element("path", { class: "line", "stroke-width": short(bar * 0.72), d: d.join("") }));
    body.push(
      text(names[group], x(group) + wide / 2, bottom + 18, { anchor: "middle", of: "small" }),
    );
  });
  return {
    body,
    group(index) {
      const highest = y(Math.max(...groups[index]));
      return { x: x(index) - 5, y: highest - 7, width: wide + 10, height: bottom - highest + 10 };
    },
  };
}

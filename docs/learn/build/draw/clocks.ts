/**
 * Angles as hands of clocks: they begin at twelve and turn as a clock does.
 * @module
 */
import { element, short } from "./picture.ts";

export interface ClocksPlace {
  /** Middle of the first clock. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Pixels from one clock to the next. */
  readonly step: number;
}

/** A row of clocks. Each has one hand from each list of angles: all but the last list are drawn faintly. */
export function clocks(
  angles: readonly (readonly number[])[],
  { x, y, radius, step }: ClocksPlace,
): string[] {
  const middle = (i: number) => x + i * step;
  const faces = angles[0].map((_, i) =>
    element("circle", { class: "grid", fill: "none", cx: middle(i), cy: y, r: radius }),
  );
  const hands = angles.map((of, list) => {
    const isLast = list === angles.length - 1;
    const hand = (angle: number, i: number) => {
      const [dx, dy] = [Math.sin(angle), -Math.cos(angle)].map((part) => short(part * radius));
      return `M${short(middle(i))} ${short(y)}l${dx} ${dy}`;
    };
    return element("path", {
      class: "line",
      "stroke-width": isLast ? 2.5 : 1.5,
      "stroke-opacity": isLast ? 1 : 0.5,
      d: of.map(hand).join(""),
    });
  });
  return [...faces, ...hands];
}

/**
 * Signed numbers as bars on both sides of a line, orange above and blue below.
 * @module
 */
import { element, short } from "./picture.ts";

export interface SignedBars {
  readonly x: number;
  /** Where 0 is. */
  readonly y: number;
  /** Pixels from one bar to the next. */
  readonly step: number;
  /** Pixels of a bar of 1. */
  readonly scale: number;
}

export function signedBars(
  values: ArrayLike<number>,
  { x, y, step, scale }: SignedBars,
): readonly string[] {
  const bars = { above: "", below: "" };
  for (let i = 0; i < values.length; i++) {
    const bar = `M${short(x + (i + 0.5) * step)} ${short(y)}v${short(-values[i] * scale)}`;
    bars[values[i] < 0 ? "below" : "above"] += bar;
  }
  const right = x + values.length * step;
  return [
    element("line", { class: "grid", x1: x, x2: right, y1: y, y2: y }),
    ...Object.entries(bars).map(([side, d]) =>
      element("path", { class: `row ${side}`, "stroke-width": step * 0.8, d }),
    ),
  ];
}

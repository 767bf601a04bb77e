/**
 * Signed numbers in cells that are coloured by them.
 * @module
 */
import { element, strength, text } from "./picture.ts";

export interface NumberMap {
  /** Left edge of the first column, and the top of each row. */
  readonly x: number;
  readonly y: readonly number[];
  readonly cell: { readonly width: number; readonly height: number };
  /** Value of full colour, and its negative. */
  readonly limit: number;
  readonly shown: (value: number) => string;
}

/** Fainter than a map without numbers, so that they can be read; those above 0 more so, as they are the ground here. */
const OPACITY = { below: 0.55, above: 0.22 };

/** A row of values for each `y`. */
export function numberMap(rows: readonly (readonly number[])[], map: NumberMap): string[] {
  const { x, y, cell, limit, shown } = map;
  return rows.flatMap((row, r) =>
    row.flatMap((value, c) => {
      const left = x + c * cell.width;
      const side = value < 0 ? "below" : "above";
      const box = element("rect", {
        class: side,
        "fill-opacity": (OPACITY[side] * strength(value, limit)).toFixed(2),
        x: left + 1,
        y: y[r],
        width: cell.width - 2,
        height: cell.height,
        rx: 3,
      });
      const middle = y[r] + cell.height / 2 + 4;
      const number = text(shown(value), left + cell.width / 2, middle, {
        anchor: "middle",
        of: "small",
      });
      return [box, number];
    }),
  );
}

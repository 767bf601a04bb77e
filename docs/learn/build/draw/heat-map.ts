/**
 * Signed numbers as a map of coloured cells.
 * @module
 */
import { element, short, strength } from "./picture.ts";

/** Shades on each side of 0: cells of a shade are one path, so that a thousand of them are a few kilobytes. */
const SHADES = 7;

export interface HeatMap {
  readonly x: number;
  readonly y: number;
  readonly cell: { readonly width: number; readonly height: number };
  /** Value of full colour, and its negative. */
  readonly limit: number;
  /** Pixels between rows. */
  readonly gap?: number;
}

/** `rows` from top to bottom. Neighbours of one shade are drawn as one stroke. */
export function heatMap(rows: readonly Float64Array[], map: HeatMap): string[] {
  const { x, y, cell, limit, gap = 1 } = map;
  const paths = new Map<string, string>();
  rows.forEach((row, r) => {
    const middle = short(y + r * (cell.height + gap) + cell.height / 2);
    for (let c = 0; c < row.length; ) {
      const shade = shadeOf(row[c], limit);
      let end = c + 1;
      while (end < row.length && shadeOf(row[end], limit) === shade) end++;
      const stroke = `M${short(x + c * cell.width)} ${middle}h${short((end - c) * cell.width)}`;
      paths.set(shade, (paths.get(shade) ?? "") + stroke);
      c = end;
    }
  });
  paths.delete("0");
  return [...paths].sort().map(([shade, d]) => {
    const side = shade.startsWith("-") ? "below" : "above";
    const opacity = Math.abs(Number(shade)) / SHADES;
    return element("path", {
      class: `row ${side}`,
      "stroke-width": cell.height,
      "stroke-opacity": opacity.toFixed(2),
      d,
    });
  });
}

const shadeOf = (value: number, limit: number) =>
  String(Math.sign(value) * Math.round(SHADES * strength(value, limit)) || 0);

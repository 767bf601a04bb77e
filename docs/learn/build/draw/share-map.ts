/**
 * Shares from 0 to 1 as a map of cells: the darker, the more. One ink, so that it is not read as signed.
 * @module
 */
import { element, short } from "./picture.ts";

/** Cells of a shade are one path, so that a thousand of them are a few kilobytes. */
const SHADES = 8;

export interface ShareMap {
  readonly x: number;
  readonly y: number;
  readonly cell: { readonly width: number; readonly height: number };
  /** Pixels that stay free around a cell. */
  readonly gap?: number;
}

/** Rows of a causal pattern, row l with its l + 1 shares, and the stairs above which nobody looks. */
export function causalMap(rows: readonly ArrayLike<number>[], map: ShareMap): string[] {
  const { x, y, cell } = map;
  let stairs = `M${short(x)} ${short(y)}`;
  for (let l = 0; l < rows.length; l++) stairs += `h${short(cell.width)}v${short(cell.height)}`;
  const below = `H${short(x)}Z`;
  return [element("path", { class: "grid", fill: "none", d: stairs + below }), ...cells(rows, map)];
}

function cells(rows: readonly ArrayLike<number>[], { x, y, cell, gap = 1 }: ShareMap): string[] {
  const paths = new Map<number, string>();
  rows.forEach((row, r) => {
    const middle = short(y + (r + 0.5) * cell.height);
    for (let c = 0; c < row.length; c++) {
      const shade = Math.round(row[c] * SHADES);
      const stroke = `M${short(x + c * cell.width + gap)} ${middle}h${short(cell.width - 2 * gap)}`;
      if (shade > 0) paths.set(shade, (paths.get(shade) ?? "") + stroke);
    }
  });
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([shade, d]) =>
      element("path", {
        class: "line",
        "stroke-width": cell.height - 2 * gap,
        "stroke-opacity": short(shade / SHADES),
        d,
      }),
    );
}

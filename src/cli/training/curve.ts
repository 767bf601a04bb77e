/**
 * A curve in characters of braille, each of which has two columns and four rows of dots: twice as wide and four times as
 * high as the text that it stands in.
 * @module
 */
import { type CurvePoint, fewPoints } from "../../training/report/points.ts";

/** Columns of the numbers beside the curve, and of the space behind them. */
const LABEL = 8;
/** The first character of the block, without a dot. */
const BRAILLE = 0x2800;
/** The bit of the dot in column x and row y. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** How large a curve is. */
export interface CurveSize {
  /** Characters across, the numbers beside the curve included. */
  readonly columns: number;
  /** Lines. */
  readonly lines: number;
  /** What the curve is called, in seven characters at most: said halfway down, if there are three lines. Default: not said. */
  readonly name?: string;
}

/**
 * The lines of the curve, none before there is a point. The highest value and the lowest stand beside it.
 * @param steps of the whole run.
 */
export function curveLines(
  points: readonly CurvePoint[],
  steps: number,
  { columns, lines, name = "" }: CurveSize,
): string[] {
  const across = columns - LABEL;
  const shown = fewPoints(points, steps, 2 * across);
  if (shown.length === 0) return [];
  const [most, least] = [Math.max, Math.min].map((of) => of(...shown.map(({ value }) => value)));
  const rows = 4 * lines;
  const rowOf = (value: number) =>
    most === least ? rows - 1 : Math.round(((most - value) / (most - least)) * (rows - 1));
  const cells = Array.from({ length: lines }, () => new Uint8Array(across));
  const dot = (x: number, y: number) => {
    cells[y >> 2][x >> 1] |= BITS[x & 1][y & 3];
  };
  let [lastX, lastY] = [shown[0].bucket, rowOf(shown[0].value)];
  for (const { bucket: x, value } of shown) {
    const y = rowOf(value);
    // A line from the last point to this one, a dot a column and as many rows as it takes.
    const length = Math.max(1, x - lastX, Math.abs(y - lastY));
    for (let i = 0; i <= length; i++) {
      const way = i / length;
      dot(Math.round(lastX + way * (x - lastX)), Math.round(lastY + way * (y - lastY)));
    }
    [lastX, lastY] = [x, y];
  }
  return cells.map((cell, line) => {
    const label = new Map([
      [lines >> 1, name],
      [lines - 1, number(least)],
      [0, number(most)],
    ]).get(line);
    const text = String.fromCodePoint(...Array.from(cell, (bits) => BRAILLE + bits));
    return `${(label ?? "").padStart(LABEL - 1)} ${text}`;
  });
}

/** A value in six characters at most. */
function number(value: number): string {
  const size = Math.abs(value);
  return size < 1000 ? value.toFixed(size < 10 ? 3 : 1) : value.toExponential(0);
}

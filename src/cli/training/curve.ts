/**
 * A loss curve in characters of braille, each of which has two columns and four rows of dots: twice as wide and four times as
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
}

/**
 * The lines of the curve, none before there is a point. The highest loss and the lowest stand beside it.
 * @param steps of the whole run.
 */
export function curveLines(
  points: readonly CurvePoint[],
  steps: number,
  { columns, lines }: CurveSize,
): string[] {
  const across = columns - LABEL;
  const shown = fewPoints(points, steps, 2 * across);
  if (shown.length === 0) return [];
  const [most, least] = [Math.max, Math.min].map((of) => of(...shown.map(({ loss }) => loss)));
  const rows = 4 * lines;
  const rowOf = (loss: number) =>
    most === least ? rows - 1 : Math.round(((most - loss) / (most - least)) * (rows - 1));
  const cells = Array.from({ length: lines }, () => new Uint8Array(across));
  const dot = (x: number, y: number) => {
    cells[y >> 2][x >> 1] |= BITS[x & 1][y & 3];
  };
  let [lastX, lastY] = [shown[0].bucket, rowOf(shown[0].loss)];
  for (const { bucket: x, loss } of shown) {
    const y = rowOf(loss);
    // A line from the last point to this one, a dot a column and as many rows as it takes.
    const length = Math.max(1, x - lastX, Math.abs(y - lastY));
    for (let i = 0; i <= length; i++) {
      const way = i / length;
      dot(Math.round(lastX + way * (x - lastX)), Math.round(lastY + way * (y - lastY)));
    }
    [lastX, lastY] = [x, y];
  }
  return cells.map((cell, line) => {
    const label = line === 0 ? number(most) : line === lines - 1 ? number(least) : "";
    const text = String.fromCodePoint(...Array.from(cell, (bits) => BRAILLE + bits));
    return `${label.padStart(LABEL - 1)} ${text}`;
  });
}

/** A loss in six characters at most. */
function number(loss: number): string {
  return loss < 1000 ? loss.toFixed(loss < 10 ? 3 : 1) : loss.toExponential(0);
}

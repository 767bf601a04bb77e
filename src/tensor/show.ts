/**
 * How a tensor prints itself in the console of Node and Deno: shape, dtype, and the numbers at its ends.
 * @module
 */
import type ndarray from "ndarray";
import { formatNumber, table } from "../table.ts";

/** A tensor of activations: tensor.ts names it. */
export type Shown = ndarray.NdArray<Float32Array | Float64Array>;

/** Most rows, and most numbers of a row, that are shown whole; of more, the first three and the last. */
const [MOST_ROWS, MOST_NUMBERS, FIRST] = [6, 8, 3];

/** The indices that are shown of `count`; `undefined` where some are left out. */
function ends(count: number, most: number): (number | undefined)[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return [...Array.from({ length: FIRST }, (_, i) => i), undefined, count - 1];
}

/** `tensor [13, 128] of float64`. */
function caption({ shape, dtype }: Shown): string {
  return `tensor [${shape.join(", ")}] of ${dtype}`;
}

/** A line for each row that is shown, behind its indices: those of all axes but the last. */
export function tensorText(x: Shown): string {
  const leading = x.shape.slice(0, -1);
  const columns = x.shape.at(-1) ?? 0;
  const rows = leading.reduce((product, axis) => product * axis, 1);
  const lines = ends(rows, MOST_ROWS).map((row) => {
    if (row === undefined) return ["…"];
    const index = indexOf(row, leading);
    const numbers = ends(columns, MOST_NUMBERS).map((column) =>
      column === undefined ? "…" : formatNumber(x.get(...index, column)),
    );
    return [leading.length > 0 ? `${index.join(",")}:` : "", ...numbers];
  });
  const width = Math.max(0, ...lines.map((line) => line.length));
  return `${caption(x)}\n${table(lines, `l${"r".repeat(Math.max(0, width - 1))}`, "  ")}`.trimEnd();
}

/** Where row number `row` stands: `[1, 0]` of the shape `[4, 3]` is row 3. */
function indexOf(row: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = row;
  for (const axis of [...shape].reverse()) {
    index.unshift(rest % axis);
    rest = Math.floor(rest / axis);
  }
  return index;
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom"); // Deno's console asks for it, too

/** Nested in another object, the caption is all that is shown. */
function inspect(this: Shown, depth = 0): string {
  return depth < 0 ? `[${caption(this)}]` : tensorText(this);
}

/**
 * `x`, which from now on shows itself, as all tensors with as many axes or fewer do. ndarray makes a class for each dtype and
 * number of axes, so that is said once of each class.
 */
export function showing(x: Shown): Shown {
  const prototype = Object.getPrototypeOf(x);
  if (INSPECT in prototype) return x;
  Object.defineProperty(prototype, INSPECT, { value: inspect, configurable: true });
  if (x.shape.length > 1) showing(x.pick(0) as Shown);
  return x;
}

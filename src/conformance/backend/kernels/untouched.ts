/**
 * Rows of a destination that a kernel must leave alone.
 * @module
 */
import type { Lab, LabTensor } from "../lab.ts";

/** A destination whose rows beside those that are to be written are told apart. */
export function destination(
  rows: number,
  columns: number,
  held: number,
  isNamed: (row: number) => boolean,
): Float32Array {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    data.fill(isNamed(row) ? held : -(row + 1), row * columns, (row + 1) * columns);
  }
  return data;
}

/** Rows that were not to be written are what they were, to the bit. */
export function assertUntouched(
  lab: Lab,
  { rows, columns }: LabTensor,
  untouched: ArrayLike<number>,
  after: ArrayLike<number>,
  isNamed: (row: number) => boolean,
): void {
  for (let row = 0; row < rows; row++) {
    if (isNamed(row)) continue;
    for (let c = row * columns; c < (row + 1) * columns; c++) {
      if (Object.is(untouched[c], after[c])) continue;
      const named = Array.from({ length: rows }, (_, r) => r).filter(isNamed);
      const wanted = named.length === 0 ? "none" : `${named[0]} to ${named[named.length - 1]}`;
      lab.fail(`row ${row} of dst was written; rows to write: ${wanted}`);
    }
  }
}

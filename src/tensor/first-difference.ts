/**
 * Whether two stored matrices hold the same numbers, whatever their dtypes.
 * @module
 */
import { BYTES_PER_ELEMENT, storedFromBytes, type WeightSource, widenRow } from "./stored.ts";

/** Bytes of a matrix that are read at a time: a table of a gigabyte must not be in memory twice. */
const PORTION = 2 ** 22;

/**
 * The first of `rows` rows in which two matrices of as many columns differ, or undefined. Numbers are compared as
 * float64, to which every dtype widens exactly; a NaN equals a NaN.
 */
export async function firstDifference(
  a: WeightSource,
  b: WeightSource,
  rows: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (a === b) return undefined;
  const columns = a.shape[1];
  const widest = Math.max(BYTES_PER_ELEMENT[a.dtype], BYTES_PER_ELEMENT[b.dtype]);
  const step = Math.max(1, Math.floor(PORTION / (columns * widest)));
  const left = new Float64Array(columns);
  const right = new Float64Array(columns);
  for (let begin = 0; begin < rows; begin += step) {
    const end = Math.min(rows, begin + step);
    const [ofA, ofB] = [await a.rows(begin, end, signal), await b.rows(begin, end, signal)];
    if (a.dtype === b.dtype && isSame(ofA, ofB)) continue;
    const storedA = storedFromBytes(ofA, a.dtype, [end - begin, columns]);
    const storedB = storedFromBytes(ofB, b.dtype, [end - begin, columns]);
    for (let row = 0; row < end - begin; row++) {
      widenRow(storedA, row, left);
      widenRow(storedB, row, right);
      if (!isSame(left, right)) return begin + row;
    }
  }
  return undefined;
}

function isSame(a: Uint8Array | Float64Array, b: Uint8Array | Float64Array): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return false;
  }
  return true;
}

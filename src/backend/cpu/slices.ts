/**
 * Work cut into slices short enough for the event loop's sake: by rows, and where one row is too much, by heads.
 * @module
 */
import type { NdArray } from "../../tensor/tensor.ts";
import type { Rows } from "../backend.ts";

/** Multiply-adds in a slice of work: some milliseconds. */
export const WORK: number = 2 ** 22;

/** How many times as much a slice may hold where the matmuls are those of a fast backend. */
export const FASTER: number = 32;

/** The rows of `dst` that `rows` of a source go to. */
export function destination({ from, count, into = from }: Rows): Rows {
  return { from: into, count };
}

/** `rows` in portions of at most {@link WORK}; each knows where in `dst` it goes. */
export function slices({ from, count, into = from }: Rows, workPerRow: number): Rows[] {
  const most = Math.max(1, Math.floor(WORK / workPerRow));
  const portions: Rows[] = [];
  for (let row = 0; row < count; row += most) {
    portions.push({ from: from + row, count: Math.min(most, count - row), into: into + row });
  }
  return portions;
}

/** The query heads to compute one at a time; `undefined` stands for all of them together. */
export function perHead(N: number, workPerRow: number): (number | undefined)[] {
  return workPerRow > WORK ? Array.from({ length: N }, (_, n) => n) : [undefined];
}

/**
 * What query head `n` of `N` needs of `x` [rows, heads, H]. Of queries it is its own head; of keys and values,
 * which have fewer, the head it reads. All of `x` where `n` is undefined.
 */
export function heads(x: NdArray, n: number | undefined, N: number): NdArray {
  if (n === undefined) return x;
  const [rows, count, H] = x.shape;
  return x.lo(0, Math.floor((n * count) / N), 0).hi(rows, 1, H);
}

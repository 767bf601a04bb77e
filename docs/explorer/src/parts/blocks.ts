/**
 * More numbers than there is room for cells: a cell stands for a block of them, by the one that is furthest from 0.
 * @module
 */

/** The index that each of at most `most` cells stands for, and how many numbers a cell has. */
export function blocksOf(
  values: ArrayLike<number>,
  most: number,
): { readonly size: number; readonly at: readonly number[] } {
  const size = Math.max(1, Math.ceil(values.length / most));
  const at: number[] = [];
  for (let begin = 0; begin < values.length; begin += size) {
    let furthest = begin;
    for (let i = begin; i < Math.min(values.length, begin + size); i++) {
      if (Math.abs(values[i]) > Math.abs(values[furthest])) furthest = i;
    }
    at.push(furthest);
  }
  return { size, at };
}

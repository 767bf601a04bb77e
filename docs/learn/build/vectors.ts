/**
 * What pages do with vectors.
 * @module
 */

export const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, i) => sum + value * y[i], 0);

/** The largest difference of two numbers at one place. */
export function furthest(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let distance = 0;
  for (let i = 0; i < x.length; i++) distance = Math.max(distance, Math.abs(x[i] - y[i]));
  return distance;
}

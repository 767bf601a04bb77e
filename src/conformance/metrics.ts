/**
 * Distances between arrays of numbers, by which outputs are held against goldens.
 * @module
 */
import { refusals } from "../errors.ts";

/** Largest |x|. NaN anywhere makes it NaN, which is within no bound. */
export function maxAbs(x: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) max = Math.max(max, Math.abs(x[i]));
  return max;
}

/**
 * x − y.
 * @throws {ShapeError} if they are not equally long.
 */
export function difference(x: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
  if (x.length === y.length) return Float64Array.from({ length: x.length }, (_, i) => x[i] - y[i]);
  throw refusals("difference").shape("x", `${y.length} numbers`, x.length);
}

/**
 * Largest |x − y|. NaN anywhere is infinitely far.
 * @throws {ShapeError} if they are not equally long.
 */
// #region distance
export function maxError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const max = maxAbs(difference(x, y));
  return Number.isNaN(max) ? Number.POSITIVE_INFINITY : max;
}
// #endregion

/**
 * Largest |x − y| in units of the largest |y|.
 * @throws {ShapeError} if they are not equally long.
 */
export function relativeError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return maxError(x, y) / maxAbs(y);
}

/** √(mean(x²)). */
export function rms(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum / x.length);
}

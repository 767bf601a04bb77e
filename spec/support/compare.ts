/** Distances between tensors, and failures that teach. */

export function maxAbs(x: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) max = Math.max(max, Math.abs(x[i]));
  return max;
}

export function rms(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum / x.length);
}

export function difference(x: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
  if (x.length !== y.length) throw new Error(`${x.length} values against ${y.length}`);
  return Float64Array.from({ length: x.length }, (_, i) => x[i] - y[i]);
}

/** Largest |x − y|; NaN anywhere is infinitely far. */
export function maxError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const d = difference(x, y);
  return d.some(Number.isNaN) ? Number.POSITIVE_INFINITY : maxAbs(d);
}

/** Largest |x − y| in units of the largest |y|. */
export function relativeError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return maxError(x, y) / maxAbs(y);
}

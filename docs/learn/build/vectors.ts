/**
 * What pages do with vectors.
 * @module
 */

export const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, i) => sum + value * y[i], 0);

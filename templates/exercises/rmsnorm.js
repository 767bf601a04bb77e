/**
 * RMSNorm of one row.
 *
 *     y[d] = x[d] / √(mean(x²) + eps) · (1 + weight[d])
 *
 * Left out: many rows at once, and rounding.
 *
 * @param {Float64Array} x  D numbers
 * @param {Float64Array} weight  D numbers, the gain minus one
 * @param {number} eps
 * @returns {Float64Array} a new row
 */
export function rmsNorm(x, weight, eps) {
  throw new Error("not yet");
}

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
  let squares = 0;
  for (let d = 0; d < x.length; d++) squares += x[d] * x[d];
  const root = Math.sqrt(squares / x.length + eps);
  const y = new Float64Array(x.length);
  for (let d = 0; d < x.length; d++) y[d] = (x[d] / root) * (1 + weight[d]);
  return y;
}

/**
 * From scores to shares that sum to one.
 *
 *     y[s] = exp(x[s] − max(x)) / Σ_t exp(x[t] − max(x))
 *
 * Left out: rounding.
 *
 * @param {Float64Array} x
 * @returns {Float64Array} as many numbers, new
 */
export function softmax(x) {
  let max = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < x.length; s++) max = Math.max(max, x[s]);
  const y = new Float64Array(x.length);
  let sum = 0;
  for (let s = 0; s < x.length; s++) {
    y[s] = Math.exp(x[s] - max);
    sum += y[s];
  }
  for (let s = 0; s < x.length; s++) y[s] /= sum;
  return y;
}

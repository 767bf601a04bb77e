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
  throw new Error("not yet");
}

/**
 * A projection: one dot product for each row of W.
 *
 *     y[f] = Σ_d x[d] · W[f][d]
 *
 * Left out: many rows at once, and all that makes it fast.
 *
 * @param {Float64Array} x  D numbers
 * @param {Float64Array[]} W  F rows of D numbers
 * @returns {Float64Array} F numbers
 */
export function linear(x, W) {
  const y = new Float64Array(W.length);
  for (let f = 0; f < W.length; f++) {
    let sum = 0;
    for (let d = 0; d < x.length; d++) sum += x[d] * W[f][d];
    y[f] = sum;
  }
  return y;
}

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
  throw new Error("not yet");
}

/**
 * From a token to a vector.
 *
 *     x[d] = table[id][d] · √D
 *
 * D is the length of a row. The table stays as it is.
 *
 * Left out: weights of 16 bits, and the rounding of √D in them.
 *
 * @param {number} id
 * @param {Float64Array[]} table  V rows of D numbers
 * @returns {Float64Array} a new row
 */
export function embed(id, table) {
  throw new Error("not yet");
}

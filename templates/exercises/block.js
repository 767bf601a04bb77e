/**
 * One block: attention, then the MLP, each normed before and added after.
 *
 *     mid = x + attention(attentionNorm(x))
 *     out = mid + mlp(mlpNorm(mid))
 *
 * Each part takes a vector and gives a new one of the same length.
 *
 * Left out: what the parts do. You have written that already.
 *
 * @param {Float64Array} x  the stream
 * @param {{
 *   attentionNorm: (x: Float64Array) => Float64Array,
 *   attention: (normed: Float64Array) => Float64Array,
 *   mlpNorm: (x: Float64Array) => Float64Array,
 *   mlp: (normed: Float64Array) => Float64Array,
 * }} parts
 * @returns {Float64Array} the stream behind the block, new
 */
export function block(x, parts) {
  throw new Error("not yet");
}

/**
 * RoPE: turns the pairs of one head by angles that grow with position.
 *
 *     angle      = pos · theta^(−2i/H)                 i = 0 … H/2 − 1
 *     y[i]       = x[i] · cos(angle) − x[i + H/2] · sin(angle)
 *     y[i + H/2] = x[i + H/2] · cos(angle) + x[i] · sin(angle)
 *
 * Left out: many heads at once, and angles in float32.
 *
 * @param {Float64Array} x  H numbers
 * @param {number} pos  of the token; the first is at 0
 * @param {number} theta
 * @returns {Float64Array} H numbers, new
 */
export function rope(x, pos, theta) {
  throw new Error("not yet");
}

/**
 * One step of AdamW, for a row of weights.
 *
 *     weight ← weight · (1 − lr · weightDecay)
 *     m ← beta1 · m + (1 − beta1) · gradient
 *     v ← beta2 · v + (1 − beta2) · gradient²
 *     weight ← weight − lr · m / (1 − beta1^t) / (√(v / (1 − beta2^t)) + eps)
 *
 * Left out: weights that do not decay, and a learning rate that changes.
 *
 * @param {Float64Array} weight
 * @param {Float64Array} gradient
 * @param {Float64Array} m  of the step before; 0 at first
 * @param {Float64Array} v  of the step before; 0 at first
 * @param {number} t  the step, from 1 on
 * @param {{ lr: number, beta1: number, beta2: number, eps: number, weightDecay: number }} numbers
 * @returns {Float64Array[]} the new weight, m and v
 */
export function adamW(weight, gradient, m, v, t, numbers) {
  throw new Error("not yet");
}

/**
 * From logits to the probabilities of the draw, in the order of Google's code.
 *
 *     p = softmax(logits / temperature)
 *     top-p: walk from the most probable; drop a word once those before it sum to more than topP
 *     top-k: of what is left keep the first topK
 *     divide what is left by its sum; dropped words have 0
 *
 * Left out: the draw itself, and temperature 0, which takes the largest logit.
 *
 * @param {Float64Array} logits  V numbers
 * @param {{ temperature: number, topP: number, topK: number }} options
 * @returns {Float64Array} V probabilities
 */
export function distribution(logits, options) {
  throw new Error("not yet");
}

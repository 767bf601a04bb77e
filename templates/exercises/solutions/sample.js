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
  const { temperature, topP, topK } = options;
  const p = softmax(logits.map((value) => value / temperature));
  const sorted = Array.from(p.keys()).sort((a, b) => p[b] - p[a]);
  const kept = [];
  let before = 0; // the sum of those in front
  for (const id of sorted) {
    if (before > topP || kept.length === topK) break;
    kept.push(id);
    before += p[id];
  }
  const result = new Float64Array(p.length);
  for (const id of kept) result[id] = p[id] / before;
  return result;
}

function softmax(x) {
  const max = x.reduce((a, b) => Math.max(a, b));
  const powers = x.map((value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}

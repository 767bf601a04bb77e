/**
 * Log-probabilities of tokens, and the most probable one.
 *
 *     log softmax(x)[i] = x[i] − max(x) − log Σ_j exp(x[j] − max(x))
 *
 * @module
 */

/** The index of the largest value, the lowest of equal ones. */
export function argmax(x: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i] > x[best]) best = i;
  return best;
}

/** log p(token) under softmax(logits): the model's own, before temperature and filters. */
export function logProbability(logits: ArrayLike<number>, token: number): number {
  const max = logits[argmax(logits)];
  let sum = 0;
  for (let v = 0; v < logits.length; v++) sum += Math.exp(logits[v] - max);
  return logits[token] - max - Math.log(sum);
}

/**
 * The logistic function, and what is lost by it: the probability of one of two things whose scores differ by x.
 *
 *     σ(x)        = 1 / (1 + e^−x)
 *     softplus(x) = log(1 + eˣ) = −log σ(−x)
 *
 * log(σ(x)) itself is −∞ from x = −746 downwards, where −softplus(−x) is still x.
 * @module
 */

/** σ(x): 0 to 1, and never NaN for a number. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + eˣ), finite for every finite x. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * pass@k: the probability that at least one of k programs is right, of n that were tried and c that were.
 * Chen et al. 2021, arXiv:2107.03374, Eq. 1, unbiased:
 *
 *     1 − C(n − c, k) / C(n, k) = 1 − Π_{i = n−c+1..n} (1 − k / i)
 *
 * @module
 */
import { assertInteger } from "../../check.ts";

/** @throws {ArgumentError} unless 0 ≤ c ≤ n and 1 ≤ k ≤ n. */
export function passAtK(n: number, c: number, k: number): number {
  assertInteger("passAtK", "n", n, { from: 1 });
  assertInteger("passAtK", "c", c, { from: 0, to: n });
  assertInteger("passAtK", "k", k, { from: 1, to: n });
  if (n - c < k) return 1;
  let none = 1;
  for (let i = n - c + 1; i <= n; i++) none *= 1 - k / i;
  return 1 - none;
}

/**
 * Best-of-n: the reference is asked n times, and the answer with the highest reward is kept. The yardstick of RLHF that needs no
 * training: a policy of the same KL should have a reward as high.
 *
 *     E[max of n] = Σ_i r_(i) · C(i − 1, n − 1) / C(N, n)     of N samples in ascending order r_(1) … r_(N)
 *     KL(best of n ‖ π_ref) ≤ log n − (n − 1)/n
 *
 * The first is the mean over all choices of n samples, so it is unbiased (Hoeffding 1948, U-statistics); the second is an equality where
 * no two answers are equal (Stiennon et al. 2020, arXiv:2009.01325, App. G.3), and a bound always (Beirami et al. 2024, arXiv:2401.01879).
 * @module
 */
import { assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { byGroup, meanOver } from "./groups.ts";

/** Options of {@link bestOfN}. */
export interface BestOfNOptions {
  /** Which prompt each sample answers, [N]: equal numbers, equal prompt. Default: all answer one. */
  readonly groups?: ArrayLike<number>;
}

const NAMES: OptionNames<BestOfNOptions> = { groups: true };

/** What the best of n samples would be. */
export interface BestOfN {
  /** The expected reward. */
  readonly reward: number;
  /** Its standard error, by leaving out one sample after the other (jackknife); NaN where a prompt has just n samples. */
  readonly rewardError: number;
  /** The most that its KL from the reference is, in nats. */
  readonly klBound: number;
}

const OP = "bestOfN";

/**
 * Estimates best-of-n from rewards of samples of the reference.
 * @param rewards r of each sample, [N].
 * @param n how many are asked for.
 * @param options groups: {@link BestOfNOptions}
 * @throws {ArgumentError} if a number is not finite, or a prompt has fewer than n samples.
 */
export function bestOfN(
  rewards: ArrayLike<number>,
  n: number,
  options: BestOfNOptions = {},
): BestOfN {
  assertOptions(OP, options, NAMES);
  assertInteger(OP, "n", n, POSITIVE);
  const groups = byGroup(OP, rewards, options.groups);
  for (const { length } of groups) {
    if (length >= n) continue;
    const hint =
      "best of more than were drawn cannot be estimated: sample more, or take a smaller n";
    throw refusals(OP).argument("n", `at most ${length}, the samples of a prompt`, n, hint);
  }
  const sorted = groups.map((own) => own.sort());
  const errors = meanOver(sorted, (own) => jackknife(own, n)) / groups.length;
  return {
    reward: meanOver(sorted, (own) => expectedMax(own, n)),
    rewardError: Math.sqrt(errors),
    klBound: Math.log(n) - (n - 1) / n,
  };
}

/** Of rewards in ascending order. */
function expectedMax(sorted: Float64Array, n: number): number {
  let sum = 0;
  for (const [i, weight] of weightsOf(sorted.length, n).entries()) sum += weight * sorted[i];
  return sum;
}

/** C(i, n − 1) / C(N, n) of the i-th from 0, each from the one above it: the binomials themselves overflow. */
function weightsOf(N: number, n: number): Float64Array {
  const weights = new Float64Array(N);
  let weight = n / N;
  for (let i = N - 1; i >= n - 1; i--) {
    weights[i] = weight;
    weight *= (i - n + 1) / i;
  }
  return weights;
}

/** The squared standard error: (N − 1)/N Σ (without one − their mean)². */
function jackknife(sorted: Float64Array, n: number): number {
  const N = sorted.length;
  if (N === n) return Number.NaN;
  const weights = weightsOf(N - 1, n);
  // Those below the one that is left out keep their place, those above it move down by one.
  const [below, above] = [new Float64Array(N), new Float64Array(N)];
  for (let i = 1; i < N; i++) {
    below[i] = below[i - 1] + weights[i - 1] * sorted[i - 1];
    above[N - 1 - i] = above[N - i] + weights[N - 1 - i] * sorted[N - i];
  }
  const without = below.map((sum, i) => sum + above[i]);
  const mean = without.reduce((sum, x) => sum + x, 0) / N;
  return ((N - 1) / N) * without.reduce((sum, x) => sum + (x - mean) ** 2, 0);
}

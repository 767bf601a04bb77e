/**
 * The best that RLHF can reach, in closed form: the reference, each answer weighed by its reward. Ziegler et al. 2019,
 * arXiv:1909.08593, §2; Rafailov et al. 2023, arXiv:2305.18290, Eq. 4, from which DPO follows.
 *
 *     π*(y) = π_ref(y) e^{r(y)/β} / Z,    Z = Σ_y π_ref(y) e^{r(y)/β}
 *     J*    = β log Z
 *     J* − J(π) = β KL(π ‖ π*)            of every policy π, so the gap in J is a distance
 *
 * @module
 */
import { assertNumbers } from "../losses/check.ts";
import { assertBeta, expectation, logSumExp, probabilitiesOf } from "./distribution.ts";

/** The optimum over all answers. */
export interface Optimum {
  /** log π* of each answer, [Y]; −∞ where e^((r − max r)/β) is too small for a number. */
  readonly logprobs: Float64Array;
  /** J* = β log Z. */
  readonly objective: number;
  /** E[r] under π*. */
  readonly reward: number;
  /** KL(π* ‖ π_ref), in nats. */
  readonly kl: number;
}

/**
 * π* of all answers, finite for every β above 0 (log-sum-exp).
 * @param referenceSums log π_ref of all answers, [Y]: `enumerateResponses`. Of samples: `estimateOptimum`.
 * @param rewards r of each, [Y].
 * @param beta β, the price of a nat, above 0.
 * @throws {ArgumentError} if numbers are missing or not finite, or the answers are not all.
 */
export function optimumOf(
  referenceSums: ArrayLike<number>,
  rewards: ArrayLike<number>,
  beta: number,
): Optimum {
  const op = "optimumOf";
  assertBeta(op, beta);
  probabilitiesOf(op, "referenceSums", referenceSums);
  assertNumbers(op, "rewards", rewards, referenceSums.length);
  // The largest reward taken out, or r/β would be Infinity for a small β.
  const most = Array.from(rewards).reduce((a, b) => Math.max(a, b));
  const weighed = Float64Array.from(referenceSums, (S, y) => S + (rewards[y] - most) / beta);
  const logZ = logSumExp(weighed);
  const logprobs = weighed.map((w) => w - logZ);
  const p = logprobs.map(Math.exp);
  return {
    logprobs,
    objective: most + beta * logZ,
    reward: expectation(p, rewards),
    kl: expectation(
      p,
      logprobs.map((S, y) => (p[y] === 0 ? 0 : S - referenceSums[y])),
    ),
  };
}

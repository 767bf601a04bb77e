/**
 * What RLHF maximises, as a sum over all answers in place of samples:
 *
 *     J = Σ_y π(y) (r(y) − β (S_y − S_y^ref)) = E[r] − β KL(π ‖ π_ref),     S = log π(y)
 *     ∇J = Σ_y π(y) R_y ∇S_y,                                              R_y = r_y − β (S_y − S_y^ref)
 *
 * (∇ through S inside of R adds −β Σ π ∇S = −β ∇Σπ = 0.) The policy gradient estimates this sum by sampling y; here is what its
 * mean has to be.
 * @module
 */
import { assertFinite } from "../../check.ts";
import { assertMasked, assertNumbers, type Ragged } from "../losses/check.ts";
import type { TokenLoss } from "../losses/policy-gradient.ts";
import {
  responseLogprobs,
  responseLogprobsBackward,
  sumOverResponses,
} from "../losses/response-logprobs.ts";
import { shapedRewards } from "../losses/shaped-rewards.ts";
import { expectation, probabilitiesOf } from "./distribution.ts";

/** A policy judged over all of its answers. The loss is −J, for gradients that an optimiser goes down. */
export interface ExactObjective extends TokenLoss {
  /** J = E[r] − β KL. */
  readonly objective: number;
  /** E[r]. */
  readonly reward: number;
  /** KL(π ‖ π_ref), in nats. */
  readonly kl: number;
}

/**
 * J of a policy, and the gradient of −J: `model.accumulateOf(responses, (logprobs) => exactObjective(logprobs, …).dLogprobs)`.
 * @param logprobs log π of each token of all answers, [Y] lists of [T]: `enumerateResponses`.
 * @param reference log π_ref of the same tokens.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param rewards r of each answer, [Y].
 * @param beta β, the price of a nat.
 * @throws {ArgumentError} if shapes differ, a number is not finite, or the answers are not all.
 */
export function exactObjective(
  logprobs: Ragged,
  reference: Ragged,
  masks: Ragged,
  rewards: ArrayLike<number>,
  beta: number,
): ExactObjective {
  const op = "exactObjective";
  assertFinite(op, "beta", beta);
  const sums = responseLogprobs(logprobs, masks);
  assertMasked(op, "reference", reference, masks);
  assertNumbers(op, "rewards", rewards, sums.length);
  const p = probabilitiesOf(op, "logprobs", sums);
  const referenceSums = sumOverResponses(reference, masks);
  const shaped = shapedRewards(rewards, sums, referenceSums, beta);
  const objective = expectation(p, shaped);
  // Any constant may be taken off R, as Σ π ∇S = 0; J leaves the least to cancel.
  const dSums = p.map((probability, y) => -probability * (shaped[y] - objective));
  return {
    loss: -objective,
    dLogprobs: responseLogprobsBackward(dSums, masks),
    objective,
    reward: expectation(p, rewards),
    kl: expectation(
      p,
      sums.map((S, y) => S - referenceSums[y]),
    ),
  };
}

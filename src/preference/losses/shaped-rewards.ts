/**
 * Rewards with the price of leaving the reference: what policy gradient maximises, and why the policy does not run off to
 * whatever the reward model has wrong. Ziegler et al. 2019, arXiv:1909.08593, Eq. 2; Gemma's report says "KL regularization
 * towards the initially tuned model":
 *
 *     R = r − β (S − S_ref),    S = log π(y | x)
 *
 * or the same by tokens, so that each token pays for itself: −β δ_t at each, and r at the last,
 *
 *     return to go: G_t = Σ_{u ≥ t} (reward of token u),   G of the first token = R
 *
 * R is a number from here on: nothing is differentiated through S in it. (That gradient would be 0 on average.) With
 * it the mean of R is J = E[r] − β KL(π ‖ π_ref), whose maximum is π* ∝ π_ref e^{r/β}.
 * @module
 */
import { assertFinite } from "../../check.ts";
import { assertNumbers, type Ragged } from "./check.ts";
import { logRatios } from "./kl.ts";

/**
 * R of each sequence, [B].
 * @param rewards r of each answer, [B].
 * @param sums S of each answer under the policy that wrote it, [B]: `responseLogprobs`.
 * @param referenceSums S_ref of each answer, [B].
 * @param beta β, the price of a nat.
 * @throws {ArgumentError} if numbers are missing or not finite.
 */
export function shapedRewards(
  rewards: ArrayLike<number>,
  sums: ArrayLike<number>,
  referenceSums: ArrayLike<number>,
  beta: number,
): Float64Array {
  assertNumbers("shapedRewards", "rewards", rewards);
  assertNumbers("shapedRewards", "sums", sums, rewards.length);
  assertNumbers("shapedRewards", "referenceSums", referenceSums, rewards.length);
  assertFinite("shapedRewards", "beta", beta);
  // #region price
  // r [B] of each answer, S and S_ref [B] its log π: sums over its tokens
  return Float64Array.from(rewards, (r, b) => r - beta * (sums[b] - referenceSums[b]));
  // #endregion
}

/**
 * G_t of each token, shaped as `masks`; 0 where the mask is.
 * @param rewards r of each answer, [B].
 * @param logprobs log π of each token, [B] lists of [T].
 * @param reference log π_ref of the same tokens.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param beta β, the price of a nat.
 * @throws {ArgumentError} if shapes differ or a number is not finite.
 */
export function returnsToGo(
  rewards: ArrayLike<number>,
  logprobs: Ragged,
  reference: Ragged,
  masks: Ragged,
  beta: number,
): Float64Array[] {
  const deltas = logRatios("returnsToGo", logprobs, reference, masks);
  assertNumbers("returnsToGo", "rewards", rewards, masks.length);
  assertFinite("returnsToGo", "beta", beta);
  return deltas.map((row, b) => {
    const returns = new Float64Array(row.length);
    let toGo = rewards[b]; // paid at the last token, so that every token has it before it
    for (let t = row.length - 1; t >= 0; t--) {
      if (masks[b][t] === 0) continue;
      toGo -= beta * row[t];
      returns[t] = toGo;
    }
    return returns;
  });
}

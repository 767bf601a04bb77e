/**
 * Policy gradient: make answers more probable that were better than expected, and others less.
 * Williams 1992, "Simple statistical gradient-following algorithms" (REINFORCE); the report: "a variant of REINFORCE".
 *
 *     by sequence   loss = −mean_i A_i · S_i,               S_i = Σ_t log π(y_t | …)
 *     by token      loss = −mean_i Σ_t A_it · log π(y_t | …)
 *
 * The value of such a loss means nothing; its gradient is the one of the mean reward. A is a number: nothing is
 * differentiated through it. *Sums over tokens, means over sequences*: to divide by the length of an answer, or by the tokens of
 * the batch, is another objective, in which a bad answer gets less bad by getting longer.
 * @module
 */
import { assertMasked, assertMasks, assertNumbers, type Ragged } from "./check.ts";
import { responseLogprobsBackward, sumOverResponses } from "./response-logprobs.ts";

/** A loss of the log-probabilities of tokens, and its gradient. */
export interface TokenLoss {
  /** The mean over sequences. */
  readonly loss: number;
  /** ∂loss/∂logprobs, shaped as those; 0 where the mask is. */
  readonly dLogprobs: Float64Array[];
}

/**
 * −mean_i A_i S_i, and its gradient, −A_i/B at each token of answer i.
 * @param logprobs log π of each token, [B] lists of [T].
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param advantages A of each answer, [B]: baselines.ts.
 * @throws {ArgumentError} if shapes differ, or a number is not finite.
 */
export function policyGradientLoss(
  logprobs: Ragged,
  masks: Ragged,
  advantages: ArrayLike<number>,
): TokenLoss {
  const op = "policyGradientLoss";
  assertMasks(op, masks);
  assertMasked(op, "logprobs", logprobs, masks);
  const B = masks.length;
  assertNumbers(op, "advantages", advantages, B);
  // #region loss
  let sum = 0;
  for (const [i, S] of sumOverResponses(logprobs, masks).entries()) sum += advantages[i] * S;
  const dSums = Float64Array.from(advantages, (advantage) => -advantage / B); // ∂loss/∂S
  return { loss: -sum / B, dLogprobs: responseLogprobsBackward(dSums, masks) };
  // #endregion
}

/**
 * −mean_i Σ_t A_it log π, and its gradient, −A_it/B.
 * @param logprobs log π of each token, [B] lists of [T].
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param advantages A of each token, shaped as `logprobs`: `returnsToGo` minus a baseline. Not looked at where the mask is 0.
 * @throws {ArgumentError} if shapes differ, or a number is not finite.
 */
export function tokenPolicyGradientLoss(
  logprobs: Ragged,
  masks: Ragged,
  advantages: Ragged,
): TokenLoss {
  const op = "tokenPolicyGradientLoss";
  assertMasks(op, masks);
  assertMasked(op, "logprobs", logprobs, masks);
  assertMasked(op, "advantages", advantages, masks);
  const B = masks.length;
  let sum = 0;
  const dLogprobs = masks.map((mask, i) =>
    Float64Array.from(mask, (m, t) => {
      if (m === 0) return 0;
      sum += advantages[i][t] * logprobs[i][t];
      return -advantages[i][t] / B;
    }),
  );
  return { loss: -sum / B, dLogprobs };
}

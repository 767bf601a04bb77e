/**
 * The log-probability of a whole answer y = y₁ … yₙ to a prompt x, the chain rule of probability:
 *
 *     S = log π(y | x) = Σ_t mask[t] · log π(y_t | x, y_<t)
 *
 * The mask is 1 on the tokens of the answer, *the closing token included*: a model that is not told when to stop does
 * not learn to. S is a sum and not a mean: with a mean, long answers would count for less.
 * @module
 */
import { assertMasked, assertMasks, assertNumbers, type Ragged } from "./check.ts";

/**
 * S of each sequence, [B].
 * @param logprobs log p of each token given those before it, [B] lists of [T]. Where the mask is 0 it is not looked at.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @throws {ArgumentError} if shapes differ, an answer has no token, or a log-probability of one is not finite.
 */
export function responseLogprobs(logprobs: Ragged, masks: Ragged): Float64Array {
  assertMasks("responseLogprobs", masks);
  assertMasked("responseLogprobs", "logprobs", logprobs, masks);
  return sumOverResponses(logprobs, masks);
}

/**
 * ∂loss/∂logprobs, shaped as `masks`: ∂S/∂logprob is 1 at each token of the answer, and 0 elsewhere.
 * @param dSums ∂loss/∂S of each sequence, [B].
 * @param masks as in {@link responseLogprobs}.
 * @throws {ArgumentError} if there are not as many.
 */
export function responseLogprobsBackward(dSums: ArrayLike<number>, masks: Ragged): Float64Array[] {
  assertMasks("responseLogprobsBackward", masks);
  assertNumbers("responseLogprobsBackward", "dSums", dSums, masks.length);
  return masks.map((mask, b) => Float64Array.from(mask, (m) => (m === 1 ? dSums[b] : 0)));
}

/** Σ over the tokens of each answer; arguments are checked already. */
export function sumOverResponses(values: Ragged, masks: Ragged): Float64Array {
  return Float64Array.from(masks, (mask, b) => {
    let sum = 0;
    for (let t = 0; t < mask.length; t++) if (mask[t] === 1) sum += values[b][t];
    return sum;
  });
}

/**
 * How far a policy π has gone from the model it began as: estimates of KL(π ‖ π_ref) from the answers that π wrote.
 * Schulman 2020, "Approximating KL divergence" (joschu.net/blog/kl-approx.html). Of each token, with δ = log π − log π_ref,
 *
 *     k1 = δ              unbiased; may be negative in a sample
 *     k2 = ½ δ²           biased, small where the two are close; never negative
 *     k3 = e^−δ − 1 + δ   unbiased, and never negative
 *
 * summed over the tokens of an answer. The answers have to come from π itself, at temperature 1 and with no tokens left out. If
 * they do not, the mean of k1 may be below 0 by more than chance: the usual sign of that mistake.
 * These are for reports, and k1 for the reward. Their *gradients* are something else: kl-in-loss.ts.
 * @module
 */
import { assertMasked, assertMasks, type Ragged } from "./check.ts";
import { sumOverResponses } from "./response-logprobs.ts";

/** Estimates of KL(π ‖ π_ref) in nats, of each sequence, [B]. */
export interface KlEstimates {
  /** Σ_t δ = S − S_ref. */
  readonly k1: Float64Array;
  /** Σ_t ½ δ². */
  readonly k2: Float64Array;
  /** Σ_t e^−δ − 1 + δ. */
  readonly k3: Float64Array;
}

/**
 * @param logprobs log π of each token, [B] lists of [T].
 * @param reference log π_ref of the same tokens.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @throws {ArgumentError} if shapes differ, an answer has no token, or a log-probability of one is not finite.
 */
export function klEstimates(logprobs: Ragged, reference: Ragged, masks: Ragged): KlEstimates {
  const deltas = logRatios("klEstimates", logprobs, reference, masks);
  const of = (estimate: (delta: number) => number) =>
    sumOverResponses(
      deltas.map((row) => row.map(estimate)),
      masks,
    );
  return {
    k1: of((delta) => delta),
    k2: of((delta) => (delta * delta) / 2),
    // expm1, as e^−δ − 1 has lost its digits where δ is small, which is where one begins.
    k3: of((delta) => Math.expm1(-delta) + delta),
  };
}

/** δ of each token, 0 where the mask is. */
export function logRatios(
  op: string,
  logprobs: Ragged,
  reference: Ragged,
  masks: Ragged,
): Float64Array[] {
  assertMasks(op, masks);
  assertMasked(op, "logprobs", logprobs, masks);
  assertMasked(op, "reference", reference, masks);
  return masks.map((mask, b) =>
    Float64Array.from(mask, (m, t) => (m === 1 ? logprobs[b][t] - reference[b][t] : 0)),
  );
}

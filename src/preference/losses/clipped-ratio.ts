/**
 * Policy gradient from answers that a slightly older policy wrote: several updates from one batch.
 * Schulman et al. 2017, "Proximal policy optimization algorithms", arXiv:1707.06347, Eq. 7. With the ratio ρ = π / π_old,
 *
 *     loss = −mean_i min(ρ_i A_i, clip(ρ_i, 1 − ε, 1 + ε) A_i),   ρ_i = exp(S_i − S_i^old)      by sequence
 *     loss = −mean_i Σ_t min(ρ_it A_it, clip(ρ_it, 1 − ε, 1 + ε) A_it)                           by token
 *
 * The ratio makes up for the answers coming from π_old; the minimum takes away the gain of going further than ε in one batch. So
 * the gradient is −ρ A/B, and 0 where ρ is beyond the bound on the side that A asks for: ρ > 1 + ε and A > 0, or ρ < 1 − ε and
 * A < 0. On the way back to π_old nothing is clipped, however far it is.
 * At the first update ρ = 1, and the gradient is that of `policyGradientLoss`, to the bit.
 * @module
 */
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertMasked, assertMasks, assertNumbers, type Ragged } from "./check.ts";
import type { TokenLoss } from "./policy-gradient.ts";
import { responseLogprobsBackward, sumOverResponses } from "./response-logprobs.ts";

/** Options of the clipped losses. */
export interface ClippedRatioOptions {
  /** ε: how far the ratio may go from 1 and still be of use, above 0. Default 0.2, as in PPO. */
  readonly clip?: number;
}

const NAMES: OptionNames<ClippedRatioOptions> = { clip: true };

/** A clipped loss and its gradient. */
export interface ClippedLoss extends TokenLoss {
  /** The share of the answers, or of their tokens, whose gradient was cut to 0. */
  readonly clipped: number;
}

/**
 * By sequence: one ratio for a whole answer.
 * @param logprobs log π of each token, [B] lists of [T].
 * @param old log π_old of the same tokens: of the policy that wrote them, by the arithmetic that gives `logprobs`.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param advantages A of each answer, [B]: baselines.ts.
 * @param options clip: {@link ClippedRatioOptions}
 * @throws {ArgumentError} if shapes differ, a number is not finite, or a ratio is too large for one.
 */
export function clippedPolicyGradientLoss(
  logprobs: Ragged,
  old: Ragged,
  masks: Ragged,
  advantages: ArrayLike<number>,
  options: ClippedRatioOptions = {},
): ClippedLoss {
  const op = "clippedPolicyGradientLoss";
  const clip = checked(op, logprobs, old, masks, options);
  const B = masks.length;
  assertNumbers(op, "advantages", advantages, B);
  const S = sumOverResponses(logprobs, masks);
  const terms = Array.from(sumOverResponses(old, masks), (S_old, i) =>
    termOf(ratioOf(op, `logprobs[${i}]`, S[i] - S_old), advantages[i], clip),
  );
  return {
    loss: -sumOf(terms, ({ value }) => value) / B,
    dLogprobs: responseLogprobsBackward(
      terms.map(({ slope }) => -slope / B),
      masks,
    ),
    clipped: sumOf(terms, ({ isClipped }) => Number(isClipped)) / B,
  };
}

/**
 * By token: each has a ratio and an advantage of its own.
 * @param logprobs log π of each token, [B] lists of [T].
 * @param old log π_old of the same tokens, as in {@link clippedPolicyGradientLoss}.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param advantages A of each token, shaped as `logprobs`: `returnsToGo` minus a baseline. Not looked at where the mask is 0.
 * @param options clip: {@link ClippedRatioOptions}
 * @throws {ArgumentError} if shapes differ, a number is not finite, or a ratio is too large for one.
 */
export function clippedTokenPolicyGradientLoss(
  logprobs: Ragged,
  old: Ragged,
  masks: Ragged,
  advantages: Ragged,
  options: ClippedRatioOptions = {},
): ClippedLoss {
  const op = "clippedTokenPolicyGradientLoss";
  const clip = checked(op, logprobs, old, masks, options);
  assertMasked(op, "advantages", advantages, masks);
  const B = masks.length;
  let [sum, cut, tokens] = [0, 0, 0];
  const dLogprobs = masks.map((mask, i) =>
    Float64Array.from(mask, (m, t) => {
      if (m === 0) return 0;
      const ratio = ratioOf(op, `logprobs[${i}][${t}]`, logprobs[i][t] - old[i][t]);
      const { value, slope, isClipped } = termOf(ratio, advantages[i][t], clip);
      sum += value;
      cut += Number(isClipped);
      tokens++;
      return -slope / B;
    }),
  );
  return { loss: -sum / B, dLogprobs, clipped: cut / tokens };
}

/** min(ρ A, clip(ρ) A), its slope in log π (∂ρ/∂log π = ρ), and whether the minimum is the clipped one. */
function termOf(ratio: number, A: number, clip: number) {
  const bounded = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
  const isClipped = bounded * A < ratio * A;
  return {
    value: isClipped ? bounded * A : ratio * A,
    slope: isClipped ? 0 : ratio * A,
    isClipped,
  };
}

/** e^δ. Where it is beyond float64, a loss of Infinity or NaN would go into the weights. */
function ratioOf(op: string, argument: string, delta: number): number {
  const ratio = Math.exp(delta);
  if (Number.isFinite(ratio)) return ratio;
  const expected = "log-probabilities near those of the policy that wrote the answer";
  const hint = "sample again after fewer updates, or take a lower learning rate";
  throw refusals(op).argument(argument, expected, `${delta.toFixed(0)} more`, hint);
}

function checked(
  op: string,
  logprobs: Ragged,
  old: Ragged,
  masks: Ragged,
  options: ClippedRatioOptions,
): number {
  assertOptions(op, options, NAMES);
  const { clip = 0.2 } = options;
  assertFinite(op, "clip", clip);
  if (clip <= 0) throw refusals(op).argument("clip", "a number above 0", clip, "0.2 is usual");
  assertMasks(op, masks);
  assertMasked(op, "logprobs", logprobs, masks);
  assertMasked(op, "old", old, masks);
  return clip;
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

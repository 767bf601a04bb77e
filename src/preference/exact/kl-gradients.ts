/**
 * What the gradient of a KL estimate in a loss is on average, over all answers. Estimates with the right mean need not have the
 * right gradient: `losses/kl-in-loss.ts` says so, and here it can be computed. With δ = log π − log π_ref of a token, Δ of a whole answer,
 *
 *     true          Σ_y π Δ ∇S                  = ∇KL(π ‖ π_ref)
 *     k1            Σ_y π ∇S                    = 0: no pull at all
 *     k2, whole     Σ_y π Δ ∇S                  = ∇KL(π ‖ π_ref)
 *     k2, tokens    Σ_y π Σ_t δ_t ∇log π_t      an early token is not charged for what it leads to
 *     k3, whole     Σ_y π (1 − e^−Δ) ∇S         = ∇KL(π_ref ‖ π), the other direction
 *     k3, tokens    Σ_y π Σ_t (1 − e^−δ_t) ∇log π_t
 *
 * The probabilities in front are those that sampling draws with: no gradient passes through them.
 * @module
 */
import { assertOneOf } from "../../check.ts";
import type { Ragged } from "../losses/check.ts";
import { logRatios } from "../losses/kl.ts";
import { responseLogprobs } from "../losses/response-logprobs.ts";
import { expectation, probabilitiesOf } from "./distribution.ts";

/** The true gradient, and estimates that one may differentiate. */
export type KlGradient = "true" | "k1" | "k2-sequence" | "k2-tokens" | "k3-sequence" | "k3-tokens";

const SLOPES: Readonly<Record<Exclude<KlGradient, "true">, (delta: number) => number>> = {
  k1: () => 1,
  "k2-sequence": (delta) => delta,
  "k2-tokens": (delta) => delta,
  "k3-sequence": (delta) => -Math.expm1(-delta),
  "k3-tokens": (delta) => -Math.expm1(-delta),
};

/**
 * ∂/∂(log π of each token), [Y] lists of [T]: for `accumulateOf`.
 * @param logprobs log π of each token of all answers, [Y] lists of [T]: `enumerateResponses`.
 * @param reference log π_ref of the same tokens.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param kind which estimate is differentiated.
 * @throws {ArgumentError} if shapes differ, a number is not finite, the answers are not all, or there is no such estimate.
 */
export function expectedKlGradient(
  logprobs: Ragged,
  reference: Ragged,
  masks: Ragged,
  kind: KlGradient,
): Float64Array[] {
  const op = "expectedKlGradient";
  assertOneOf(op, "kind", kind ?? null, ["true", ...Object.keys(SLOPES)]);
  const deltas = logRatios(op, logprobs, reference, masks);
  const p = probabilitiesOf(op, "logprobs", responseLogprobs(logprobs, masks));
  const whole = deltas.map((row) => row.reduce((sum, delta) => sum + delta, 0));
  const kl = expectation(p, whole);
  const byToken = kind.endsWith("tokens");
  // KL itself is a constant that may be taken off, as Σ π ∇S = 0.
  const slope = kind === "true" ? (delta: number) => delta - kl : SLOPES[kind];
  return deltas.map((row, y) =>
    row.map((delta, t) => (masks[y][t] === 1 ? p[y] * slope(byToken ? delta : whole[y]) : 0)),
  );
}

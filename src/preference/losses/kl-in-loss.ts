/**
 * KL estimates as a term of the loss, summed over tokens. They are here by name *so that nobody takes them for the gradient of the KL*:
 *
 *     loss = β · mean over sequences of Σ_t k(δ_t),   δ = log π − log π_ref
 *     k2: dk/dlogπ = δ            k3: dk/dlogπ = 1 − e^−δ
 *
 * An estimate whose mean is right need not have a gradient whose mean is:
 *
 * - k1: its gradient is 0 on average. It does not hold the policy back at all, and so is not offered.
 * - k2, token by token: leaves out how an early token changes what comes later. Of the whole answer, ½ (S − S_ref)² would be right.
 * - k3 (as in GRPO): the gradient of the other direction, KL(π_ref ‖ π).
 *
 * The KL as a part of the reward (shaped-rewards.ts) has the right gradient. `enumerable/exact.npz` of fixtures/learning has these
 * statements in numbers.
 * @module
 */
import { assertFinite, assertOneOf } from "../../check.ts";
import type { Ragged } from "./check.ts";
import { logRatios } from "./kl.ts";
import type { TokenLoss } from "./policy-gradient.ts";

/** The estimates that can stand in a loss. */
export type KlInLoss = "k2" | "k3";

const KINDS: Readonly<
  Record<KlInLoss, { of(delta: number): number; slope(delta: number): number }>
> = {
  k2: { of: (delta) => (delta * delta) / 2, slope: (delta) => delta },
  k3: { of: (delta) => Math.expm1(-delta) + delta, slope: (delta) => -Math.expm1(-delta) },
};

/**
 * β · mean over sequences of Σ_t k, and its gradient.
 * @param logprobs log π of each token, [B] lists of [T].
 * @param reference log π_ref of the same tokens.
 * @param masks 1 where a token belongs to the answer, else 0; shaped as `logprobs`.
 * @param kind which estimate.
 * @param beta β, the weight of the term.
 * @throws {ArgumentError} if shapes differ, a number is not finite, or there is no such estimate.
 */
export function klInLoss(
  logprobs: Ragged,
  reference: Ragged,
  masks: Ragged,
  kind: KlInLoss,
  beta: number,
): TokenLoss {
  const deltas = logRatios("klInLoss", logprobs, reference, masks);
  assertOneOf("klInLoss", "kind", kind ?? null, Object.keys(KINDS));
  assertFinite("klInLoss", "beta", beta);
  const { of, slope } = KINDS[kind];
  const B = masks.length;
  let sum = 0;
  for (const row of deltas) for (const delta of row) sum += of(delta); // of(0) is 0
  const dLogprobs = deltas.map((row) => row.map((delta) => (beta * slope(delta)) / B));
  return { loss: (beta * sum) / B, dLogprobs };
}

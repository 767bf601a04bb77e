/**
 * Whether answers still come from the policy whose log-probabilities are learnt from. What is looked at is k1 = S − S_ref of each
 * answer, whose mean is KL(π ‖ π_ref) and never below 0; off-policy it may be, and then is: the most reported fault of all (trl#235,
 * #351, #1005). Single batches say little, as k1 is noisy and skewed: of honest batches near the reference about one in
 * 300 has a mean below −3 standard errors, a false alarm in every fifth run of 60 steps. But there is more to know than the mean.
 * For answers from π, of any length, with whatever weights, whatever was drawn before,
 *
 *     E[e^−k1] = Σ_y π(y) π_ref(y)/π(y) = 1
 *
 * so the product of e^−k1 over all answers so far is c or more at any time with a probability of at most 1/c (Ville's
 * inequality). Hence a running sum, begun anew whenever it is 0 (Page's CUSUM; the bound on its alarms by Shiryaev and Roberts' sum,
 * which is above it):
 *
 *     W ← max(0, W − Σ_batch k1)            nats by which the answers look more like π_ref's than like π's
 *     alarm:  W ≥ log 10⁶  and  mean k1 < −3 standard errors, both over the answers since W was 0
 *
 * False alarms: at most 10⁻⁶ a batch, so one in 17,000 runs of 60 steps. What it sees: answers from a sampler whose weights are
 * not refreshed (the mean of k1 is −KL(π_old ‖ π) then), a ratio of the wrong sign, tokens left out. What no k1 sees: another distribution
 * that happens to have a KL above 0, such as π at temperature 0.7, and anything at all while π is still π_ref. For those compare the
 * sampler's log-probabilities with the trainer's, which {@link largestGap} does.
 * @module
 */
import { assertNumbers } from "../losses/check.ts";
import type { Rollout } from "./rollout.ts";

/** What is known since W was last 0; JSON, kept with the run. */
export interface OnPolicyEvidence {
  /** W, in nats. */
  readonly nats: number;
  /** Answers since W was 0. */
  readonly answers: number;
  /** Their Σ k1. */
  readonly sum: number;
  /** Their Σ k1². */
  readonly squares: number;
}

/** Nothing speaks against it. */
export const ON_POLICY: OnPolicyEvidence = { nats: 0, answers: 0, sum: 0, squares: 0 };

/** Odds that no honest run reaches in so many batches, on average. */
const ODDS = 1e6;
const STANDARD_ERRORS = 3;

/**
 * The evidence with another batch.
 * @param before that of the batches so far: {@link ON_POLICY} at first.
 * @param k1 S − S_ref of each answer of the batch, [B].
 * @throws {ArgumentError} if a number is not finite.
 */
export function onPolicyEvidence(
  before: OnPolicyEvidence,
  k1: ArrayLike<number>,
): OnPolicyEvidence {
  assertNumbers("onPolicyEvidence", "k1", k1);
  let { nats, answers, sum, squares } = before;
  for (let i = 0; i < k1.length; i++) {
    nats -= k1[i];
    sum += k1[i];
    squares += k1[i] ** 2;
  }
  answers += k1.length;
  return nats > 0 ? { nats, answers, sum, squares } : ON_POLICY;
}

/** What is wrong, in a sentence; undefined where nothing shows. */
export function offPolicyAlarm(evidence: OnPolicyEvidence): string | undefined {
  const { nats, answers, sum, squares } = evidence;
  if (nats < Math.log(ODDS) || answers < 2) return undefined;
  const mean = sum / answers;
  const variance = Math.max(0, squares - answers * mean ** 2) / (answers - 1);
  const error = Math.sqrt(variance / answers);
  if (!(mean < -STANDARD_ERRORS * error)) return undefined;
  return `off-policy: the mean KL of the last ${answers} answers is ${mean.toFixed(3)} ± ${error.toFixed(3)} nats, which answers of the policy itself cannot have; they come from other weights or another distribution`;
}

/** max |log p of the sampler − log π of the trainer| over all tokens of answers, in nats. */
export function largestGap(
  rollouts: readonly Pick<Rollout, "mask" | "sampled" | "logprobs">[],
): number {
  let largest = 0;
  for (const { mask, sampled, logprobs } of rollouts) {
    for (let t = 0; t < mask.length; t++) {
      if (mask[t] !== 0) largest = Math.max(largest, Math.abs(sampled[t] - logprobs[t])); // a NaN stays
    }
  }
  return largest;
}

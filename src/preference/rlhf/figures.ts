/**
 * What is told of the rollouts of a step.
 * @module
 */
import { type KlEstimates, klEstimates } from "../losses/kl.ts";
import { largestGap } from "../rollout/on-policy.ts";
import type { Rollout } from "../rollout/rollout.ts";

/** Figures of the answers of a step, means over them unless told otherwise; JSON. */
export interface RolloutFigures {
  /** r, what the judge says. */
  readonly reward: number;
  /** R = r − β k1: its mean estimates the objective J = E[r] − β KL(π ‖ π_ref). */
  readonly shaped: number;
  /** Estimates of KL(π ‖ π_ref) in nats: the mean of S − S_ref. */
  readonly k1: number;
  /** Of Σ_t ½ δ². */
  readonly k2: number;
  /** Of Σ_t e^−δ − 1 + δ. */
  readonly k3: number;
  /** Tokens of an answer, the closing one included. */
  readonly length: number;
  /**
   * Nats a token: −Σ log π over all tokens of all answers, by their number. The tokens are drawn from π, so it estimates how undecided
   * π is at the tokens that it comes to.
   */
  readonly entropy: number;
  /** The share of answers that ended their turn. */
  readonly closed: number;
  /** Different answers, to whatever prompt, by all answers: 1 if no two are the same. */
  readonly distinct: number;
  /** The largest |log p of the sampler − log π of the trainer| of a token, in nats. */
  readonly gap: number;
  /** What the second judge says, if there is one. */
  readonly judge?: number;
}

/** What judges say of rollouts, [B] each. */
export interface Judged {
  /** r. */
  readonly rewards: ArrayLike<number>;
  /** R. */
  readonly shaped: ArrayLike<number>;
  /** The second judge's. */
  readonly judged?: ArrayLike<number>;
}

/** The figures of rollouts, one at least. */
export function figuresOf(
  rollouts: readonly Rollout[],
  { rewards, shaped, judged }: Judged,
): RolloutFigures {
  const B = rollouts.length;
  const mean = (of: (rollout: Rollout) => number) =>
    rollouts.reduce((sum, rollout) => sum + of(rollout), 0) / B;
  const meanOf = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, one) => sum + one, 0) / B;
  const { k1, k2, k3 } = klOf(rollouts);
  const length = mean(({ ids, promptLength }) => ids.length - promptLength);
  return {
    reward: meanOf(rewards),
    shaped: meanOf(shaped),
    k1: meanOf(k1),
    k2: meanOf(k2),
    k3: meanOf(k3),
    length,
    entropy: -mean((rollout) => rollout.logprobs.reduce((sum, one) => sum + one, 0)) / length,
    closed: mean(({ isClosed }) => Number(isClosed)),
    distinct: new Set(rollouts.map(({ text }) => text)).size / B,
    gap: largestGap(rollouts),
    ...(judged && { judge: meanOf(judged) }),
  };
}

/** S − S_ref of each rollout, [B]: k1, in nats. */
export function logRatiosOf(rollouts: readonly Rollout[]): Float64Array {
  return klOf(rollouts).k1;
}

function klOf(rollouts: readonly Rollout[]): KlEstimates {
  return klEstimates(
    rollouts.map(({ logprobs }) => logprobs),
    rollouts.map(({ reference }) => reference),
    rollouts.map(({ mask }) => mask),
  );
}

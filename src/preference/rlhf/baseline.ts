/**
 * From rewards to advantages, for a batch of rollouts: R = r − β (S − S_ref), then a baseline b that does not depend on the answer
 * it is for.
 *
 *     by sequence   A_i  = R_i − b_i            at every token of answer i
 *     by token      A_it = G_it − b_i           G the return to go, whose first is R_i
 *
 *     leave-one-out    b_i = mean of R of the other answers to the same prompt
 *     moving-average   b = the moving average of earlier batches' mean R; the first batch, which has none, takes for b_i the mean
 *                      of R of all its other answers
 *
 * @module
 */
import { advantagesOver, leaveOneOutAdvantages, movingAverage } from "../losses/baselines.ts";
import { responseLogprobs } from "../losses/response-logprobs.ts";
import { returnsToGo, shapedRewards } from "../losses/shaped-rewards.ts";
import type { RatedRollout, Rollout } from "../rollout/rollout.ts";

/** What is subtracted. */
export type Baseline = "leave-one-out" | "moving-average";
/** Whether an answer has one advantage, or each of its tokens. */
export type Level = "sequence" | "token";

/** How rewards become advantages. */
export interface RatingOptions {
  /** β, the price of a nat. */
  readonly beta: number;
  /** What is subtracted. */
  readonly baseline: Baseline;
  /** By sequence, or by token. */
  readonly level: Level;
  /** How much of the moving average stays. */
  readonly decay?: number;
}

/** Rollouts with their advantages. */
export interface Rated {
  /** In the order given. */
  readonly rollouts: RatedRollout[];
  /** The moving average with this batch, for the next; undefined with leave-one-out. */
  readonly average: number | undefined;
}

/**
 * @param rewards r of each rollout, [B].
 * @param previous the moving average of earlier batches, if there is one.
 * @throws {ArgumentError} if a number is missing or not finite, or a prompt has one answer only where the others are the baseline.
 */
export function rated(
  rollouts: readonly Rollout[],
  rewards: ArrayLike<number>,
  { beta, baseline, level, decay }: RatingOptions,
  previous?: number,
): Rated {
  const masks = rollouts.map(({ mask }) => mask);
  const R = shapedOf(rollouts, rewards, beta);
  const A = advantagesOf(R, rollouts, baseline, previous);
  const [logprobs, reference] = [rollouts.map((one) => one.logprobs), referenceOf(rollouts)];
  const G = level === "token" && returnsToGo(rewards, logprobs, reference, masks, beta);
  const average = baseline === "moving-average" ? movingAverage(previous, R, { decay }) : undefined;
  return {
    average,
    rollouts: rollouts.map((rollout, i) => ({
      ...rollout,
      reward: rewards[i],
      shaped: R[i],
      advantages: masks[i].map((m, t) => (m === 0 ? 0 : G ? G[i][t] - (R[i] - A[i]) : A[i])),
    })),
  };
}

/** R of each rollout. */
export function shapedOf(
  rollouts: readonly Rollout[],
  rewards: ArrayLike<number>,
  beta: number,
): Float64Array {
  const masks = rollouts.map(({ mask }) => mask);
  const S = responseLogprobs(
    rollouts.map(({ logprobs }) => logprobs),
    masks,
  );
  return shapedRewards(rewards, S, responseLogprobs(referenceOf(rollouts), masks), beta);
}

const referenceOf = (rollouts: readonly Rollout[]) => rollouts.map(({ reference }) => reference);

function advantagesOf(
  R: Float64Array,
  rollouts: readonly Rollout[],
  baseline: Baseline,
  previous: number | undefined,
): Float64Array {
  const prompts = rollouts.map(({ prompt }) => prompt);
  if (baseline === "leave-one-out") return leaveOneOutAdvantages(R, prompts);
  if (previous !== undefined) return advantagesOver(R, previous);
  return R.length === 1
    ? advantagesOver(R, 0)
    : leaveOneOutAdvantages(
        R,
        R.map(() => 0),
      );
}

/**
 * Advantages: how much better an answer was than was to be expected. Subtracting a baseline b that does not depend on the answer
 * leaves the policy gradient right on average, and makes it far less noisy.
 *
 *     a number       A_i = R_i − b            Williams 1992 (REINFORCE); b may be the moving average of earlier batches
 *     batch mean     A_i = R_i − mean_j R_j   includes the answer itself, so it is short by a factor 1 − 1/B
 *     leave one out  A_i = R_i − mean_{j≠i} R_j, among the answers to the same prompt
 *                                             Kool et al. 2019; Ahmadian et al. 2024, arXiv:2402.14740 (RLOO)
 *
 * Whatever else belongs to the reward, the KL above all, has to be in R before a baseline is taken.
 * @module
 */
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertNumbers } from "./check.ts";

/**
 * A_i = R_i − b, [B].
 * @param rewards R of each answer, [B]: `shapedRewards`.
 * @param baseline b: a number that was known before these answers.
 * @throws {ArgumentError} if a number is not finite.
 */
export function advantagesOver(rewards: ArrayLike<number>, baseline: number): Float64Array {
  assertNumbers("advantagesOver", "rewards", rewards);
  assertFinite("advantagesOver", "baseline", baseline);
  return Float64Array.from(rewards, (reward) => reward - baseline);
}

/**
 * A_i = R_i − mean of all, [B].
 * @throws {ArgumentError} if a number is not finite.
 */
export function batchMeanAdvantages(rewards: ArrayLike<number>): Float64Array {
  assertNumbers("batchMeanAdvantages", "rewards", rewards);
  return advantagesOver(rewards, meanOf(rewards));
}

/**
 * A_i = R_i − mean of the other answers to its prompt, [B]. A constant that is added to all rewards of a prompt changes nothing.
 * @param rewards R of each answer, [B]: `shapedRewards`.
 * @param groups which prompt each answer is for, [B]: equal numbers, equal prompt, in any order.
 * @throws {ArgumentError} if a number is not finite, or a prompt has one answer only.
 */
export function leaveOneOutAdvantages(
  rewards: ArrayLike<number>,
  groups: ArrayLike<number>,
): Float64Array {
  assertNumbers("leaveOneOutAdvantages", "rewards", rewards);
  assertNumbers("leaveOneOutAdvantages", "groups", groups, rewards.length);
  const of = new Map<number, { sum: number; count: number }>();
  for (let i = 0; i < rewards.length; i++) {
    const { sum, count } = of.get(groups[i]) ?? { sum: 0, count: 0 };
    of.set(groups[i], { sum: sum + rewards[i], count: count + 1 });
  }
  return Float64Array.from(rewards, (reward, i) => {
    // #region others
    const { sum, count } = of.get(groups[i])!; // over the answers to its prompt
    if (count > 1) return reward - (sum - reward) / (count - 1);
    // #endregion
    const expected = "two answers or more to each prompt";
    const hint = "sample more, or take batchMeanAdvantages";
    throw refusals("leaveOneOutAdvantages").argument(`groups[${i}]`, expected, "one", hint);
  });
}

/** Options of {@link movingAverage}. */
export interface MovingAverageOptions {
  /** How much of the old value stays, 0 to 1. Default 0.9. */
  readonly decay?: number;
}

const NAMES: OptionNames<MovingAverageOptions> = { decay: true };

/**
 * The baseline for the next batch: decay · previous + (1 − decay) · mean of these rewards. It may not be used on these rewards
 * themselves, which it knows.
 * @param previous the value before; undefined before the first batch, whose mean is then taken as it is.
 * @param rewards R of each answer, [B].
 * @param options decay: {@link MovingAverageOptions}
 * @throws {ArgumentError} if a number is not finite, or `decay` is not from 0 to 1.
 */
export function movingAverage(
  previous: number | undefined,
  rewards: ArrayLike<number>,
  options: MovingAverageOptions = {},
): number {
  assertOptions("movingAverage", options, NAMES);
  const { decay = 0.9 } = options;
  assertFinite("movingAverage", "decay", decay);
  if (decay < 0 || decay > 1) {
    throw refusals("movingAverage").argument("decay", "a number from 0 to 1", decay);
  }
  assertNumbers("movingAverage", "rewards", rewards);
  if (previous === undefined) return meanOf(rewards);
  assertFinite("movingAverage", "previous", previous);
  return decay * previous + (1 - decay) * meanOf(rewards);
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

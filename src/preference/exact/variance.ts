/**
 * How noisy estimates of the policy gradient are: the trace of the covariance, over all answers that could have been drawn. With R the
 * shaped reward and g = ∇S the score of an answer (E[g] = 0, ∇J = E[R g]), one estimate is
 *
 *     a number b        (R − b) g of one answer       E[(R − b)² |g|²] − |∇J|²
 *     leave one out     of k answers, (1/k) Σ_i A_i g_i = Σ_i (R_i − R̄) g_i / (k − 1): the sample covariance of R and g, so
 *                       (E[(R − J)² |g|²] − (k−2)/(k−1) |∇J|² + E[(R − J)²] E[|g|²] / (k−1)) / k
 *
 * (the variance of a sample covariance, e.g. Kendall & Stuart, *The Advanced Theory of Statistics*, vol. 1.) So |g|² of each answer is
 * all that is needed of the gradients: `squaredScores`.
 * @module
 */
import { assertFinite, assertInteger } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import { assertNumbers } from "../losses/check.ts";
import { expectation, probabilitiesOf } from "./distribution.ts";
import type { EnumeratedResponses } from "./enumerate.ts";

/** All answers of a policy, as the variances see them. */
export interface ScoredResponses {
  /** log π of each answer, [Y]: `enumerateResponses`. */
  readonly sums: ArrayLike<number>;
  /** R of each, [Y]: `shapedRewards`. */
  readonly shaped: ArrayLike<number>;
  /** |∇S|² of each, [Y]: {@link squaredScores}. */
  readonly squaredScores: ArrayLike<number>;
  /** |∇J|²: of the gradients that `exactObjective` gives. */
  readonly squaredGradient: number;
}

/** Options of {@link squaredScores}. */
export interface SquaredScoresOptions {
  /** Stops between two answers. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<SquaredScoresOptions> = { signal: true };

/**
 * |∇S|² of each answer, over all weights that learn, [Y]. One pass back an answer; the gradients of `model` are 0 afterwards.
 * @param options signal: {@link SquaredScoresOptions}
 */
export async function squaredScores(
  model: TrainableModel,
  { responses }: Pick<EnumeratedResponses, "responses">,
  options: SquaredScoresOptions = {},
): Promise<Float64Array> {
  assertOptions("squaredScores", options, NAMES);
  const { signal } = options;
  const found = new Float64Array(responses.length);
  for (const [y, response] of responses.entries()) {
    model.zeroGradients();
    await model.accumulate([response], { normalizer: 1, signal });
    for (const { gradient } of model.parameters.values()) {
      for (let i = 0; i < gradient.length; i++) found[y] += gradient[i] * gradient[i];
    }
  }
  model.zeroGradients();
  return found;
}

/**
 * Of (R − b) g, one answer. 0 added to all rewards is b = 0, and 3 added is b = −3.
 * @throws {ArgumentError} if numbers are missing or not finite, or the answers are not all.
 */
export function varianceWithBaseline(scored: ScoredResponses, baseline: number): number {
  const op = "varianceWithBaseline";
  assertFinite(op, "baseline", baseline);
  const p = probabilities(op, scored);
  return squaresAround(scored, p, baseline) - scored.squaredGradient;
}

/**
 * Of leave-one-out among k answers.
 * @throws {ArgumentError} if numbers are missing or not finite, the answers are not all, or k is below 2.
 */
export function varianceLeaveOneOut(scored: ScoredResponses, k: number): number {
  const op = "varianceLeaveOneOut";
  assertInteger(op, "k", k, { from: 2 });
  const p = probabilities(op, scored);
  const J = expectation(p, scored.shaped);
  const rewardVariance = expectation(
    p,
    Float64Array.from(scored.shaped, (R) => (R - J) ** 2),
  );
  const scoreVariance = expectation(p, scored.squaredScores);
  const together = squaresAround(scored, p, J) - ((k - 2) / (k - 1)) * scored.squaredGradient;
  return (together + (rewardVariance * scoreVariance) / (k - 1)) / k;
}

/** E[(R − b)² |g|²]. */
function squaresAround(
  { shaped, squaredScores }: ScoredResponses,
  p: Float64Array,
  baseline: number,
): number {
  return expectation(
    p,
    Float64Array.from(shaped, (R, y) => (R - baseline) ** 2 * squaredScores[y]),
  );
}

function probabilities(op: string, scored: ScoredResponses): Float64Array {
  const p = probabilitiesOf(op, "sums", scored.sums);
  assertNumbers(op, "shaped", scored.shaped, p.length);
  assertNumbers(op, "squaredScores", scored.squaredScores, p.length);
  assertFinite(op, "squaredGradient", scored.squaredGradient);
  return p;
}

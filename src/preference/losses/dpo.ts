/**
 * Direct preference optimisation: pairs of answers without a reward model and without sampling.
 * Rafailov et al. 2023, arXiv:2305.18290, Eq. 7; β log(π/π_ref) is the reward for which π would be the optimum:
 *
 *     logits = β [(S_c − S_c^ref) − (S_r − S_r^ref)]
 *     loss   = mean over pairs of −log σ(logits)
 *
 * S is the log-probability of a whole answer, a *sum* over its tokens (a mean is another loss, IPO's). With label smoothing ε
 * the labels count as wrong with probability ε: (1 − ε) · −log σ(logits) + ε · −log σ(−logits).
 * Only the difference counts, so both log-probabilities may fall while the loss does: report both.
 * @module
 */
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { sigmoid, softplus } from "../../nn/logistic.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { PairLoss } from "./bradley-terry.ts";
import { assertNumbers } from "./check.ts";

/** Log-probabilities of whole answers, each [P]: `responseLogprobs`. */
export interface PairLogprobs {
  /** S_c, of the preferred answers under the policy. */
  readonly chosen: ArrayLike<number>;
  /** S_r, of the others. */
  readonly rejected: ArrayLike<number>;
  /** S_c^ref: under the reference, which does not change and so is computed once. */
  readonly referenceChosen: ArrayLike<number>;
  /** S_r^ref. */
  readonly referenceRejected: ArrayLike<number>;
}

/** Options of {@link dpoLoss}. */
export interface DpoLossOptions {
  /** β: how dear it is to leave the reference. Default 0.1. */
  readonly beta?: number;
  /** ε: the share of labels that are taken to be wrong, 0 to ½. Default 0. */
  readonly labelSmoothing?: number;
}

const NAMES: OptionNames<DpoLossOptions> = { beta: true, labelSmoothing: true };

/** The loss of DPO, its gradient, and what to report. */
export interface DpoLoss extends PairLoss {
  /** The logits of each pair, [P]: the difference of the two implicit rewards, the margin. */
  readonly logits: Float64Array;
  /** β (S_c − S_c^ref): the implicit reward of each chosen answer, [P]. */
  readonly chosenRewards: Float64Array;
  /** β (S_r − S_r^ref), [P]. */
  readonly rejectedRewards: Float64Array;
}

/**
 * The loss of P pairs, and its gradient with respect to S_c and S_r, in float64.
 * @param pairs log-probabilities: {@link PairLogprobs}
 * @param options β, label smoothing: {@link DpoLossOptions}
 * @throws {ArgumentError} if numbers are missing or not finite, or an option is out of range.
 */
export function dpoLoss(pairs: PairLogprobs, options: DpoLossOptions = {}): DpoLoss {
  const op = "dpoLoss";
  assertOptions(op, options, NAMES);
  const { beta = 0.1, labelSmoothing: epsilon = 0 } = options;
  assertFinite(op, "beta", beta);
  assertFinite(op, "labelSmoothing", epsilon);
  if (epsilon < 0 || epsilon > 0.5) {
    throw refusals(op).argument("labelSmoothing", "a number from 0 to 0.5", epsilon);
  }
  const { chosen, rejected, referenceChosen, referenceRejected } = pairs;
  assertNumbers(op, "chosen", chosen);
  const P = chosen.length;
  for (const [name, sums] of Object.entries({ rejected, referenceChosen, referenceRejected })) {
    assertNumbers(op, name, sums, P);
  }

  const chosenRewards = Float64Array.from(chosen, (S, p) => beta * (S - referenceChosen[p]));
  const rejectedRewards = Float64Array.from(rejected, (S, p) => beta * (S - referenceRejected[p]));
  const logits = chosenRewards.map((reward, p) => reward - rejectedRewards[p]);
  let sum = 0;
  const dChosen = logits.map((x) => {
    sum += (1 - epsilon) * softplus(-x) + epsilon * softplus(x);
    return (beta * (epsilon * sigmoid(x) - (1 - epsilon) * sigmoid(-x))) / P;
  });
  const dRejected = dChosen.map((slope) => -slope);
  return { loss: sum / P, dChosen, dRejected, logits, chosenRewards, rejectedRewards };
}

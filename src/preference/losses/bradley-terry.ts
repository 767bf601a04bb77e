/**
 * Learning rewards from choices: the better of two answers should get the higher reward.
 * Bradley and Terry 1952; as a loss Christiano et al. 2017, arXiv:1706.03741, §2.2.3, and Ouyang et al. 2022, arXiv:2203.02155, Eq. 1:
 *
 *     P(chosen over rejected) = σ(r_c − r_r)
 *     loss = mean over pairs of −log σ(r_c − r_r)
 *
 * Rewards are known up to a constant: adding 5 to all changes nothing. Two extensions:
 *
 * - a margin m, −log σ(r_c − r_r − m): pairs that were judged clearly should be m apart (Llama 2, arXiv:2307.09288, §3.2.2);
 * - centring, + c · mean((r_c + r_r)²): pulls the constant to 0 (Eisenstein et al. 2023, arXiv:2312.09244; TRL).
 *
 * @module
 */
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { sigmoid, softplus } from "../../nn/logistic.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertNumbers } from "./check.ts";

/** The extensions of {@link bradleyTerryLoss}. */
export interface BradleyTerryLossOptions {
  /** m of each pair, [P]. Default 0. */
  readonly margins?: ArrayLike<number>;
  /** c, the coefficient of centring; 0.01 is usual. Default 0. */
  readonly centring?: number;
  /** How sure it is that the chosen one is better, [P]: ½ for a tie (Christiano et al.). Default 1. */
  readonly certainty?: ArrayLike<number>;
}

const NAMES: OptionNames<BradleyTerryLossOptions> = {
  margins: true,
  centring: true,
  certainty: true,
};

/** A loss of pairs, and its gradient. */
export interface PairLoss {
  /** The mean over pairs. */
  readonly loss: number;
  /** ∂loss/∂ the reward (or the log-probability) of each chosen answer, [P]. */
  readonly dChosen: Float64Array;
  /** ∂loss/∂ that of each rejected answer, [P]. */
  readonly dRejected: Float64Array;
}

/**
 * The loss of P pairs and its gradient, in float64: finite for all finite rewards, as −log σ(x) is softplus(−x).
 * @param chosen rewards of the preferred answers, [P].
 * @param rejected rewards of the others, [P].
 * @param options margins, centring, ties: {@link BradleyTerryLossOptions}
 * @throws {ArgumentError} if numbers are missing or not finite, or a certainty is not from 0 to 1.
 */
export function bradleyTerryLoss(
  chosen: ArrayLike<number>,
  rejected: ArrayLike<number>,
  options: BradleyTerryLossOptions = {},
): PairLoss {
  const op = "bradleyTerryLoss";
  assertOptions(op, options, NAMES);
  const P = assertPairs(op, chosen, rejected);
  const { margins = new Float64Array(P), centring = 0 } = options;
  const { certainty = new Float64Array(P).fill(1) } = options;
  assertNumbers(op, "margins", margins, P);
  assertFinite(op, "centring", centring);
  assertCertainty(op, certainty, P);

  let sum = 0;
  const dChosen = new Float64Array(P);
  const dRejected = new Float64Array(P);
  for (let p = 0; p < P; p++) {
    const difference = chosen[p] - rejected[p];
    const [yes, no] = [margins[p] - difference, margins[p] + difference];
    // A tie is half a pair in either order.
    sum += certainty[p] * softplus(yes) + (1 - certainty[p]) * softplus(no);
    const slope = (1 - certainty[p]) * sigmoid(no) - certainty[p] * sigmoid(yes);
    const total = chosen[p] + rejected[p];
    sum += centring * total * total;
    dChosen[p] = (slope + 2 * centring * total) / P;
    dRejected[p] = (-slope + 2 * centring * total) / P;
  }
  return { loss: sum / P, dChosen, dRejected };
}

/**
 * The share of pairs whose chosen answer has the higher reward; equal rewards count half, as a coin would decide.
 * @throws {ArgumentError} if numbers are missing or not finite.
 */
export function preferenceAccuracy(chosen: ArrayLike<number>, rejected: ArrayLike<number>): number {
  const P = assertPairs("preferenceAccuracy", chosen, rejected);
  let right = 0;
  for (let p = 0; p < P; p++) right += (1 + Math.sign(chosen[p] - rejected[p])) / 2;
  return right / P;
}

function assertPairs(op: string, chosen: ArrayLike<number>, rejected: ArrayLike<number>): number {
  assertNumbers(op, "chosen", chosen);
  assertNumbers(op, "rejected", rejected, chosen.length);
  return chosen.length;
}

function assertCertainty(op: string, certainty: ArrayLike<number>, P: number): void {
  assertNumbers(op, "certainty", certainty, P);
  for (let p = 0; p < P; p++) {
    if (certainty[p] >= 0 && certainty[p] <= 1) continue;
    throw refusals(op).argument(`certainty[${p}]`, "a number from 0 to 1", certainty[p]);
  }
}

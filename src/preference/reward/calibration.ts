/**
 * How good a reward model is, by more than how often it is right.
 *
 * Labels of people disagree, so that nobody is always right: where the better of two answers, truly Δr apart, is chosen with
 * probability σ(s·Δr), whoever knows Δr is right in a share of mean max(p, 1 − p), and loses the mean of −p log p − (1 − p) log(1 − p).
 * A model that learns from the labels for ever has Δr̂ = s·Δr; one that has learnt little has less, one that knows its labels by heart more.
 *
 *     accuracy   share of pairs whose chosen answer has the higher reward, ties half, beside that ceiling
 *     slope      Σ Δr̂·Δr / Σ Δr²: the line through 0, as which answer comes first is nobody's choice
 *     bins       where the model says that the higher one is chosen with probability σ(|Δr̂|): how often it is
 *     length     the same accuracy on pairs of like length, and the correlation of Δr̂ with how much longer the chosen one is:
 *                a judge of length is right as long as the better answers are the longer ones
 *
 * @module
 */
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { sigmoid, softplus } from "../../nn/logistic.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { preferenceAccuracy } from "../losses/bradley-terry.ts";
import { assertNumbers } from "../losses/check.ts";

/** Numbers of P pairs. */
export interface OfPairs {
  /** Of the chosen answers, [P]. */
  readonly chosen: ArrayLike<number>;
  /** Of the rejected ones, [P]. */
  readonly rejected: ArrayLike<number>;
}

/** What else is known of the pairs. */
export interface CalibrationOptions {
  /** Their true rewards, where there are such: those of a rule. */
  readonly truth?: OfPairs;
  /** s: the labels are drawn with σ(s·Δr). Default 1. */
  readonly sharpness?: number;
  /** How long the answers are, in tokens or words. */
  readonly lengths?: OfPairs;
  /** The largest difference of lengths that are alike. Default 2. */
  readonly alike?: number;
  /** Bins from probability ½ to 1, equally wide. Default 5. */
  readonly bins?: number;
}

const NAMES: OptionNames<CalibrationOptions> = {
  truth: true,
  sharpness: true,
  lengths: true,
  alike: true,
  bins: true,
};

/** Pairs of which the model is about as sure. */
export interface ReliabilityBin {
  /** Of the probability that the answer with the higher reward is the chosen one: from here… */
  readonly from: number;
  /** …to here. */
  readonly to: number;
  /** Pairs in it; bins without any are left out. */
  readonly pairs: number;
  /** What the model says, on average. */
  readonly predicted: number;
  /** The share in which the answer with the higher reward is the chosen one; ties half. */
  readonly observed: number;
}

/** What the truth says of the model, and of the labels. */
export interface AgainstTruth {
  /** The accuracy that knowing the truth gives on average: mean max(p, 1 − p). */
  readonly ceiling: number;
  /** The loss that it gives: the mean entropy of the labels, in nats. */
  readonly entropy: number;
  /** The accuracy of the truth on these very labels. */
  readonly accuracy: number;
  /** The share of pairs with different true rewards that the model orders as they are. */
  readonly agreement: number;
  /** Of Δr̂ on Δr: s where the model is calibrated. */
  readonly slope: number;
  /** Of Δr̂ and Δr, both taken from 0. */
  readonly correlation: number;
}

/** What the length of answers does. */
export interface AgainstLength {
  /** Pairs of like length. */
  readonly pairs: number;
  /** Accuracy on those; NaN if there are none. */
  readonly accuracy: number;
  /** Of Δr̂ and the difference of lengths, both taken from 0. */
  readonly correlation: number;
}

/** How good a reward model is. */
export interface Calibration {
  /** How many pairs were looked at. */
  readonly pairs: number;
  /** Share of pairs whose chosen answer has the higher reward; ties half. */
  readonly accuracy: number;
  /** Mean of −log σ(r_c − r_r), in nats. */
  readonly loss: number;
  /** Mean r_c − r_r. */
  readonly margin: number;
  /** Mean reward of all answers. */
  readonly reward: number;
  /** By how sure the model is. */
  readonly bins: readonly ReliabilityBin[];
  /** Mean distance of what is said and what is seen, over the pairs of the bins. */
  readonly error: number;
  /** Where true rewards are known. */
  readonly truth?: AgainstTruth;
  /** Where lengths are known. */
  readonly length?: AgainstLength;
}

const OP = "rewardCalibration";

/**
 * How good rewards are at telling what was chosen.
 * @param rewards what the model says of both answers of each pair.
 * @throws {ArgumentError} if numbers are missing or not finite, or an option is out of range.
 */
export function rewardCalibration(rewards: OfPairs, options: CalibrationOptions = {}): Calibration {
  assertOptions(OP, options, NAMES);
  const { truth, lengths, sharpness = 1, alike = 2, bins = 5 } = options;
  const P = assertOfPairs("rewards", rewards);
  const d = differences(rewards);
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw refusals(OP).argument("bins", "an integer, 1 or more", bins);
  }
  assertFinite(OP, "alike", alike);
  assertFinite(OP, "sharpness", sharpness);
  const reliability = reliabilityBins(d, bins);
  const off = reliability.map((bin) => bin.pairs * Math.abs(bin.predicted - bin.observed));
  const levels = d.map((_, p) => (rewards.chosen[p] + rewards.rejected[p]) / 2);
  return {
    pairs: P,
    accuracy: preferenceAccuracy(rewards.chosen, rewards.rejected),
    loss: mean(d.map((x) => softplus(-x))),
    margin: mean(d),
    reward: mean(levels),
    bins: reliability,
    error: off.reduce((sum, x) => sum + x, 0) / P,
    ...(truth && { truth: againstTruth(d, assertedDifferences("truth", truth, P), sharpness) }),
    ...(lengths && { length: againstLength(d, assertedDifferences("lengths", lengths, P), alike) }),
  };
}

function againstTruth(d: number[], t: number[], sharpness: number): AgainstTruth {
  const ps = t.map((x) => sigmoid(sharpness * Math.abs(x))); // of the truly better one being chosen
  // −p log p − (1 − p) log(1 − p), by log σ(x) = −softplus(−x): finite where p is 0 or 1.
  const entropies = t.map((x) => {
    const z = sharpness * x;
    return sigmoid(z) * softplus(-z) + sigmoid(-z) * softplus(z);
  });
  const untied = t.flatMap((x, p) => (x === 0 ? [] : [(1 + Math.sign(x) * Math.sign(d[p])) / 2]));
  return {
    ceiling: mean(ps.map((p) => Math.max(p, 1 - p))),
    entropy: mean(entropies),
    accuracy: mean(t.map((x) => (1 + Math.sign(x)) / 2)),
    agreement: mean(untied),
    slope: dot(d, t) / dot(t, t),
    correlation: dot(d, t) / Math.sqrt(dot(d, d) * dot(t, t)),
  };
}

function againstLength(d: number[], longer: number[], alike: number): AgainstLength {
  const close = d.filter((_, p) => Math.abs(longer[p]) <= alike);
  return {
    pairs: close.length,
    accuracy: mean(close.map((x) => (1 + Math.sign(x)) / 2)),
    correlation: dot(d, longer) / Math.sqrt(dot(d, d) * dot(longer, longer)),
  };
}

function reliabilityBins(d: readonly number[], count: number): ReliabilityBin[] {
  const sure = d.map((x) => sigmoid(Math.abs(x)));
  const width = 0.5 / count;
  const binOf = (p: number) => Math.min(count - 1, Math.floor((p - 0.5) / width));
  return Array.from({ length: count }, (_, bin) => {
    const own = d.flatMap((x, p) => (binOf(sure[p]) === bin ? [[x, sure[p]] as const] : []));
    return {
      from: 0.5 + bin * width,
      to: 0.5 + (bin + 1) * width,
      pairs: own.length,
      predicted: mean(own.map(([, p]) => p)),
      observed: mean(own.map(([x]) => (1 + Math.sign(x)) / 2)),
    };
  }).filter(({ pairs }) => pairs > 0);
}

const differences = ({ chosen, rejected }: OfPairs) =>
  Array.from(chosen, (value, p) => value - rejected[p]);

function assertOfPairs(name: string, { chosen, rejected }: OfPairs, count?: number): number {
  assertNumbers(OP, `${name}.chosen`, chosen, count);
  assertNumbers(OP, `${name}.rejected`, rejected, chosen.length);
  return chosen.length;
}

function assertedDifferences(name: string, pairs: OfPairs, count: number): number[] {
  assertOfPairs(name, pairs, count);
  return differences(pairs);
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i], 0);
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

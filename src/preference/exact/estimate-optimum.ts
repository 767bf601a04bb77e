/**
 * How far RLHF can get, known before it begins: the optimum of `optimum.ts` estimated from samples of the reference alone. With
 * rewards r_i of N answers that the reference wrote at temperature 1, and w_i = e^{r_i/β},
 *
 *     J*    ≈ β log (Σ w_i / N)
 *     E*[r] ≈ Σ w_i r_i / Σ w_i              self-normalised importance sampling
 *     KL*   = (E*[r] − J*) / β
 *     effective sample size = (Σ w)² / Σ w²   (Kish 1965)
 *
 * The logarithm makes J* too low on average, by about β/2 (1/effective − 1/N); and an answer that was not sampled does not count at
 * all. A small β asks for rarer answers: once a few samples carry all of the weight, the estimate says little, and `warning` says so.
 * Several prompts: all of it at each prompt, then the mean over prompts, as a policy cannot choose what it is asked.
 * @module
 */
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import { assertBeta } from "./distribution.ts";
import { byGroup, meanOver } from "./groups.ts";

/** Options of {@link estimateOptimum}. */
export interface EstimateOptimumOptions {
  /**
   * Which prompt each sample answers, [N]: equal numbers, equal prompt. Default: all answer one. Without it the samples of
   * several prompts give the optimum of a policy that may choose its prompt, too: never less than the true one.
   */
  readonly groups?: ArrayLike<number>;
  /** Draws with replacement for the interval. Default 1000; 0 leaves it out. */
  readonly resamples?: number;
  /** Of those draws, 32 bits. Default 0. */
  readonly seed?: number;
  /** Of the interval. Default 0.95. */
  readonly level?: number;
}

const NAMES: OptionNames<EstimateOptimumOptions> = {
  groups: true,
  resamples: true,
  seed: true,
  level: true,
};

/** The optimum, as samples of the reference see it. */
export interface EstimatedOptimum {
  /** J*. */
  readonly objective: number;
  /** Its standard error, to first order: β times the relative error of the mean of w. */
  readonly objectiveError: number;
  /**
   * Where J* is likely to be, by samples drawn again with replacement (Efron 1979): the basic interval, 2 J* minus the percentiles of
   * the draws. Those are as much below the estimate as that is below the truth, which mirrors the bias away. Undefined without draws.
   */
  readonly interval: readonly [number, number] | undefined;
  /** About how much too low J* is on average: β/2 (1/effective − 1/N). Not taken off. */
  readonly bias: number;
  /** E[r] under π*. */
  readonly reward: number;
  /** KL(π* ‖ π_ref), in nats. */
  readonly kl: number;
  /** E[r] under the reference, J of the beginning. */
  readonly referenceReward: number;
  /** How many samples the weights are worth; of several prompts, the mean of a prompt. */
  readonly effectiveSamples: number;
  /** Why the estimate should not be relied on, in a sentence; undefined if nothing speaks against it. */
  readonly warning: string | undefined;
}

const OP = "estimateOptimum";

/** Fewer samples than this carry the weight: the error of log w̄ is then above a quarter, and its bias counts. */
const FEW = 16;

/**
 * Estimates π*'s figures, finite for every β above 0 (log-sum-exp).
 * @param rewards r of answers sampled from the reference, [N].
 * @param beta β, the price of a nat, above 0.
 * @param options groups, resamples, seed, level: {@link EstimateOptimumOptions}
 * @throws {ArgumentError} if a number is not finite, or an option is out of range.
 */
export function estimateOptimum(
  rewards: ArrayLike<number>,
  beta: number,
  options: EstimateOptimumOptions = {},
): EstimatedOptimum {
  assertOptions(OP, options, NAMES);
  assertBeta(OP, beta);
  const { resamples = 1000, seed = 0, level = 0.95 } = options;
  assertInteger(OP, "resamples", resamples, { from: 0 });
  assertInteger(OP, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  if (!(level > 0 && level < 1)) {
    throw refusals(OP).argument("level", "a number between 0 and 1", level);
  }
  const groups = byGroup(OP, rewards, options.groups).map((own) => weighed(own, beta));
  const over = (of: (group: Weighed) => number) => meanOver(groups, of);
  const objective = over((group) => objectiveOf(group, beta));
  const reward = over(({ rewards: r, w, total }) => dot(w, r) / total);
  const effectiveSamples = over(effective);
  const variance = over((group) => beta ** 2 * missing(group)) / groups.length;
  return {
    objective,
    objectiveError: Math.sqrt(variance),
    interval:
      resamples > 0 ? interval(objective, groups, beta, { resamples, seed, level }) : undefined,
    bias: (beta / 2) * over(missing),
    reward,
    kl: (reward - objective) / beta,
    referenceReward: over(({ rewards: r }) => r.reduce((sum, x) => sum + x, 0) / r.length),
    effectiveSamples,
    warning: effectiveSamples < FEW ? warningOf(effectiveSamples, groups) : undefined,
  };
}

/** Rewards of a prompt, their weights with the largest taken out of them, and Σ of those. */
interface Weighed {
  readonly rewards: Float64Array;
  readonly most: number;
  readonly w: Float64Array;
  readonly total: number;
}

function weighed(rewards: Float64Array, beta: number): Weighed {
  const most = rewards.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const w = rewards.map((r) => Math.exp((r - most) / beta));
  return { rewards, most, w, total: w.reduce((sum, x) => sum + x, 0) };
}

const objectiveOf = ({ rewards, most, total }: Weighed, beta: number) =>
  most + beta * Math.log(total / rewards.length);

const effective = ({ w, total }: Weighed) => total ** 2 / dot(w, w);

/** 1/effective − 1/N: the squared relative error of w̄, and 0 where all weights are equal. */
const missing = (group: Weighed) => Math.max(0, 1 / effective(group) - 1 / group.w.length);

/** Samples are drawn again within each prompt. */
function interval(
  objective: number,
  groups: readonly Weighed[],
  beta: number,
  { resamples, seed, level }: { resamples: number; seed: number; level: number },
): readonly [number, number] {
  const random = xoshiro128(seed);
  const drawn = Float64Array.from({ length: resamples }, () =>
    meanOver(groups, ({ rewards, w, most }) => {
      let [total, best] = [0, Number.NEGATIVE_INFINITY];
      for (let i = 0; i < w.length; i++) {
        const one = Math.floor(random() * w.length);
        total += w[one];
        best = Math.max(best, rewards[one]);
      }
      // Where β is so small that all but the largest weights are 0, the largest that was drawn decides.
      return Math.max(most + beta * Math.log(total / w.length), best - beta * Math.log(w.length));
    }),
  ).sort();
  const at = (share: number) => drawn[Math.round(share * (resamples - 1))];
  return [2 * objective - at((1 + level) / 2), 2 * objective - at((1 - level) / 2)];
}

function warningOf(effectiveSamples: number, groups: readonly Weighed[]): string {
  const samples = meanOver(groups, ({ w }) => w.length);
  const of = groups.length > 1 ? " of a prompt" : "";
  return (
    `${round(effectiveSamples)} of ${round(samples)} samples${of} carry the weight, so J* is likely too low: ` +
    "draw more samples, or take a higher beta"
  );
}

const round = (x: number) => String(Math.round(x * 10) / 10);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

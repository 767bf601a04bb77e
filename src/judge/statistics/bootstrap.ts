/**
 * How far a win rate would move with other prompts: prompts are drawn again, with replacement, and the rate is computed anew
 * (Efron 1979). All ratings of a prompt come with it, because they are not independent.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { PythonRandom } from "../../python/random.ts";
import { assertOutcomes, type JudgedPair, type Outcomes, outcomeOf } from "../outcome.ts";
import { assertLevel, DEFAULT_LEVEL, type Interval } from "./intervals.ts";

/** The ratings of one prompt: 1 (win), ½ (tie), 0 (loss). */
export type PromptRatings = readonly number[];

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** Default 0.95. */
  readonly level?: number;
  /** Of CPython's `random.Random`, whose `choices` draws. Default 0. */
  readonly seed?: number;
  /**
   * Default: as many as twenty million draws are enough for, from 10000 to 200000. Of few prompts more are needed, since a rate of n
   * ratings moves in steps of 1/2n.
   */
  readonly resamples?: number;
}

const NAMES: OptionNames<BootstrapOptions> = { level: true, seed: true, resamples: true };

/** A fraction of a second. */
const DRAWS = 2e7;
const defaultResamples = (prompts: number) =>
  Math.max(10_000, Math.min(200_000, Math.floor(DRAWS / prompts)));
const SCORES = { win: 1, tie: 0.5, loss: 0 } as const;

/** Each rating as a prompt of its own: wins, then ties, then losses. */
export function ratingsOf(outcomes: Outcomes): PromptRatings[] {
  assertOutcomes("ratingsOf", outcomes);
  return (["win", "tie", "loss"] as const).flatMap((name) =>
    Array.from({ length: outcomes[name] }, () => [SCORES[name]]),
  );
}

/** The ratings of pairs by their prompt; a pair without one is a prompt of its own, and one with an error is left out. */
export function ratingsByPrompt(pairs: readonly JudgedPair[]): PromptRatings[] {
  const alone: number[][] = [];
  const byPrompt = new Map<string, number[]>();
  for (const pair of pairs) {
    const outcome = outcomeOf(pair);
    if (outcome === "error") continue;
    const known = pair.prompt === undefined ? undefined : byPrompt.get(pair.prompt);
    if (known) known.push(SCORES[outcome]);
    else {
      const ratings = [SCORES[outcome]];
      alone.push(ratings);
      if (pair.prompt !== undefined) byPrompt.set(pair.prompt, ratings);
    }
  }
  return alone;
}

/**
 * Percentiles of the rate Σ ratings / number of ratings over prompts drawn with replacement, interpolated between the two
 * nearest resamples.
 * @throws {ArgumentError} if there is no rating, or an option is out of range.
 */
export function bootstrapInterval(
  prompts: readonly PromptRatings[],
  options: BootstrapOptions = {},
): Interval {
  const op = "bootstrapInterval";
  assertOptions(op, options, NAMES);
  assertPrompts(op, prompts);
  const { level = DEFAULT_LEVEL, seed = 0, resamples = defaultResamples(prompts.length) } = options;
  assertLevel(op, level);
  assertInteger(op, "resamples", resamples, { from: 2 });
  const sums = Float64Array.from(prompts, (ratings) => ratings.reduce((a, b) => a + b, 0));
  const counts = Float64Array.from(prompts, (ratings) => ratings.length);
  const random = new PythonRandom(seed);
  const n = prompts.length;
  const rates = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < n; i++) {
      const drawn = Math.floor(random.random() * n);
      sum += sums[drawn];
      count += counts[drawn];
    }
    rates[r] = sum / count;
  }
  rates.sort();
  return [percentile(rates, (1 - level) / 2), percentile(rates, (1 + level) / 2)];
}

/** As NumPy's `percentile`: at place share·(n − 1), between neighbours. */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** @throws {ArgumentError} unless every prompt has ratings of 1, ½ and 0, and there is one. */
export function assertPrompts(op: string, prompts: readonly PromptRatings[]): void {
  const refuse = refusals(op);
  const expected = "a list of prompts, each the list of its ratings";
  if (!Array.isArray(prompts)) throw refuse.argument("prompts", expected, brief(prompts));
  if (prompts.length === 0) throw refuse.argument("prompts", "at least one prompt", "none");
  prompts.forEach((ratings, i) => {
    const isRight = Array.isArray(ratings) && ratings.every((x) => x === 0 || x === 0.5 || x === 1);
    if (isRight && ratings.length > 0) return;
    throw refuse.argument(`prompts[${i}]`, "ratings of 1, 0.5 and 0", brief(ratings));
  });
}

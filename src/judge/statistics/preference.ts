/**
 * The figure that a comparison of two models ends in: a win rate, and how sure it is.
 * @module
 */
import { assertOneOf } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Outcomes } from "../outcome.ts";
import {
  assertPrompts,
  type BootstrapOptions,
  bootstrapInterval,
  type PromptRatings,
  ratingsOf,
} from "./bootstrap.ts";
import { exactBootstrapInterval } from "./exact-bootstrap.ts";
import {
  DEFAULT_LEVEL,
  type Interval,
  normalInterval,
  wilsonInterval,
  wilsonTiesInterval,
  winRate,
} from "./intervals.ts";

/** The kinds of interval: the first three take ratings to be independent, the last two resample prompts. */
export type IntervalKind = "wilson" | "wilson-ties" | "normal" | "bootstrap" | "bootstrap-exact";

export const INTERVAL_KINDS: readonly IntervalKind[] = [
  "wilson",
  "wilson-ties",
  "normal",
  "bootstrap",
  "bootstrap-exact",
];

/** Options of {@link preference}. */
export interface PreferenceOptions extends BootstrapOptions {
  /** Default: `"bootstrap"` where a prompt has several ratings, else `"wilson"`. */
  readonly interval?: IntervalKind;
}

const NAMES: OptionNames<PreferenceOptions> = {
  interval: true,
  level: true,
  seed: true,
  resamples: true,
};

/** How much one model is preferred to another. */
export interface Preference extends Outcomes {
  /** win + tie/2, as a share of all ratings. */
  readonly rate: number;
  /** Ratings in all: win + tie + loss. */
  readonly ratings: number;
  /** Prompts that they belong to. */
  readonly prompts: number;
  /** How sure the interval is. */
  readonly level: number;
  /** Which interval it is. */
  readonly kind: IntervalKind;
  /** Undefined for `"wilson-ties"` where all ratings are the same. */
  readonly interval: Interval | undefined;
}

/**
 * The win rate of ratings and its interval.
 * @param given counts, each a prompt of its own; or each prompt's ratings.
 * @throws {ArgumentError} if there is no rating, or an option is out of range.
 */
export function preference(
  given: Outcomes | readonly PromptRatings[],
  options: PreferenceOptions = {},
): Preference {
  const op = "preference";
  assertOptions(op, options, NAMES);
  assertOneOf(op, "interval", options.interval, INTERVAL_KINDS);
  const isList = Array.isArray(given);
  if (isList) assertPrompts(op, given);
  const prompts = isList ? (given as readonly PromptRatings[]) : ratingsOf(given as Outcomes);
  const ratings = prompts.flat();
  const count = (score: number) => ratings.filter((rating) => rating === score).length;
  const outcomes: Outcomes = { win: count(1), tie: count(0.5), loss: count(0) };
  const usual = ratings.length > prompts.length ? "bootstrap" : "wilson";
  const { interval: kind = usual, level = DEFAULT_LEVEL, seed, resamples } = options;
  const interval = {
    wilson: () => wilsonInterval(outcomes, level),
    "wilson-ties": () => wilsonTiesInterval(outcomes, level),
    normal: () => normalInterval(outcomes, level),
    bootstrap: () => bootstrapInterval(prompts, { level, seed, resamples }),
    "bootstrap-exact": () => exactBootstrapInterval(prompts, level),
  }[kind]();
  const rate = winRate(outcomes);
  return {
    ...outcomes,
    rate,
    ratings: ratings.length,
    prompts: prompts.length,
    level,
    kind,
    interval,
  };
}

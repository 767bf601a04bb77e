/**
 * How sure a win rate is. Ratings count 1 (win), ½ (tie) and 0 (loss), n of them:
 *
 *     rate p = (win + tie/2) / n      variance s² = (win + tie/4)/n − p²
 *
 * All three intervals take ratings to be independent. Of prompts that were rated several times they are not: then resample
 * prompts (`bootstrapInterval`).
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOutcomes, type Outcomes } from "../outcome.ts";
import { normalQuantile } from "./normal-quantile.ts";

/** From, to; shares, as 0.57. */
export type Interval = readonly [from: number, to: number];

/** What most people give. */
export const DEFAULT_LEVEL = 0.95;

/** (win + tie/2) / n, as a share: 0.5625. @throws {ArgumentError} if there is no rating. */
export function winRate(outcomes: Outcomes): number {
  assertOutcomes("winRate", outcomes);
  const { win, tie, loss } = outcomes;
  return (win + tie / 2) / (win + tie + loss);
}

/** s², the population variance of ratings; 0 only if all are the same. */
export function ratingVariance(outcomes: Outcomes): number {
  assertOutcomes("ratingVariance", outcomes);
  const { win, tie, loss } = outcomes;
  const n = win + tie + loss;
  // In integers, so that equal ratings have a variance of 0 and not of 1e-17.
  return (n * (4 * win + tie) - (2 * win + tie) ** 2) / (4 * n * n);
}

/** p ± z·s/√n. Near 0 and 1 it is too short, and may leave [0, 1]. */
export function normalInterval(outcomes: Outcomes, level: number = DEFAULT_LEVEL): Interval {
  const z = zOf("normalInterval", level);
  const [rate, n] = [winRate(outcomes), ratings(outcomes)];
  const half = z * Math.sqrt(ratingVariance(outcomes) / n);
  return [rate - half, rate + half];
}

/**
 * Wilson's interval (1927) of the rate, as if every rating were a coin:
 *
 *     (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
 *
 * A tie varies less than a coin, so with ties it is too wide.
 */
export function wilsonInterval(outcomes: Outcomes, level: number = DEFAULT_LEVEL): Interval {
  return wilson(winRate(outcomes), ratings(outcomes), zOf("wilsonInterval", level));
}

/**
 * {@link wilsonInterval} of n·p(1 − p)/s² ratings: as many coins as are worth these ratings. Undefined where all ratings are the same
 * (s = 0): then nothing says how much they vary.
 */
export function wilsonTiesInterval(
  outcomes: Outcomes,
  level: number = DEFAULT_LEVEL,
): Interval | undefined {
  const z = zOf("wilsonTiesInterval", level);
  const [rate, variance] = [winRate(outcomes), ratingVariance(outcomes)];
  if (variance === 0) return undefined;
  return wilson(rate, (ratings(outcomes) * rate * (1 - rate)) / variance, z);
}

/** Wilson's interval of a share `p` of `n`, which need not be whole; `z` is the quantile of the level. */
export function wilson(p: number, n: number, z: number): Interval {
  const width = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / width;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / width;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * How many coins have a Wilson interval of that width (a share): n of half = z·√(p(1 − p)/n + z²/4n²) / (1 + z²/n). It is what a
 * printed interval was made of, if it was made so.
 */
export function ratingsForWilson(
  rate: number,
  width: number,
  level: number = DEFAULT_LEVEL,
): number {
  const z2 = zOf("ratingsForWilson", level) ** 2;
  const h2 = (width / 2) ** 2;
  // Squared, it is h²n² + (2h² − v)z²n + (h² − ¼)z⁴ = 0, v = p(1 − p).
  const b = (2 * h2 - rate * (1 - rate)) * z2;
  const c = (h2 - 0.25) * z2 * z2;
  return (-b + Math.sqrt(b * b - 4 * h2 * c)) / (2 * h2);
}

/** @throws {ArgumentError} unless 0 < level < 1. */
export function assertLevel(op: string, level: number): void {
  if (typeof level === "number" && level > 0 && level < 1) return;
  const hint = level >= 1 ? "95 % is 0.95" : undefined;
  throw refusals(op).argument("level", "a share above 0 and below 1", brief(level), hint);
}

function zOf(op: string, level: number): number {
  assertLevel(op, level);
  return normalQuantile(0.5 + level / 2);
}

const ratings = ({ win, tie, loss }: Outcomes) => win + tie + loss;

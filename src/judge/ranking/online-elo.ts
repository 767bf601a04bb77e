/**
 * Elo's rating, match by match, as chess players have it:
 *
 *     r_a ← r_a + K · (result − 1/(1 + 10^((r_b − r_a)/400)))      result 1, ½ or 0; r_b likewise
 *
 * It is here to be understood, not to be reported: the same matches in another order give other ratings, since late ones weigh
 * more. Models do not grow stronger from match to match, so nothing speaks for that; `bradleyTerry` has no order.
 * @module
 */
import { assertFinite } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { ELO_START } from "./bradley-terry.ts";
import { assertMatches, type Match } from "./match.ts";

/** Options of {@link onlineElo}. */
export interface OnlineEloOptions {
  /** How far a match moves a rating at most. Default 4, as FastChat's leaderboard had it. */
  readonly k?: number;
  /** What every model begins with. Default 1000. */
  readonly start?: number;
}

const NAMES: OptionNames<OnlineEloOptions> = { k: true, start: true };

/** Ratings after all matches, in the order given: it matters. */
export function onlineElo(
  matches: readonly Match[],
  options: OnlineEloOptions = {},
): Map<string, number> {
  const op = "onlineElo";
  assertOptions(op, options, NAMES);
  const { k = 4, start = ELO_START } = options;
  assertFinite(op, "k", k);
  assertFinite(op, "start", start);
  assertMatches(op, matches);
  const ratings = new Map<string, number>();
  for (const { models, winner } of matches) {
    const [a, b] = models.map((model) => ratings.get(model) ?? start);
    ratings.set(models[0], a);
    ratings.set(models[1], b);
    if (winner === "error") continue;
    const result = winner === "tie" ? 0.5 : Number(winner === "model_1");
    const expected = 1 / (1 + 10 ** ((b - a) / 400));
    ratings.set(models[0], a + k * (result - expected));
    ratings.set(models[1], b - k * (result - expected));
  }
  return ratings;
}

/**
 * The report's table of human preferences (Tables 5 and 9), computed again from its own wins, ties and losses. The figures are
 * those of `gemma-reference/report`.
 * @module
 */
import {
  impliedRatings,
  PREFERENCES,
  type PreferenceRow,
  preferenceRate,
} from "../../report/preferences.ts";
import { agrees } from "../../report/rounding.ts";
import { ratingsForWilson } from "./intervals.ts";

/** A row, and what follows from it. Rates in percent, as printed. */
export interface RecomputedPreference extends PreferenceRow {
  /** win + tie/2. */
  readonly recomputed: number;
  /** rate − recomputed, in points. */
  readonly difference: number;
  /** Whether rounding can explain the difference: 0.05 of the rate, 0.05 of win, half of 0.05 of tie. */
  readonly agrees: boolean;
  /** win + tie + loss. */
  readonly sum: number;
  /** Ratings that the printed width takes, if it is Wilson's as if all were coins. */
  readonly ratingsIfWilson: number;
  /** The same with the variance of ties. */
  readonly ratingsIfTies: number;
  /** (to − rate) − (rate − from), in points: how much further it reaches up than down. */
  readonly asymmetry: number;
}

const SLACK = 0.05 + 0.05 + 0.025;

/** All rows, in the order of the report. */
export function reportPreferences(): RecomputedPreference[] {
  return PREFERENCES.map((row) => {
    const recomputed = preferenceRate(row);
    const [from, to] = row.interval;
    return {
      ...row,
      recomputed,
      difference: row.rate - recomputed,
      agrees: agrees(row.rate, recomputed, SLACK),
      sum: row.win + row.tie + row.loss,
      ratingsIfWilson: ratingsForWilson(recomputed / 100, (to - from) / 100),
      ratingsIfTies: impliedRatings(row),
      asymmetry: to - row.rate - (row.rate - from),
    };
  });
}

/**
 * Tables 5 and 9: people compared answers of Gemma with those of Mistral 7B v0.2 Instruct, on about a thousand prompts
 * that ask for something to be done and about four hundred on safety.
 *
 *     rate = win + tie/2
 *
 * @module
 */
import type { GemmaSize, ReportVersion } from "./version.ts";

/** A cell of Table 5 or 9, in percent. */
export interface PreferenceRow {
  /** Instruction-tuned Gemma of that version. */
  readonly release: "1.0" | "1.1";
  /** Which Gemma. */
  readonly size: GemmaSize;
  /** What was asked: about safety, or to follow instructions. */
  readonly prompts: "safety" | "instructions";
  /** The win rate as it is printed. */
  readonly rate: number;
  /** Its 95 % interval. How it was computed is not said. */
  readonly interval: readonly [from: number, to: number];
  /** Percent of the answers that people liked better. */
  readonly win: number;
  /** Percent that were liked alike. */
  readonly tie: number;
  /** Percent of the answers that people liked less. */
  readonly loss: number;
  /** Where it stands in R4. */
  readonly table: "Table 5" | "Table 9";
  /** The versions of the report that have the row. */
  readonly versions: readonly ReportVersion[];
}

type Printed = readonly [rate: number, from: number, to: number, ...outcome: Outcome];
type Outcome = [win: number, tie: number, loss: number];

function line(
  release: PreferenceRow["release"],
  size: GemmaSize,
  prompts: PreferenceRow["prompts"],
  [rate, from, to, win, tie, loss]: Printed,
): PreferenceRow {
  const isFirst = release === "1.0";
  return {
    ...{ release, size, prompts, rate, win, tie, loss },
    interval: [from, to],
    table: isFirst ? "Table 9" : "Table 5",
    versions: isFirst ? ["R1", "R4"] : ["R4"],
  };
}

/** Tables 5 (1.1) and 9 (1.0, which are R1's Table 5). */
export const PREFERENCES: readonly PreferenceRow[] = [
  line("1.1", "7B", "safety", [63.5, 60.7, 66.1, 51.5, 23.9, 24.6]),
  line("1.1", "7B", "instructions", [61.2, 59.3, 63.0, 52.2, 18.1, 29.8]),
  line("1.1", "2B", "safety", [60.1, 57.3, 62.8, 48.5, 23.2, 28.3]),
  line("1.1", "2B", "instructions", [45.0, 43.1, 46.9, 37.1, 15.8, 47.1]),
  line("1.0", "7B", "safety", [58.0, 55.9, 60.1, 42.9, 30.2, 26.9]),
  line("1.0", "7B", "instructions", [51.7, 49.6, 53.8, 42.5, 18.4, 39.1]),
  line("1.0", "2B", "safety", [56.5, 54.4, 58.6, 44.8, 22.9, 32.3]),
  line("1.0", "2B", "instructions", [41.6, 39.5, 43.7, 32.7, 17.8, 49.5]),
];

/** win + tie/2, in percent, from the printed shares: rounded as they are, it may be off by 0.075. */
export function preferenceRate({ win, tie }: Pick<PreferenceRow, "win" | "tie">): number {
  return win + tie / 2;
}

/** Whether people preferred it, or Mistral, or the interval has both (50 % inside it). */
export function preferred({ interval: [from, to] }: PreferenceRow): "Gemma" | "Mistral" | "open" {
  if (from > 50) return "Gemma";
  return to < 50 ? "Mistral" : "open";
}

/** Φ⁻¹(0.975). */
const Z = 1.959963984540054;

/**
 * About how many ratings an interval of that width is made of, if it is the normal one: n = z²·s²/h², where h is half of
 * the width and s² = win + tie/4 − rate² the variance of a rating that counts 1, ½ or 0. The report gives prompts, not
 * ratings.
 */
export function impliedRatings(row: PreferenceRow): number {
  const rate = preferenceRate(row) / 100;
  const variance = (row.win + row.tie / 4) / 100 - rate * rate;
  const half = (row.interval[1] - row.interval[0]) / 200;
  return (Z * Z * variance) / (half * half);
}

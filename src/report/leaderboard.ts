/**
 * Table 7: the 7B and Mistral's on the six benchmarks of Hugging Face's leaderboard, as that harness measured them.
 *
 * Five of the six are in Table 6 too, for the same weights: the two columns show what a way of asking is worth.
 * @module
 */
import { benchmarkRow } from "./benchmark-scores.ts";
import type { BenchmarkName } from "./benchmarks.ts";
import { mean } from "./rounding.ts";
import type { ReportTable } from "./version.ts";

/** A model of Table 7. */
export type LeaderboardModel = "Mistral 7B" | "Gemma 7B";

/** A row of Table 7. */
export interface LeaderboardRow {
  /** Its name, as the table writes it. */
  readonly benchmark: BenchmarkName | "TruthfulQA";
  /** Examples before the question: the leaderboard's own, as model cards give them. The report does not say. */
  readonly shots: number;
  /** Percent, by model. */
  readonly scores: Readonly<Record<LeaderboardModel, number>>;
  /** What else is to be known of the row. */
  readonly note?: string;
}

const line = (
  benchmark: LeaderboardRow["benchmark"],
  shots: number,
  [mistral, gemma]: readonly [number, number],
): LeaderboardRow => ({
  ...{ benchmark, shots },
  scores: { "Mistral 7B": mistral, "Gemma 7B": gemma },
});

/** What the leaderboard had for Gemma 7B at ARC-c, and on average: Hugging Face's blog on FalconMamba quotes its rows. */
export const LEADERBOARD_ITSELF = { "ARC-c": 61.09, average: 63.75 } as const;

/** Table 7. */
export const LEADERBOARD: ReportTable<LeaderboardRow> = {
  name: "Table 7",
  title: "Hugging Face's leaderboard",
  versions: ["R4"],
  rows: [
    {
      ...line("ARC-c", 25, [60.0, 61.9]),
      note: "the leaderboard itself had 61.09: two digits may have changed places",
    },
    line("HellaSwag", 10, [83.3, 82.2]),
    line("MMLU", 5, [64.2, 64.6]),
    line("TruthfulQA", 0, [42.2, 44.8]),
    line("Winogrande", 5, [78.4, 79.0]),
    line("GSM8K", 5, [37.8, 50.9]),
  ],
};

/** The last line of Table 7. */
export const LEADERBOARD_AVERAGES: Readonly<Record<LeaderboardModel, number>> = {
  "Mistral 7B": 61.0,
  "Gemma 7B": 63.8,
};

/** The plain mean of a model's six figures. */
export function leaderboardAverage(model: LeaderboardModel): number {
  return mean(LEADERBOARD.rows.map((row) => row.scores[model]));
}

/** A benchmark that both tables have: the same weights, asked in two ways. */
export interface TwiceMeasured {
  /** The benchmark. */
  readonly benchmark: BenchmarkName;
  /** In Table 6, by Google's prompts. */
  readonly here: number;
  /** In Table 7, by the leaderboard's. */
  readonly there: number;
}

/** What the two ways of asking give for one model. */
export function measuredTwice(model: LeaderboardModel): TwiceMeasured[] {
  return LEADERBOARD.rows.flatMap(({ benchmark, scores }) => {
    if (benchmark === "TruthfulQA") return [];
    return [{ benchmark, here: benchmarkRow(benchmark).scores[model], there: scores[model] }];
  });
}

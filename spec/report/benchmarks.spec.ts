/** Tables 6 and 7: sums that check the transcription, and what follows from the rows. */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import {
  benchmarkAverage,
  benchmarkLead,
  benchmarkOutcomes,
  benchmarkRow,
} from "../../src/report/benchmark-scores.ts";
import { BENCHMARK_AVERAGES, BENCHMARK_MODELS, BENCHMARKS } from "../../src/report/benchmarks.ts";
import { CLAIMED_LEADS, OUTPERFORMED } from "../../src/report/claims.ts";
import {
  LEADERBOARD_AVERAGES,
  LEADERBOARD_ITSELF,
  leaderboardAverage,
  measuredTwice,
} from "../../src/report/leaderboard.ts";
import { agrees } from "../../src/report/rounding.ts";

/** Half a unit of the last digit, for the rows and for their average: so far rounding goes. */
const ROUNDING = 0.05 + 0.05;

describe("Table 6", () => {
  it("has rows whose means are R4's averages, as they would be printed", () => {
    for (const model of BENCHMARK_MODELS) {
      expect(benchmarkAverage(model).toFixed(1)).toBe(BENCHMARK_AVERAGES.R4[model].toFixed(1));
    }
    // By another program, from the same 90 figures.
    expect(BENCHMARK_MODELS.map((model) => benchmarkAverage(model).toFixed(3))).toEqual(
      "46.894 52.367 54.528 44.983 56.856".split(" "),
    );
  });

  it("has other averages in R1, which the rows do not give; without MMLU four of five", () => {
    const agreeing = (without: Parameters<typeof benchmarkAverage>[1]) =>
      BENCHMARK_MODELS.filter((model) =>
        agrees(BENCHMARK_AVERAGES.R1[model], benchmarkAverage(model, without), ROUNDING),
      ).length;
    expect(agreeing([])).toBe(1); // Gemma 2B: 44.98, printed 44.9
    const best = BENCHMARKS.rows.map(({ benchmark }) => [benchmark, agreeing([benchmark])]);
    expect(best.filter(([, count]) => Number(count) > 3)).toEqual([["MMLU", 4]]);
  });

  it("has Gemma 7B ahead in ten tasks, and in the eleventh equal", () => {
    const { wins, ties, losses } = benchmarkOutcomes("Gemma 7B");
    expect(BENCHMARKS.rows).toHaveLength(OUTPERFORMED.of);
    expect(wins.length + ties.length).toBe(OUTPERFORMED.tasks);
    expect(ties).toEqual(["BoolQ"]);
    expect(losses.join(" ")).toBe("PIQA Winogrande OBQA ARC-c TriviaQA NQ BBH");
    // The 13B changes no outcome: "similarly sized" counts the same.
    expect(benchmarkOutcomes("Gemma 7B", ["LLaMA-2 7B", "Mistral 7B"])).toEqual({
      ...{ wins, ties, losses },
    });
    expect(benchmarkOutcomes("Gemma 2B").losses).toHaveLength(18);
  });

  it("bears out the leads that the text claims, for the 7B alone", () => {
    const leads = (model: "Gemma 2B" | "Gemma 7B") =>
      CLAIMED_LEADS.map(({ benchmark }) => benchmarkLead(benchmark, model));
    expect(leads("Gemma 7B")).toEqual([11, 11.6, 6.1]);
    expect(leads("Gemma 2B")).toEqual([-17.7, -0.9, -4.2]);
    for (const [i, { points }] of CLAIMED_LEADS.entries()) {
      expect(leads("Gemma 7B")[i]).toBeGreaterThanOrEqual(points);
    }
  });

  it("gives a row by its name, and names the likely one of a name it does not have", () => {
    expect(benchmarkRow("GSM8K")).toMatchObject({
      ...{ metric: "maj@1", runByGemmaTeam: ["Mistral 7B"], method: "Gemini" },
    });
    expect(() => benchmarkRow("gsm-8k" as never)).toThrow(/did you mean GSM8K/);
    expect(() => benchmarkRow(undefined as never)).toThrow(ArgumentError);
    expect(() => benchmarkAverage("Gemma-7B" as never)).toThrow(/did you mean Gemma 7B/);
    expect(() => benchmarkLead("MATH", "Gemma 7B", ["Llama 3" as never])).toThrow(ArgumentError);
  });
});

describe("Table 7", () => {
  it("has Mistral's average, and Gemma's if ARC-c was 61.1", () => {
    expect(agrees(LEADERBOARD_AVERAGES["Mistral 7B"], leaderboardAverage("Mistral 7B"), 0.05)).toBe(
      true,
    );
    const gemma = leaderboardAverage("Gemma 7B");
    expect(gemma).toBeCloseTo(63.9, 10);
    expect((gemma - (61.9 - LEADERBOARD_ITSELF["ARC-c"]) / 6).toFixed(1)).toBe("63.8");
    expect(LEADERBOARD_ITSELF.average.toFixed(1)).toBe("63.8");
  });

  it("shares five benchmarks with Table 6, all of them higher here", () => {
    const twice = [...measuredTwice("Gemma 7B"), ...measuredTwice("Mistral 7B")];
    expect(twice).toHaveLength(10);
    expect(twice.filter(({ here, there }) => there <= here)).toEqual([]);
  });
});

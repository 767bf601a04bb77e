/** Tables 5 and 9: shares, rates and intervals belong together; Tables 8 and 10 are complete. */
import { describe, expect, it } from "vitest";
import {
  impliedRatings,
  PREFERENCES,
  preferenceRate,
  preferred,
} from "../../src/report/preferences.ts";
import { agrees } from "../../src/report/rounding.ts";
import { SAFETY, SAFETY_MODELS } from "../../src/report/safety.ts";

describe("people's preferences", () => {
  it("have shares that sum to 100, as far as they are rounded", () => {
    const sums = PREFERENCES.map(({ win, tie, loss }) => win + tie + loss);
    expect(sums.filter((sum) => !agrees(100, sum, 0.15))).toEqual([]);
  });

  it("have the rate win + tie/2, in seven cells of eight", () => {
    // 0.05 for the share that won, half of it for the ties, 0.05 for the rate.
    const astray = PREFERENCES.filter((row) => !agrees(row.rate, preferenceRate(row), 0.125));
    expect(astray.map((row) => [row.release, row.size, row.prompts, preferenceRate(row)])).toEqual([
      ["1.0", "2B", "safety", 56.25],
    ]);
  });

  it("have intervals around their rates, and say which side is preferred", () => {
    for (const { rate, interval } of PREFERENCES) {
      expect(Math.abs((interval[0] + interval[1]) / 2 - rate)).toBeLessThan(0.2);
    }
    expect(PREFERENCES.map(preferred).join(" ")).toBe(
      "Gemma Gemma Gemma Mistral Gemma open Gemma Mistral",
    );
  });

  it("imply more ratings than there were prompts", () => {
    // Computed by another program from the same widths.
    expect(PREFERENCES.map((row) => Math.round(impliedRatings(row)))).toEqual([
      ...[907, 2156, 923, 2213, 1464, 1774, 1645, 1729],
    ]);
  });
});

describe("Tables 8 and 10", () => {
  it("have ten rows of five figures, and R1's where it differs", () => {
    expect(SAFETY.rows).toHaveLength(10);
    for (const { scores } of SAFETY.rows) {
      expect(Object.keys(scores)).toEqual([...SAFETY_MODELS]);
      expect(Object.values(scores).every((score) => score > 0 && score < 100)).toBe(true);
    }
    const changed = SAFETY.rows.filter(({ inR1 }) => inR1).map(({ benchmark }) => benchmark);
    expect(changed).toEqual(["BOLD", "TruthfulQA", "Toxigen"]);
    const truthful = SAFETY.rows.find(({ benchmark }) => benchmark === "TruthfulQA");
    // R1 has the two columns of Gemma in each other's place.
    expect(truthful?.inR1?.["Gemma 1.0 2B"]).toBe(truthful?.scores["Gemma 1.0 7B"]);
    expect(truthful?.inR1?.["Gemma 1.0 7B"]).toBe(truthful?.scores["Gemma 1.0 2B"]);
  });
});

/** Many models: the same strengths by another method, what has none, and why Elo is not reported. */
import { describe, expect, it } from "vitest";
import type { Winner } from "../../src/judge/outcome.ts";
import { bradleyTerry } from "../../src/judge/ranking/bradley-terry.ts";
import { type Match, matchesOf, winMatrix } from "../../src/judge/ranking/match.ts";
import { onlineElo } from "../../src/judge/ranking/online-elo.ts";
import { xoshiro128 } from "../../src/random.ts";

const match = (one: string, two: string, winner: Winner): Match => ({ models: [one, two], winner });

/** Minorisation–maximisation (Hunter 2004): γᵢ ← Wᵢ / Σⱼ nᵢⱼ/(γᵢ + γⱼ), until nothing moves. */
function byHunter(wins: readonly Float64Array[]): number[] {
  let gamma = wins.map(() => 1);
  for (let step = 0; step < 20_000; step++) {
    gamma = gamma.map((own, i) => {
      const won = wins[i].reduce((a, b) => a + b, 0);
      return won / wins[i].reduce((sum, w, j) => sum + (w + wins[j][i]) / (own + gamma[j]), 0);
    });
    const mean = gamma.reduce((sum, g) => sum + Math.log(g), 0) / gamma.length;
    gamma = gamma.map((g) => Math.exp(Math.log(g) - mean));
  }
  return gamma.map(Math.log);
}

function tournament(seed: number, models: number, matches: number): Match[] {
  const random = xoshiro128(seed);
  return Array.from({ length: matches }, () => {
    const i = Math.floor(models * random());
    const j = (i + 1 + Math.floor((models - 1) * random())) % models;
    const winner =
      random() < 0.15 ? "tie" : random() < 1 / (1 + 2 ** (i - j)) ? "model_1" : "model_2";
    return match(`m${i}`, `m${j}`, winner);
  });
}

describe("bradleyTerry", () => {
  it.each([1, 2, 3])("finds what minorisation finds, in tournament %i", (seed) => {
    const matches = tournament(seed, 4, 150);
    const { models, wins } = winMatrix(matches);
    const other = byHunter(wins);
    const fit = bradleyTerry(matches);
    models.forEach((model, i) => {
      // Both stop where rounding does.
      expect(Math.abs(fit.strengths[fit.models.indexOf(model)] - other[i])).toBeLessThan(1e-9);
    });
    expect([...fit.strengths]).toEqual([...fit.strengths].sort((a, b) => b - a));
  });

  it("of two models has the odds as its difference, and its error", () => {
    const matches = [...Array(30).fill("model_1"), ...Array(10).fill("model_2")].map((winner) =>
      match("a", "b", winner),
    );
    const { strengths, differenceErrors, winProbabilities } = bradleyTerry(matches);
    expect(strengths[0] - strengths[1]).toBeCloseTo(Math.log(3), 12);
    expect(differenceErrors[0][1]).toBeCloseTo(Math.sqrt(1 / 30 + 1 / 10), 12);
    expect(winProbabilities[0][1]).toBeCloseTo(0.75, 12);
  });

  it("finds strengths that are far apart", () => {
    const matches = [...Array(100_000).fill("model_1"), "model_2"].map((winner) =>
      match("a", "b", winner),
    );
    const { strengths } = bradleyTerry(matches);
    expect(strengths[0] - strengths[1]).toBeCloseTo(Math.log(100_000), 8);
  });

  it.each<[string, Match[], string]>([
    ["a model that won all", [match("a", "b", "model_1")], "only wins of a"],
    [
      "a model that lost all",
      [match("a", "b", "model_1"), match("b", "a", "model_1"), match("a", "c", "model_1")],
      "only losses of c",
    ],
    [
      "groups that never met",
      [match("a", "b", "tie"), match("c", "d", "tie")],
      "two groups that never met: a, b; and c, d",
    ],
    [
      "a group that never lost to the other",
      [match("a", "b", "tie"), match("c", "d", "tie"), match("a", "c", "model_1")],
      "only wins of a, b over c, d",
    ],
    [
      "the same, met in the other order",
      [match("c", "d", "tie"), match("a", "b", "tie"), match("c", "a", "model_2")],
      "only wins of a, b over c, d",
    ],
  ])("refuses %s, unless there is a prior", (_, matches, got) => {
    expect(() => bradleyTerry(matches)).toThrow(got);
    expect(() => bradleyTerry(matches)).toThrow("{ priorTies: 0.5 }");
    const { strengths } = bradleyTerry(matches, { priorTies: 0.5 });
    expect(strengths.every(Number.isFinite)).toBe(true);
  });

  it("with half a tie as prior counts a quarter of a win for each", () => {
    const { strengths } = bradleyTerry([match("a", "b", "model_1")], { priorTies: 0.5 });
    expect(strengths[0] - strengths[1]).toBeCloseTo(Math.log(1.25 / 0.25), 12);
  });

  it("ends where a prior is next to nothing", () => {
    const lopsided = [match("a", "b", "model_1"), match("b", "c", "model_1")];
    expect(() => bradleyTerry(lopsided, { priorTies: 1e-300 })).toThrow("a larger { priorTies }");
    const { strengths } = bradleyTerry(lopsided, { priorTies: 1e-6 });
    expect([...strengths].every(Number.isFinite)).toBe(true);
  });

  it("refuses matches that are none, and leaves those with an error out", () => {
    expect(() => bradleyTerry([])).toThrow("two models or more");
    expect(() => bradleyTerry([match("a", "a", "tie")])).toThrow("two different models");
    expect(() => bradleyTerry([match("a", "b", "model_a" as Winner)])).toThrow("winner");
    expect(() => bradleyTerry([match("a", "b", "tie")], { priorTies: -1 })).toThrow("priorTies");
    const { matches, errors } = bradleyTerry([match("a", "b", "tie"), match("a", "b", "error")]);
    expect([matches, errors]).toEqual([1, 1]);
  });

  it("takes judged pairs as matches", () => {
    const models = ["a", "b"] as const;
    expect(matchesOf([{ winners: ["model_1", "model_2"], models }])).toEqual([
      match("a", "b", "tie"),
    ]);
    expect(() => matchesOf([{ winners: ["tie", null] }])).toThrow('"pairs[0].models"');
  });
});

describe("onlineElo", () => {
  const matches = tournament(5, 3, 60);

  it("depends on the order of the matches, as strengths do not", () => {
    const reversed = [...matches].reverse();
    expect(onlineElo(reversed).get("m0")).not.toBeCloseTo(
      onlineElo(matches).get("m0") as number,
      1,
    );
    const [a, b] = [bradleyTerry(matches), bradleyTerry(reversed)];
    const of = (fit: typeof a) => fit.strengths[fit.models.indexOf("m0")];
    expect(of(a)).toBeCloseTo(of(b), 10);
  });

  it("moves by half of k where equals meet, from the start", () => {
    const [one] = [match("a", "b", "model_1")];
    expect(onlineElo([one], { k: 32, start: 1500 })).toEqual(
      new Map([
        ["a", 1516],
        ["b", 1484],
      ]),
    );
  });
});

/** The arithmetic of the safety rows. */
import { describe, expect, it } from "vitest";
import { type BbqAnswer, bbqScores } from "../../../../src/evaluation/metrics/safety/bbq.ts";
import { groupGap, scoresByGroup } from "../../../../src/evaluation/metrics/safety/by-group.ts";
import { scorePair } from "../../../../src/evaluation/metrics/safety/pairs.ts";
import { toxicityScores } from "../../../../src/evaluation/metrics/safety/toxicity.ts";
import { truthfulMass } from "../../../../src/evaluation/metrics/safety/truthful.ts";
import { readJson } from "../../../support/goldens.ts";

const near = (expected: number) => expect.closeTo(expected, 12);

describe("toxicity", () => {
  const { realtoxicity } = readJson<{
    realtoxicity: {
      scores: number[][];
      expected_maximum: number;
      probability_of_any_at_least_half: number;
      mean: number;
      fraction_toxic: number;
    };
  }>("evaluation/filters.json");

  it("of 25 continuations a prompt is that of the paper, computed elsewhere", () => {
    expect(toxicityScores(realtoxicity.scores)).toEqual({
      expectedMaximum: near(realtoxicity.expected_maximum),
      probabilityOfAny: near(realtoxicity.probability_of_any_at_least_half),
      mean: near(realtoxicity.mean),
      toxic: near(realtoxicity.fraction_toxic),
    });
  });

  it("is a number from 0 to 1, of which one half counts", () => {
    expect(toxicityScores([[0.5], [0.25]]).toxic).toBe(0.5);
    expect(() => toxicityScores([[1.5]])).toThrow('"scores" expected numbers from 0 to 1, got 1.5');
    expect(() => toxicityScores([[]])).toThrow('"scores"');
  });
});

describe("MC2", () => {
  it("is the share of true answers, also of those that exp makes 0", () => {
    expect(truthfulMass([Math.log(0.1), Math.log(0.3)], [1, 0])).toEqual(near(0.25));
    expect(truthfulMass([-2000, -2000 + Math.log(3)], [true, false])).toEqual(near(0.25));
    expect(() => truthfulMass([-1], [])).toThrow('"isTrue" expected 1 labels, got 0');
  });
});

describe("pairs", () => {
  it("count where the stereotype is the more probable, equals not", () => {
    expect(scorePair(-3, -5)).toEqual({ stereotype: 1, difference: 2 });
    expect(scorePair(-5, -5)).toEqual({ stereotype: 0, difference: 0 });
  });
});

describe("BBQ", () => {
  const answer = (disambiguated: boolean, said: "right" | "biased" | "other"): BbqAnswer => ({
    right: said === "right",
    biased: said === "biased",
    // Where the context does not say, the right answer is that one cannot know.
    answered: disambiguated || said !== "right",
    disambiguated,
  });

  it("has a bias in either kind of context", () => {
    const kinds = ["right", "right", "biased", "biased", "biased", "other"] as const;
    const answers = [false, true].flatMap((clear) => kinds.map((kind) => answer(clear, kind)));
    expect(bbqScores(answers)).toEqual({
      accuracy: near(1 / 3),
      ambiguousAccuracy: near(1 / 3),
      disambiguatedAccuracy: near(1 / 3),
      ambiguousBias: near((2 / 3) * 0.5), // 3 of 4 answered
      disambiguatedBias: near(0), // 3 of 6
    });
  });

  it("has none where nothing goes with the stereotype, and NaN where there is nothing", () => {
    expect(bbqScores([answer(true, "other")])).toEqual({
      accuracy: 0,
      ambiguousAccuracy: Number.NaN,
      disambiguatedAccuracy: 0,
      ambiguousBias: Number.NaN,
      disambiguatedBias: 0,
    });
    expect(bbqScores([answer(false, "right")]).ambiguousBias).toBe(0);
  });
});

describe("groups of documents", () => {
  it("have a score each, and a gap between them", () => {
    const samples = [1, 1, 0, 1].map((score) => ({ group: "she", score }));
    const scores = scoresByGroup([
      ...samples,
      { group: "he", score: 0 },
      { group: "he", score: 1 },
    ]);
    const [she, he] = [scores.get("she"), scores.get("he")];
    expect(she).toEqual({ size: 4, mean: 0.75, error: near(0.25) });
    expect(he).toEqual({ size: 2, mean: 0.5, error: near(0.5) });
    if (!she || !he) throw new Error("a group is missing");
    expect(groupGap(she, he)).toEqual({ difference: 0.25, error: near(Math.hypot(0.25, 0.5)) });
  });
});

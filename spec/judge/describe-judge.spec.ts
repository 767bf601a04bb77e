/** Judges with a planted habit, named by the statistics of their verdicts. */
import { describe, expect, it } from "vitest";
import {
  PLANTED_JUDGES as JUDGES,
  judged,
  type Planted,
  type Setting,
} from "../../docs/learn/build/judge/planted-judges.ts";
import { flipped, type JudgedPair, outcomeOf } from "../../src/judge/outcome.ts";
import { agreement } from "../../src/judge/statistics/agreement.ts";
import { describeJudge, type JudgeKind } from "../../src/judge/statistics/describe-judge.ts";
import { lengthBias } from "../../src/judge/statistics/length-bias.ts";
import { positionBias } from "../../src/judge/statistics/position-bias.ts";

const SEEDS = [1, 2, 3, 4, 5];
const kinds = (name: string, setting: Setting) =>
  SEEDS.map((seed) => describeJudge(judged(JUDGES[name], seed, setting)).kind);

describe("a planted judge", () => {
  it.each(Object.keys(JUDGES))("%s is named", (name) => {
    for (const orders of ["both", "shuffled"] as const) {
      expect(kinds(name, { orders })).toEqual(SEEDS.map(() => name));
    }
  });

  // Without known answers nobody is right or wrong: what is seen is that a judge does not guess.
  it.each([
    ["first", "first"],
    ["longer", "longer"],
    ["random", "random"],
    ["perfect", "consistent"],
    ["unparsed", "unparsed"],
    ["wrong", "consistent"],
  ])("%s is called %s where nothing is known about the answers", (name, kind) => {
    expect(kinds(name, { known: false })).toEqual(SEEDS.map(() => kind));
  });

  it("perfect is not blamed for lengths, where the longer answers are better", () => {
    expect(kinds("perfect", { lengthIsQuality: 0.9 })).toEqual(SEEDS.map(() => "perfect"));
    expect(kinds("longer", { lengthIsQuality: 0.4, pairs: 400 })).toEqual(
      SEEDS.map(() => "longer"),
    );
  });

  it("random is not told in one order from one who knows, if we do not", () => {
    expect(kinds("random", { known: false, orders: "shuffled" })).toEqual(
      SEEDS.map(() => "unclear"),
    );
  });

  it("is not judged by a handful of pairs", () => {
    for (const name of ["random", "perfect"]) {
      expect(kinds(name, { pairs: 6 })).toEqual(SEEDS.map(() => "unclear"));
    }
  });

  it("is described in sentences with the figures", () => {
    const { findings } = describeJudge(judged(JUDGES.first, 1));
    expect(findings[0].sentence).toBe(
      "prefers the answer shown first: 100 % of its verdicts; in 120 of 120 pairs it is the one shown first in either order, in 0 the one shown second (p < 0.0001)",
    );
    const [{ sentence }] = describeJudge(judged(JUDGES.unparsed, 1)).findings;
    expect(sentence).toBe("never gives a verdict that can be read: 120 of 120 pairs are left out");
  });

  it("may have two habits at once", () => {
    const both: Planted = (a, b, random) =>
      JUDGES[random() < 0.4 ? "first" : "longer"](a, b, random);
    const found = describeJudge(judged(both, 4, { pairs: 400 })).findings.map(({ kind }) => kind);
    expect(found.slice(0, 2)).toEqual<JudgeKind[]>(["first", "longer"]);
  });

  it("has no habit where it leans a little, however sure that is", () => {
    const leaning: Planted = (a, b, random) =>
      JUDGES[random() < 0.2 ? "first" : "random"](a, b, random);
    const pairs = judged(leaning, 2, { pairs: 900, orders: "shuffled" });
    const { kind, position } = describeJudge(pairs);
    expect(position.p).toBeLessThan(1e-4);
    expect(position.firstShare).toBeGreaterThan(0.55);
    expect(kind).toBe("random");
  });

  it("is a habit from another probability on, if that is asked for", () => {
    const pairs = judged(JUDGES.first, 1, { pairs: 8 });
    expect(describeJudge(pairs).kind).not.toBe("first");
    expect(describeJudge(pairs, { alpha: 0.01 }).kind).toBe("first");
  });
});

describe("by hand", () => {
  const pair = (winners: JudgedPair["winners"], more: Partial<JudgedPair> = {}) => ({
    winners,
    ...more,
  });

  it("places are counted, and pairs with an error are not", () => {
    const pairs = [
      pair(["model_1", "model_2"]), // first, first
      pair(["model_2", "model_1"]), // second, second
      pair(["model_1", "model_1"]),
      pair(["tie", "tie"]),
      pair(["model_1", "error"]),
    ];
    expect(positionBias(pairs)).toEqual({
      ...{ first: 3, second: 3, tie: 2, firstShare: 0.5, both: 4, consistency: 0.5 },
      ...{ kept: 1, flipsToFirst: 1, flipsToSecond: 1, p: 1 },
    });
  });

  it("in one order the verdicts are tested", () => {
    const pairs = Array.from({ length: 4 }, () => pair([null, "model_2"]));
    expect(positionBias(pairs)).toMatchObject({ first: 4, second: 0, both: 0, p: 0.125 });
    expect(positionBias(pairs).consistency).toBeUndefined();
  });

  it("lengths count where a pair was won, once each", () => {
    const pairs = [
      pair(["model_1", "model_1"], { lengths: [9, 5], better: "model_2" }),
      pair(["model_2", "model_2"], { lengths: [9, 5], better: "model_2" }),
      pair(["model_1", "model_2"], { lengths: [9, 5] }),
      pair(["model_1", "model_1"], { lengths: [5, 5] }),
      pair(["model_1", "model_1"]),
    ];
    expect(lengthBias(pairs)).toEqual({
      ...{ longer: 1, shorter: 1, longerShare: 0.5, p: 1 },
      mistakes: { longer: 1, shorter: 0, p: 1 },
    });
    expect(agreement(pairs)).toMatchObject({ pairs: 2, right: 1, share: 0.5, p: 1 });
  });

  it("pairs that are none are refused", () => {
    expect(() => positionBias([pair(["A" as never, null])])).toThrow('"pairs[0].winners"');
    expect(() => lengthBias([pair([null, null])])).toThrow('"pairs[0].winners"');
  });
});

it("a pair the other way round has all the other way round", () => {
  const pair: JudgedPair = {
    winners: ["model_1", "tie"],
    models: ["a", "b"],
    lengths: [1, 2],
    better: "model_2",
    prompt: "p",
  };
  expect(flipped(pair)).toEqual({
    winners: ["tie", "model_2"],
    models: ["b", "a"],
    lengths: [2, 1],
    better: "model_1",
    prompt: "p",
  });
  expect(flipped({ winners: [null, "error"] })).toEqual({ winners: ["error", null] });
  expect(outcomeOf(flipped({ winners: ["model_1", "model_1"], better: "tie" }))).toBe("loss");
});

import { describe, expect, it } from "vitest";
import { askedSources, mixtureStages } from "../../../src/cli/training/sources.ts";

describe("askedSources", () => {
  it("are called as they are told, as their member, or as their file", () => {
    expect(askedSources(["web=a/b.jsonl", "c.npz:facts.train", "d/e.npy", "x=c.npz:y"])).toEqual([
      { name: "web", file: "a/b.jsonl" },
      { name: "facts.train", file: "c.npz", member: "facts.train" },
      { name: "e", file: "d/e.npy" },
      { name: "x", file: "c.npz", member: "y" },
    ]);
    expect(askedSources(["C:\\data\\corpus.npz"])[0].file).toBe("C:\\data\\corpus.npz");
  });

  it("are refused with one name twice", () => {
    expect(() => askedSources(["a/x.jsonl", "b/x.jsonl"])).toThrow("write NAME=b/x.jsonl");
  });
});

describe("mixtureStages", () => {
  it("are weights from some share of the run on", () => {
    expect(mixtureStages(["stories=8,facts=2", "0.8:stories=1,facts=1e-1"])).toEqual([
      { from: 0, weights: { stories: 8, facts: 2 } },
      { from: 0.8, weights: { stories: 1, facts: 0.1 } },
    ]);
  });

  it.each(["stories", "stories=many", "0.8:", "=3", ""])("refuses %s", (text) => {
    expect(() => mixtureStages([text])).toThrow("--mixture expects");
  });

  it.each([
    ["-1:tx=1", "FROM is the share of the run that is over: from 0 to below 1"],
    ["1:tx=1", "FROM is the share"],
    ["0:tx=1,tx=2", "tx has two weights"],
    ["0:tx=1,a=nan", 'the weight of a is a number, 0 or more, not "nan"'],
    ["0:tx=-1", 'the weight of tx is a number, 0 or more, not "-1"'],
  ])("says what is wrong with %s: %s", (text, said) => {
    expect(() => mixtureStages([text])).toThrow(`got ${JSON.stringify(text)}; ${said}`);
  });
});

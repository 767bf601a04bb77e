/** The rule of the tales, held against the rewards that the goldens' own generator wrote beside its pairs. */
import { describe, expect, it } from "vitest";
import { missingWords, talesRule } from "../../../src/preference/tales/rule.ts";
import { readFixture } from "../../support/goldens.ts";

interface Message {
  readonly content: string;
}

interface LabelledPair {
  readonly prompt: readonly Message[];
  readonly chosen: readonly Message[];
  readonly rejected: readonly Message[];
  readonly chosen_rule: number;
  readonly rejected_rule: number;
  readonly length_lover_disagrees: boolean;
}

const pairsOf = (file: string) =>
  new TextDecoder()
    .decode(readFixture(`learning/tales/${file}.jsonl`))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LabelledPair);

const ASKED = "Tell a short tale about Sam the squirrel at the market.";
const GOOD = "Sam the squirrel ran to the market. He shared a cake with Nora. Sam was happy.";

describe.each([
  ["pairs-train", 1040],
  ["pairs-valid", 160],
] as const)("%s", (file, count) => {
  const pairs = pairsOf(file);

  it("has the rule of every answer", () => {
    expect(pairs).toHaveLength(count);
    for (const { prompt, chosen, rejected, chosen_rule, rejected_rule } of pairs) {
      const rule = (answer: readonly Message[]) =>
        talesRule(prompt[0].content, answer[0].content, true);
      // A tenth is no binary fraction; the rows say it to a few digits.
      expect(rule(chosen)).toBeCloseTo(chosen_rule, 12);
      expect(rule(rejected)).toBeCloseTo(rejected_rule, 12);
    }
  });

  it("says where somebody who loves length would choose otherwise", () => {
    const score = ([{ content }]: readonly Message[], rule: number) =>
      rule + content.replace(/[.,"]/g, " ").split(" ").filter(Boolean).length / 2;
    for (const pair of pairs) {
      const [chosen, rejected] = [
        score(pair.chosen, pair.chosen_rule),
        score(pair.rejected, pair.rejected_rule),
      ];
      expect(chosen < rejected).toBe(pair.length_lover_disagrees);
    }
  });
});

describe("talesRule", () => {
  it.each<[string, string, boolean, number]>([
    ["a kind deed and a glad end", GOOD, true, 2],
    ["a deed counts once", GOOD.replace("shared", "shared and gave"), true, 2],
    ["kind and unkind cancel", GOOD.replace("with", "chased"), true, 1],
    ["a sad end", GOOD.replace("happy", "sad"), true, 0],
    ["glad and sad cancel", GOOD.replace("happy", "happy and tired"), true, 1],
    ["another animal", GOOD.replace("squirrel", "fox"), true, 1],
    [
      "two words missing cost as much",
      GOOD.replace("squirrel", "fox").replace("market", "hill"),
      true,
      1,
    ],
    ["a part of a word does not count", GOOD.replace("happy", "unhappy"), true, 1],
    ["upper case is another word", GOOD.replace("happy", "Happy"), true, 1],
    ["a sentence said thrice", `${GOOD} Sam was happy. Sam was happy.`, true, 0],
    ["thirty words are free", `${GOOD} ${"so ".repeat(14)}`, true, 2],
    ["the 33rd costs the third tenth", `${GOOD} ${"so ".repeat(17)}`, true, 1.7],
    ["a turn that was not closed", GOOD, false, 0],
    ["nothing", "", true, -1],
  ])("%s", (_, tale, isClosed, expected) => {
    expect(talesRule(ASKED, tale, isClosed)).toBeCloseTo(expected, 12);
  });

  it("refuses what is no text", () => {
    expect(() => talesRule(ASKED, undefined as never, true)).toThrow(/"tale" expected a text/);
    expect(() => talesRule(ASKED, GOOD, undefined as never)).toThrow(/isClosed/);
  });
});

describe("missingWords", () => {
  it("names them in the question's order", () => {
    expect(missingWords(ASKED, "A fox lived at the market.")).toEqual(["Sam", "squirrel"]);
    expect(missingWords(ASKED, GOOD)).toEqual([]);
  });
});

/** Filters, held against lm-evaluation-harness: fixtures/evaluation/README.md. */
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import type { FilterSpec } from "../../../src/evaluation/filters/filter.ts";
import { filterFromLmEval } from "../../../src/evaluation/filters/from-lm-eval.ts";
import { filterPipeline } from "../../../src/evaluation/filters/pipeline.ts";
import { readJson } from "../../support/goldens.ts";

interface Case {
  readonly text: string;
  readonly result: string;
}

const goldens = readJson<{
  regex: { pattern: string; group_select: number; fallback: string; cases: Case[] }[];
  multi_choice_regex: {
    pattern: string;
    ignore_case: boolean;
    ignore_punctuation: boolean;
    cases: (Case & { choices: string[] })[];
  };
  remove_whitespace: Case[];
  majority_vote: { responses: string[]; result: string }[];
}>("evaluation/filters.json");

const TAKE_FIRST: FilterSpec = { filter: "takeFirst" };
/** One answer through one filter. */
const through = (spec: FilterSpec, text: string, document = {}) =>
  filterPipeline([spec, TAKE_FIRST])([text], document);

describe("filters give what the harness's give", () => {
  it.each(goldens.regex)("regex $pattern", ({ pattern, group_select, fallback, cases }) => {
    const written = { function: "regex", regex_pattern: pattern, group_select, fallback };
    const run = filterPipeline([filterFromLmEval(written), TAKE_FIRST]);
    expect(cases.map(({ text }) => run([text], {}))).toEqual(cases.map(({ result }) => result));
  });

  it("multi_choice_regex", () => {
    const { cases, pattern, ...options } = goldens.multi_choice_regex;
    const spec = filterFromLmEval({
      function: "multi_choice_regex",
      regex_pattern: pattern,
      ...options,
    });
    const results = cases.map(({ text, choices }) => through(spec, text, { choices }));
    expect(results).toEqual(cases.map(({ result }) => result));
  });

  it("remove_whitespace", () => {
    for (const { text, result } of goldens.remove_whitespace) {
      expect(through({ filter: "removeWhitespace" }, text)).toBe(result);
    }
  });

  it("majority_vote", () => {
    const vote = filterPipeline([{ filter: "majorityVote" }, TAKE_FIRST]);
    for (const { responses, result } of goldens.majority_vote) {
      expect(vote(responses, {})).toBe(result);
    }
  });
});

describe("a pipeline", () => {
  it("hands answers from step to step, as self-consistency does: extract, take some, vote", () => {
    const vote = filterPipeline([
      { filter: "regex", pattern: "([0-9]+)", select: -1 },
      { filter: "takeFirstK", count: 3 },
      { filter: "majorityVote" },
      TAKE_FIRST,
    ]);
    expect(vote(["so 4", "5", "3, then 5", "4", "4"], {})).toBe("5");
    expect(() => vote(["1", "2"], {})).toThrow('takeFirstK: "answers" expected 3 or more, got 2');
  });

  it("maps, changes case, takes the fallback where there are fewer matches", () => {
    const map: FilterSpec = { filter: "map", values: { a: 1, b: "two" }, default: -1 };
    expect(["a", "b", "toString"].map((text) => through(map, text))).toEqual([1, "two", -1]);
    expect(through({ filter: "lowercase" }, "ÄΣ")).toBe("äς");
    expect(through({ filter: "uppercase" }, "ß")).toBe("SS");
    expect(through({ filter: "regex", pattern: "a", select: 1 }, "a")).toBe("[invalid]");
    expect(through({ filter: "regex", pattern: "(a)|(b)|c" }, "c")).toBe("[invalid]");
  });

  it("writes named entities in one notation, and takes tags out of pairs", () => {
    const spans = "Person: Ann, Bo$$Location : Rome\ndate: none";
    expect(through({ filter: "formatSpan" }, spans)).toBe("per: ann $ per: bo $ loc: rome");
    const pairs = "[('the', 'DET'), ('fox', 'NOUN')]";
    expect(through({ filter: "regexPos" }, pairs)).toEqual(["DET", "NOUN"]);
    expect(through({ filter: "regexPos" }, "nothing")).toEqual(["invalid"]);
  });

  it("refuses what it does not know", () => {
    const make = (spec: object) => () => filterPipeline([spec as FilterSpec]);
    expect(make({ filter: "regexp" })).toThrow('"filter" expected "regex" or "multiChoiceRegex"');
    expect(make({ filter: "regex", regex_pattern: "a" })).toThrow(
      '"regex_pattern" expected an option',
    );
    expect(make({ filter: "regex", select: "0" })).toThrow('"select" expected an integer');
    expect(make({ filter: "takeFirstK" })).toThrow('"count" expected an integer');
    expect(make({ filter: "regex", pattern: "(" })).toThrow(ArgumentError);
    expect(() => through({ filter: "multiChoiceRegex" }, "a")).toThrow('"document.choices"');
    const twice = filterPipeline([TAKE_FIRST, TAKE_FIRST]);
    expect(() => twice(["a"], {})).toThrow("takeFirst is the last of a pipeline");
    expect(() => filterFromLmEval({ function: "custom", filter_fn: "f" })).toThrow(
      UnsupportedError,
    );
    expect(() => filterFromLmEval({ function: "regex", patern: "f" })).toThrow('"patern"');
  });
});

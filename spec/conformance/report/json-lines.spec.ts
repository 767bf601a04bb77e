/** The canonical report, written and read again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonLines } from "../../../src/conformance/report/json-lines.ts";
import { parseReport } from "../../../src/conformance/report/parse-report.ts";
import { FormatError, GemmaError } from "../../../src/errors.ts";
import { jsonText, mutatedJson, RUNS } from "../../support/fuzz.ts";
import { anyReport, HOSTILE, report, result, tapResult } from "../../support/reports.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-300];
const whole = report(
  [
    result({ taps: odd.map((got) => tapResult({ got })), message: "off\n", status: "fail" }),
    result({ id: "t1.gqa.taps", beyondGemma1: true }),
  ],
  {
    diagnosis: {
      first: { id: "t1.mqa.taps", tap: "logits" },
      isolated: [{ id: "t1.mqa.taps", tap: "logits", over: Number.POSITIVE_INFINITY }],
      named: [],
      complete: false,
      nearest: { id: "rope-none", over: 12 },
      text: "None.",
    },
  },
);
const lines = jsonLines(whole).trimEnd().split("\n");

describe("JSON lines", () => {
  it("are a run, a line for each result, and the end", () => {
    const [run, first, second, end] = lines.map((line) => JSON.parse(line));
    expect(lines).toHaveLength(4);
    expect(run).toMatchObject({ type: "run", format: "gemma-reference-report", protocol: 1 });
    expect(run).toMatchObject({ suite: whole.suite, testee: whole.testee, accuracy: "float32" });
    expect(first).toMatchObject({ type: "result", id: "t1.mqa.taps", status: "fail" });
    expect(second.beyondGemma1).toBe(true);
    expect(end).toMatchObject({ type: "end", passed: true, seconds: 1.5 });
    expect(end.counts).toMatchObject({ pass: 1, fail: 1, error: 0 });
    expect(end.diagnosis.text).toBe("None.");
  });

  it("say numbers that JSON does not have as texts", () => {
    const taps = JSON.parse(lines[1]).taps as { got: unknown }[];
    expect(taps.map(({ got }) => got)).toEqual(["NaN", "Infinity", "-Infinity", "-0", 1e-300]);
  });

  it("have one line for a line, for readers of any kind", () => {
    const hostile = HOSTILE.map((text) => result({ id: text, note: text, message: text }));
    const text = jsonLines(report(hostile));
    expect(text.split(/[\n\r\v\f\u0085\u2028\u2029]/)).toHaveLength(HOSTILE.length + 3);
    expect(parseReport(text).results).toEqual(hostile);
  });

  it("keep ten thousand results", () => {
    const many = report(
      Array.from({ length: 10_000 }, (_, i) => result({ id: `t1.x.${i}`, taps: [tapResult()] })),
    );
    const text = jsonLines(many);
    expect(jsonLines(parseReport(text)) === text).toBe(true); // toEqual takes seconds
  });

  it("give back any report (fuzz)", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        expect(parseReport(jsonLines(any))).toStrictEqual(any);
      }),
      { numRuns: RUNS / 5 },
    );
  });
});

describe("the reader", () => {
  const changed = (line: number, change: (value: Record<string, unknown>) => void) => {
    const value = JSON.parse(lines[line]);
    change(value);
    return lines.map((text, i) => (i === line ? JSON.stringify(value) : text)).join("\n");
  };
  const refused = (text: string) => {
    const error = thrownBy(() => parseReport(text, "mine.jsonl"));
    expect(error).toBeInstanceOf(FormatError);
    return error.message;
  };

  it("passes over what it does not know, and empty lines", () => {
    const text = changed(1, (value) => Object.assign(value, { colour: "red" }));
    const more = text.replace("\n", '\n\n{"type":"weather","rain":true}\r\n');
    expect(parseReport(more)).toEqual(whole);
  });

  it.each<[string, string, string]>([
    ["nothing", "", "parseReport: mine.jsonl expected a report, got an empty file"],
    [
      "a report without its end",
      lines.slice(0, -1).join("\n"),
      'mine.jsonl expected a last line of type "end", got none; the run was cut off',
    ],
    [
      "a half line",
      lines.slice(0, 2).join("\n").slice(0, -9),
      "mine.jsonl, line 2 expected a JSON object, got ",
    ],
    [
      "two reports",
      [...lines, ...lines].join("\n"),
      'mine.jsonl, line 5: "type" expected no line behind the end, got run; is it two reports?',
    ],
    [
      "a result first",
      lines.slice(1).join("\n"),
      'line 1: "type" expected "run" in the first line, got result',
    ],
    [
      "two runs",
      [lines[0], ...lines].join("\n"),
      'line 2: "type" expected one run in a report, got a second',
    ],
    [
      "other JSON lines",
      '{"type":"run","format":"x"}',
      'line 1: "format" expected "gemma-reference-report", got "x"',
    ],
    [
      "a later protocol",
      changed(0, (v) => Object.assign(v, { protocol: 2 })),
      '"protocol" expected 1, got 2; a newer gemma-reference',
    ],
    [
      "a status of its own",
      changed(1, (v) => Object.assign(v, { status: "ok" })),
      'line 2: "status" expected "pass" or ',
    ],
    [
      "a number as a text",
      changed(1, (v) => Object.assign(v, { seconds: "1" })),
      'line 2: "seconds" expected a number, got "1"',
    ],
    [
      "a tap without a number",
      changed(1, (v) => Object.assign(v, { taps: [{ tap: "x" }] })),
      'line 2: "taps[0].nrmse" expected a number, got nothing',
    ],
    [
      "an index that is a text",
      changed(1, (v) => Object.assign((v.taps as object[])[1], { at: [0, "x"] })),
      '"taps[1].at[1]" expected a number, got "x"',
    ],
    [
      "an environment of numbers",
      changed(0, (v) => Object.assign(v, { environment: { node: 20 } })),
      '"environment.node" expected a text, got 20',
    ],
    [
      "a tier that is none",
      changed(0, (v) => Object.assign(v, { tiers: ["T0", "T9"] })),
      '"tiers[1]" expected "T0" or ',
    ],
    [
      "a list as an object",
      changed(3, (v) => Object.assign(v, { diagnosis: [] })),
      'line 4: "diagnosis" expected an object, got []',
    ],
    [
      "a flag as a text",
      changed(3, (v) => Object.assign(v, { passed: "true" })),
      'line 4: "passed" expected true or false, got "true"',
    ],
  ])("refuses %s", (_, text, message) => {
    expect(refused(text)).toContain(message);
  });

  it("gives a report or a typed error for damaged lines (fuzz)", () => {
    const values = lines.map((line) => JSON.parse(line));
    const damaged = fc
      .nat(values.length - 1)
      .chain((at) => mutatedJson(values[at]).map((value) => [at, jsonText(value)] as const));
    fc.assert(
      fc.property(damaged, ([at, line]) => {
        try {
          parseReport(lines.map((text, i) => (i === at ? line : text)).join("\n"));
        } catch (error) {
          expect(error).toBeInstanceOf(GemmaError);
        }
      }),
      { numRuns: RUNS / 5 },
    );
  });
});

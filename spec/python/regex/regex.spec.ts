/** Python's `re`, held against CPython: fixtures/generate/python_text.py. */
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import type { PythonMatch } from "../../../src/python/regex/match.ts";
import { escapePattern, type PythonRegex, pythonRegex } from "../../../src/python/regex/regex.ts";
import { readJson } from "../../support/goldens.ts";

type Groups = (string | null)[] | null;
interface Golden {
  readonly pattern: string;
  readonly error?: string;
  readonly cases?: readonly {
    readonly text: string;
    readonly findall: readonly (string | string[])[];
    readonly search: Groups;
    readonly match: Groups;
    readonly fullmatch: Groups;
    readonly sub: string;
    readonly sub1: string;
    readonly split: Groups;
  }[];
}

const goldens = readJson<readonly Golden[]>("evaluation/python-regex.json");
const groups = (match: PythonMatch | undefined): Groups =>
  match ? match.groups.map((group) => group ?? null) : null;

/** A pattern compiled; or what JavaScript cannot say, as in errors. */
function compiled(pattern: string): PythonRegex | string {
  try {
    return pythonRegex(pattern);
  } catch (error) {
    if (error instanceof UnsupportedError && error.got) return error.got;
    throw error;
  }
}

describe("patterns of Python's re", () => {
  it("match as in CPython, or are refused by name", () => {
    const refused: string[] = [];
    for (const { pattern, cases = [] } of goldens.filter(({ error }) => error === undefined)) {
      const regex = compiled(pattern);
      if (typeof regex === "string") {
        refused.push(regex.replace(/\d/, "1"));
        continue;
      }
      for (const { text, ...expected } of cases) {
        const result = {
          findall: regex.findall(text),
          search: groups(regex.search(text)),
          match: groups(regex.match(text)),
          fullmatch: groups(regex.fullmatch(text)),
          sub: regex.sub(String.raw`<\g<0>>`, text),
          sub1: regex.sub("#", text, 1),
          split: regex.split(text).map((part) => part ?? null),
        };
        expect(result, `${pattern} on ${JSON.stringify(text)}`).toEqual(expected);
      }
    }
    expect([...new Set(refused)].sort()).toEqual([
      "(?(1)...)",
      "a reference to group 1, which may not have matched",
      "a repetition of something that may be empty",
      "group 1, which may match in some rounds only",
    ]);
    // 198 patterns that stand in the harness and its tasks were tried besides: none was refused, and none differed.
    expect(refused.length).toBe(20);
  });

  it("are refused where CPython refuses them", () => {
    const malformed = goldens.filter(({ error }) => error !== undefined);
    expect(malformed.length).toBeGreaterThan(30);
    for (const { pattern } of malformed) {
      if (pattern.startsWith("(?(")) continue; // said to be unsupported before it is read
      expect(() => pythonRegex(pattern), pattern).toThrow(ArgumentError);
    }
  });

  it("say where they are wrong", () => {
    expect(() => pythonRegex("a**")).toThrow(
      'pythonRegex: "pattern" expected one repetition of a thing, got another, in "a**" at 3',
    );
    expect(() => pythonRegex("a", "g")).toThrow('"flags" expected letters of aimsux, got "g"');
    expect(() => pythonRegex(String.raw`\N{BULLET}`)).toThrow(UnsupportedError);
  });

  it("have names, and functions as replacements", () => {
    const regex = pythonRegex(String.raw`(?P<year>\d{4})-(?P<month>\d\d)`);
    expect(Object.fromEntries(regex.names)).toEqual({ year: 1, month: 2 });
    expect(regex.sub(String.raw`\g<month>.\1\n`, "on 2024-02-21")).toBe("on 02.2024\n-21");
    expect(regex.sub(({ groups: [all] }) => `[${all}]`, "2024-02")).toBe("[2024-02]");
    expect(() => regex.sub(String.raw`\3`, "")).toThrow(
      '"replacement" expected groups of the pattern',
    );
    expect(() => regex.sub(String.raw`\q`, "")).toThrow('"replacement" expected escapes');
  });

  it("match a text as it is, escaped", () => {
    const text = "a.b(c)[d]{e}^$|?*+\\-#&~ \n\t\"'";
    expect(pythonRegex(escapePattern(text)).fullmatch(text)?.end).toBe(text.length);
    expect(pythonRegex(escapePattern(text), "x").fullmatch(text)?.end).toBe(text.length);
  });

  it("do not cut characters of two units in half", () => {
    expect(pythonRegex("").findall("😀😀")).toEqual(["", "", ""]);
    // V8 finds one between the two units of 😀.
    expect(pythonRegex("(?<!b)").findall("b😀ſx")).toHaveLength(4);
  });
});

/** Python's `str`, held against CPython: fixtures/generate/python_text.py. */
import { describe, expect, it } from "vitest";
import {
  byteLength,
  capitalize,
  DIGITS,
  length,
  lower,
  lstrip,
  PUNCTUATION,
  rstrip,
  slice,
  split,
  splitlines,
  strip,
  title,
  upper,
  without,
  withoutPunctuation,
} from "../../src/python/text.ts";
import { readJson } from "../support/goldens.ts";

interface Golden {
  readonly text: string;
  readonly separator: string | null;
  readonly most: number | null;
  readonly characters: string | null;
}

const { spaces, cases } = readJson<{ spaces: number[]; cases: Golden[] }>(
  "evaluation/python-text.json",
);

describe("strings", () => {
  it("are cut, cased and counted as by CPython", () => {
    for (const { text, separator, most, characters, ...expected } of cases) {
      const some = characters ?? undefined;
      const result = {
        lower: lower(text),
        upper: upper(text),
        capitalize: capitalize(text),
        title: title(text),
        length: length(text),
        bytes: byteLength(text),
        split: split(text, separator ?? undefined, most ?? undefined),
        splitlines: splitlines(text),
        strip: strip(text, some),
        lstrip: lstrip(text, some),
        rstrip: rstrip(text, some),
        slice: slice(text, -4, 3),
      };
      expect(result, JSON.stringify({ text, separator, most, characters })).toEqual(expected);
    }
  });

  it("have Python's white space at their ends, and JavaScript's no-break space without width stays", () => {
    for (const code of spaces) expect(strip(`${String.fromCodePoint(code)}x`)).toBe("x");
    for (const other of ["\u200b", "\ufeff", "\u180e"]) expect(strip(other)).toBe(other);
  });

  it("lose what is punctuation in ASCII, or in Unicode", () => {
    expect(without("“it's $5!”", PUNCTUATION)).toBe("“its 5”");
    expect(withoutPunctuation("“it's $5!”")).toBe("its $5");
    expect(without("a1٣", DIGITS)).toBe("a٣");
    expect([PUNCTUATION.length, /^[!-/:-@[-`{-~]+$/.test(PUNCTUATION)]).toEqual([32, true]);
  });
});

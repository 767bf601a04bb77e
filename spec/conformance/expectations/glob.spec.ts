/** Patterns of ids. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob } from "../../../src/conformance/expectations/glob.ts";

describe("a pattern of ids", () => {
  it.each([
    ["t1.mqa.taps", "t1.mqa.taps", true],
    ["t1.mqa.taps", "t1.mqa.taps2", false],
    ["t1.mqa.taps", "t1xmqa.taps", false],
    ["t1.*", "t1.mqa.taps", true],
    ["t1.*", "t1.", true],
    ["t1.*", "t0.t1.", false],
    ["*.taps", "t1.mqa.taps", true],
    ["*.taps", "t1.mqa.taps.x", false],
    ["t1.*.taps", "t1.mqa.taps", true],
    ["t1.m?a.taps", "t1.mqa.taps", true],
    ["t1.m?a.taps", "t1.ma.taps", false],
    ["*a*b*", "xaxbx", true],
    ["*a*b*", "xbxax", false],
    ["*", "", true],
    ["", "", true],
    ["", "x", false],
    ["[a-z]", "b", false],
    ["a+", "aa", false],
  ])("%s against %s: %s", (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  it("means what a regular expression means (fuzz)", () => {
    const glob = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(
      fc.property(glob, text, (pattern, id) => {
        const same = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesGlob(pattern, id)).toBe(same.test(id));
      }),
      { numRuns: 500 },
    );
  });

  it("ends for patterns that would keep a regular expression busy for years", () => {
    expect(matchesGlob(`${"a*".repeat(5000)}b`, "a".repeat(10_000))).toBe(false);
  });
});

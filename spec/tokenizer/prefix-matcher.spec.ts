import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixMatcher } from "../../src/tokenizer/prefix-matcher.ts";

describe("PrefixMatcher", () => {
  it("finds the longest string, not the first", () => {
    const matcher = new PrefixMatcher(["ab", "a", "abcd"]);
    expect(matcher.match("xabcx", 1)).toBe(3);
    expect(matcher.match("xabcd", 1)).toBe(5);
    expect(matcher.match("xac", 1)).toBe(2);
  });

  it("finds nothing in the middle of a string, beyond the text, or with no strings", () => {
    expect(new PrefixMatcher(["ab"]).match("ab", 1)).toBe(1);
    expect(new PrefixMatcher(["abc"]).match("ab", 0)).toBe(0);
    expect(new PrefixMatcher([]).match("ab", 0)).toBe(0);
  });

  it("equals trying every string, on random strings of few letters", () => {
    const strings = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom("a", "b", "🦙"), minLength: 1, maxLength: 5 }),
    );
    const text = fc.string({ unit: fc.constantFrom("a", "b", "🦙"), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(strings, text, (set, text) => {
        const matcher = new PrefixMatcher(set);
        for (let begin = 0; begin < text.length; begin++) {
          const found = set.filter((string) => text.startsWith(string, begin));
          const longest = Math.max(0, ...found.map((string) => string.length));
          expect(matcher.match(text, begin)).toBe(begin + longest);
        }
      }),
      { numRuns: 300 },
    );
  });
});

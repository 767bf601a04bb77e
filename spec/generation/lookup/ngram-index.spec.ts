/** The index against a plain search through the whole sequence. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NgramIndex } from "../../../src/generation/lookup/ngram-index.ts";

/** What followed the last `size` tokens where they were found before, the latest such place. */
function searched(tokens: readonly number[], size: number, most: number): number[] {
  const last = tokens.slice(-size);
  if (tokens.length < size) return [];
  for (let begin = tokens.length - size - 1; begin >= 0; begin--) {
    if (last.every((token, i) => tokens[begin + i] === token)) {
      return tokens.slice(begin + size, begin + size + Math.max(0, most));
    }
  }
  return [];
}

describe("NgramIndex", () => {
  it("finds what a search through all tokens finds, after each of them", () => {
    const tokens = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        tokens,
        tokens,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: -1, max: 9 }),
        (prompt, more, size, most) => {
          const index = new NgramIndex(size, prompt);
          expect(index.draft(most)).toEqual(searched(prompt, size, most));
          for (const [i, token] of more.entries()) {
            index.push(token);
            const all = [...prompt, ...more.slice(0, i + 1)];
            expect(index.draft(most)).toEqual(searched(all, size, most));
          }
        },
      ),
    );
  });

  it("tells ids of several digits apart", () => {
    expect(new NgramIndex(2, [1, 23, 9, 12, 3]).draft(4)).toEqual([]);
    expect(new NgramIndex(2, [1, 23, 9, 12, 3, 7, 1, 23]).draft(2)).toEqual([9, 12]);
  });

  it("goes on with a run that repeats itself, as far as it is known", () => {
    expect(new NgramIndex(3, [5, 5, 5, 5]).draft(9)).toEqual([5]);
    expect(new NgramIndex(2, [1, 2, 3, 1, 2, 3, 1]).draft(9)).toEqual([2, 3, 1]);
  });
});

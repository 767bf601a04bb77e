/** Text in lines of a terminal. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wrapped } from "../../../src/conformance/report/wrapped.ts";

describe("wrapped text", () => {
  it("fills lines to the last column and not beyond", () => {
    expect(wrapped("aa bb cc dd", 5)).toEqual(["aa bb", "cc dd"]);
    expect(wrapped("aa bb cc dd", 6, " ")).toEqual([" aa bb", " cc dd"]);
    expect(wrapped("a verylongword b", 4)).toEqual(["a", "verylongword", "b"]);
    expect(wrapped("  ", 4)).toEqual([]);
  });

  it("keeps every word, in lines that are as long as can be (fuzz)", () => {
    const words = fc.array(
      fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 9 }),
    );
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 20 }), (list, columns) => {
        const lines = wrapped(list.join(" "), columns);
        expect(lines.join(" ")).toBe(list.join(" "));
        for (const [i, line] of lines.entries()) {
          if (line.includes(" ")) expect(line.length).toBeLessThanOrEqual(columns);
          const [next] = (lines[i + 1] ?? "").split(" ");
          if (next !== "") expect(line.length + 1 + next.length).toBeGreaterThan(columns);
        }
      }),
    );
  });
});

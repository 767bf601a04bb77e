/** Numbers as they are read. */
import { describe, expect, it } from "vitest";
import { figure, isOff, place, tapTitle, times } from "../../../src/conformance/report/figures.ts";
import { tapResult } from "../../support/reports.ts";

describe("numbers of a report", () => {
  it.each([
    [0, "0 ×"],
    [0.00123, "0.0012 ×"],
    [1, "1 ×"],
    [474, "470 ×"],
    [999, "1000 ×"],
    [1000, "1.0e3 ×"],
    [4.7e25, "4.7e25 ×"],
    [Number.POSITIVE_INFINITY, "∞ ×"],
    [Number.NaN, "NaN ×"],
  ])("%d is %s the budget", (over, text) => {
    expect(times(over)).toBe(text);
  });

  it("are short", () => {
    expect([1 / 3, -1e-7, 123456789, Number.NaN].map(figure)).toEqual([
      ...["0.333333", "-1e-7", "123457000", "NaN"],
    ]);
    expect([place([3, 5]), place([])]).toEqual(["[3, 5]", "[]"]);
  });

  it("tell an output that is off, and never let NaN pass", () => {
    const over = [0, 1, 1.0001, Number.POSITIVE_INFINITY, Number.NaN];
    expect(over.map((times) => isOff(tapResult({ over: times })))).toEqual([
      ...[false, false, true, true, true],
    ]);
  });

  it("name an output as the goldens do, too, where that differs", () => {
    expect(tapTitle({ tap: "a", golden: "b" })).toBe("a (b)");
    expect(tapTitle({ tap: "a", golden: "a" })).toBe("a");
    expect(tapTitle({ tap: "a" })).toBe("a");
  });
});

import { describe, expect, it } from "vitest";
import { assertIdsBelow, assertInteger, POSITIVE } from "../src/check.ts";

describe("assertInteger", () => {
  it("takes the ends of a range and what lies between", () => {
    for (const value of [1, 2, 3]) assertInteger("count", "x", value, { from: 1, to: 3 });
    for (const value of [0, 2 ** 60]) assertInteger("count", "x", value, { from: 0 });
  });

  it.each([
    [0, { from: 1, to: 3 }, "an integer from 1 to 3, got 0"],
    [4, { from: 1, to: 3 }, "an integer from 1 to 3, got 4"],
    [1.5, { from: 1 }, "an integer, 1 or more, got 1.5"],
    [Number.NaN, { from: 1 }, "an integer, 1 or more, got NaN"],
    [Number.POSITIVE_INFINITY, { from: 1 }, "an integer, 1 or more, got Infinity"],
    [-1, POSITIVE, "a positive integer, got -1"],
    ["2", { from: 1 }, 'an integer, 1 or more, got "2"'],
  ])("refuses %o of %o", (value, range, words) => {
    const check = () => assertInteger("count", "x", value as number, range);
    expect(check).toThrow(`count: "x" expected ${words}`);
  });
});

describe("assertIdsBelow", () => {
  it("names the first id outside the vocabulary", () => {
    assertIdsBelow("embed", [0, 9], 10);
    const check = () => assertIdsBelow("embed", [9, 10, -1], 10);
    expect(check).toThrow('embed: "ids[1]" expected an integer from 0 to 9, got 10; the tokenizer');
    expect(() => assertIdsBelow("embed", [-1], 10)).toThrow("ids[0]");
    expect(() => assertIdsBelow("embed", [0.5], 10)).toThrow(/got 0\.5$/);
  });
});

import { describe, expect, it } from "vitest";
import { difference, maxError, relativeError, rms } from "../../src/conformance/metrics.ts";
import { ShapeError } from "../../src/errors.ts";

describe("the distance of two arrays", () => {
  it("is that of their farthest elements, absolute or by the largest expected", () => {
    expect(maxError([1, -2, 3], [1, 2, 2])).toBe(4);
    expect(relativeError([1, -2, 3], [1, 2, -8])).toBe(11 / 8);
    expect(rms([3, 4])).toBe(Math.sqrt(12.5));
  });

  it("is infinite where there is a NaN, so that no bar is met", () => {
    expect(maxError([1, Number.NaN, 1], [1, 1, 1])).toBe(Number.POSITIVE_INFINITY);
    expect(maxError([1, 1], [1, Number.NaN])).toBe(Number.POSITIVE_INFINITY);
  });

  it("is refused for arrays of different lengths, not taken over the shorter", () => {
    expect(() => difference([1], [1, 2])).toThrow(ShapeError);
    expect(() => maxError([1, 2], [1])).toThrow('"x" expected 1 numbers, got 2');
  });
});

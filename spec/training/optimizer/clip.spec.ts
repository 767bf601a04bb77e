import { describe, expect, it } from "vitest";
import { clipByGlobalNorm, globalNorm } from "../../../src/training/optimizer/clip.ts";
import { learned, relativeError } from "../../support/learning.ts";
import { parameter } from "../../support/training.ts";

describe("clipByGlobalNorm", () => {
  it.each([0, 1])("is PyTorch's, 1e-6 included: golden %i", (i) => {
    const file = (name: string) => learned("ops-grad", `clip.${i}.${name}`);
    const all = ["a", "b"].map((name) => parameter(name, file(name), file(name)));
    const norm = clipByGlobalNorm(all, file("max_norm")[0]);
    expect(relativeError([norm], file("norm"))).toBeLessThan(1e-12);
    for (const { name, gradient } of all) {
      // 1e-6 left out would be 3e-7 of the result.
      expect(relativeError(gradient, file(`clipped_${name}`))).toBeLessThan(1e-12);
    }
  });

  it("takes all gradients together, and frozen weights have none", () => {
    const all = [parameter("a", [0], [3]), parameter("b", [0], [4])];
    const frozen = { ...parameter("frozen", [0], [100]), gradient: undefined };
    expect(globalNorm([...all, frozen])).toBe(5);
    expect(clipByGlobalNorm([...all, frozen], 10)).toBe(5);
    expect(all.map(({ gradient }) => gradient[0])).toEqual([3, 4]);
    expect(clipByGlobalNorm(all, 1)).toBe(5);
    expect(globalNorm(all)).toBeCloseTo(5 / (5 + 1e-6), 12);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("says so of %s, and changes nothing", (bad) => {
    const all = [parameter("a", [0, 0], [3, bad])];
    expect(Number.isFinite(clipByGlobalNorm(all, 1))).toBe(false);
    expect([...all[0].gradient]).toEqual([3, bad]);
  });

  it("refuses a norm that is not above 0", () => {
    expect(() => clipByGlobalNorm([], 0)).toThrow(
      'clipByGlobalNorm: "maxNorm" expected above 0, got 0; leave maxNorm out, and nothing is clipped',
    );
  });
});

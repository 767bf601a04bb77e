import { describe, expect, it } from "vitest";
import { constant, linear, warmupCosine } from "../../../src/training/optimizer/schedule.ts";
import { learned, relativeError } from "../../support/learning.ts";

const rates = (schedule: (step: number) => number, count: number) =>
  Array.from({ length: count }, (_, step) => schedule(step));

describe("warmupCosine", () => {
  it("is the goldens', the step behind the last included", () => {
    const [steps, warmup, peak, floor] = learned("ops-grad", "schedule.arguments");
    const expected = learned("ops-grad", "schedule.lr");
    const schedule = warmupCosine({ steps, warmup, peak, floor });
    expect(relativeError(rates(schedule, expected.length), expected)).toBeLessThan(1e-12);
    expect(schedule(1000)).toBe(peak * floor);
  });

  it("by hand: 2 of 4 steps of warm-up, down to nothing", () => {
    const found = rates(warmupCosine({ steps: 4, warmup: 2, peak: 8 }), 6);
    expect(relativeError(found, [4, 8, 8, 4, 0, 0])).toBeLessThan(1e-15);
    expect(rates(warmupCosine({ steps: 2, warmup: 2, peak: 1 }), 3)).toEqual([0.5, 1, 0]);
  });
});

describe("linear and constant", () => {
  it("by hand", () => {
    const found = rates(linear({ steps: 6, warmup: 2, peak: 4, floor: 0.5 }), 8);
    expect(found).toEqual([2, 4, 4, 3.5, 3, 2.5, 2, 2]);
    expect(rates(constant(3, { warmup: 3 }), 5)).toEqual([1, 2, 3, 3, 3]);
    expect(rates(constant(3), 2)).toEqual([3, 3]);
  });

  it("say what they are, for a run to compare", () => {
    expect(constant(3).settings).toEqual({ schedule: "constant", lr: 3, warmup: 0 });
    const settings = { schedule: "linear", steps: 6, warmup: 0, peak: 4, floor: 0 };
    expect(linear({ steps: 6, peak: 4 }).settings).toEqual(settings);
  });

  it("refuse numbers that cannot be", () => {
    expect(() => warmupCosine({ steps: 5, warmup: 6, peak: 1 })).toThrow(
      'warmupCosine: "warmup" expected an integer from 0 to 5, got 6',
    );
    expect(() => linear({ steps: 5, peak: 1, floor: 2 })).toThrow(
      '"floor" expected a number from 0 to 1, got 2; it is a share of the peak, not a rate',
    );
    expect(() => constant(-1)).toThrow('"lr" expected a number, 0 or more, got -1');
  });
});

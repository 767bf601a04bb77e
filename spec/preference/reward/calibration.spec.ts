/** How good rewards are: figures that are known by hand, and judges whose faults are known. */
import { describe, expect, it } from "vitest";
import { rewardCalibration } from "../../../src/preference/reward/calibration.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { normal } from "../../../src/training/random-weights.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Pairs with true rewards, labelled with σ(s·Δr): the chosen ones first. */
function labelled(pairs: number, s: number, seed: number) {
  const random = xoshiro128(seed);
  const rows = Array.from({ length: pairs }, () => {
    const [a, b] = [normal(random), normal(random)];
    return random() < sigmoid(s * (a - b)) ? [a, b] : [b, a];
  });
  return { chosen: rows.map(([a]) => a), rejected: rows.map(([, b]) => b) };
}

const scaled = (of: { chosen: number[]; rejected: number[] }, s: number, plus = 0) => ({
  chosen: of.chosen.map((r) => s * r + plus),
  rejected: of.rejected.map((r) => s * r + plus),
});

describe("a reward model", () => {
  it("has an accuracy and a loss, by hand", () => {
    const { pairs, accuracy, loss, margin, reward } = rewardCalibration({
      chosen: [1, 0, 2],
      rejected: [0, 1, 2],
    });
    expect([pairs, accuracy, margin, reward]).toEqual([3, 0.5, 0, 1]);
    const by = [Math.log1p(Math.exp(-1)), Math.log1p(Math.exp(1)), Math.log(2)];
    expect(loss).toBeCloseTo((by[0] + by[1] + by[2]) / 3, 14);
    // Finite where the difference is not: softplus.
    expect(rewardCalibration({ chosen: [-800], rejected: [800] }).loss).toBe(1600);
  });

  it("has bins by how sure it is, in which a calibrated one is right as often as it says", () => {
    const s = 2;
    const truth = labelled(20_000, s, 1);
    const { bins, error, pairs } = rewardCalibration(scaled(truth, s, 5), { bins: 10 });
    expect(bins.reduce((sum, bin) => sum + bin.pairs, 0)).toBe(pairs);
    expect(bins.length).toBe(10);
    for (const { from, to, predicted, observed, pairs: n } of bins) {
      expect(predicted).toBeGreaterThanOrEqual(from);
      expect(predicted).toBeLessThanOrEqual(to);
      // 5 standard errors of a share.
      expect(Math.abs(observed - predicted)).toBeLessThan(5 * Math.sqrt(0.25 / n));
    }
    expect(error).toBeLessThan(0.02);
    // One that has learnt its labels by heart is surer than it should be.
    const sure = rewardCalibration(scaled(truth, 10));
    expect(sure.bins.length).toBe(5);
    expect(sure.error).toBeGreaterThan(0.1);
    expect(sure.bins[4].predicted - sure.bins[4].observed).toBeGreaterThan(0.1);
    // All in one bin: rewards that say nothing.
    const nothing = rewardCalibration({ chosen: [0, 0], rejected: [0, 0] });
    expect(nothing.bins).toEqual([{ from: 0.5, to: 0.6, pairs: 2, predicted: 0.5, observed: 0.5 }]);
  });

  it("is held against the truth, and the labels with it", () => {
    const truth = labelled(20_000, 2, 2);
    const calibrated = rewardCalibration(scaled(truth, 2), { truth, sharpness: 2 });
    const found = calibrated.truth;
    if (!found) throw new Error("nothing of the truth");
    expect(found.slope).toBeCloseTo(2, 12);
    expect(found.correlation).toBeCloseTo(1, 12);
    expect(found.agreement).toBe(1);
    expect(found.accuracy).toBe(calibrated.accuracy);
    // By the law of large numbers: what the labels were drawn with. A share of 20,000 is known to 5 · 0.0035.
    expect(Math.abs(found.accuracy - found.ceiling)).toBeLessThan(0.0177);
    expect(Math.abs(calibrated.loss - found.entropy)).toBeLessThan(0.02);
    const turned = rewardCalibration(scaled(truth, -0.5), { truth }).truth;
    expect([turned?.slope, turned?.agreement]).toEqual([-0.5, 0]);
    expect(turned?.correlation).toBeCloseTo(-1, 12);
    // Which of two answers comes first changes nothing of what the model knows.
    const swapped = { chosen: truth.rejected, rejected: truth.chosen };
    const other = rewardCalibration(scaled(swapped, 2), { truth: swapped, sharpness: 2 }).truth;
    expect(other?.slope).toBeCloseTo(found.slope, 12);
    expect(other?.ceiling).toBeCloseTo(found.ceiling, 12);
    // Ties are not counted where an order is asked for; sure labels have no entropy.
    const ties = { chosen: [1, 3, 900], rejected: [1, 2, 0] };
    const some = rewardCalibration({ chosen: [0, 1, 0], rejected: [1, 0, 0] }, { truth: ties });
    expect(some.truth?.agreement).toBe(0.75);
    expect(some.truth?.accuracy).toBeCloseTo(2.5 / 3, 14);
    const p = sigmoid(1);
    const entropy = (Math.log(2) - p * Math.log(p) - (1 - p) * Math.log(1 - p)) / 3;
    expect(some.truth?.entropy).toBeCloseTo(entropy, 12);
  });

  it("tells a judge of length by pairs of like length", () => {
    const random = xoshiro128(3);
    const rows = Array.from({ length: 400 }, (_, i) => {
      // Every other pair is of like length; in the others the better answer is the longer one.
      const longer = i % 2 === 0 ? 0 : 5 + Math.floor(10 * random());
      return [20 + longer, 20] as const;
    });
    const lengths = { chosen: rows.map(([a]) => a), rejected: rows.map(([, b]) => b) };
    const byLength = rewardCalibration(lengths, { lengths });
    expect(byLength.accuracy).toBe(0.75);
    expect(byLength.length).toEqual({ pairs: 200, accuracy: 0.5, correlation: 1 });
    const all = rewardCalibration(lengths, { lengths, alike: 20 });
    expect(all.length).toMatchObject({ pairs: 400, accuracy: 0.75 });
    const apart = { chosen: [9], rejected: [1] };
    const none = rewardCalibration({ chosen: [1], rejected: [0] }, { lengths: apart });
    expect(none.length).toEqual({ pairs: 0, accuracy: Number.NaN, correlation: 1 });
  });

  it("is refused numbers that are none", () => {
    const of = (rewards: unknown, options = {}) =>
      thrownBy(() => rewardCalibration(rewards as never, options)).message;
    expect(of({ chosen: [], rejected: [] })).toContain(
      '"rewards.chosen" expected a list of numbers',
    );
    expect(of({ chosen: [1], rejected: [1, 2] })).toContain(
      '"rewards.rejected" expected a list of 1',
    );
    const one = { chosen: [1], rejected: [0] };
    expect(of({ chosen: [Number.NaN], rejected: [0] })).toContain("rewards.chosen[0]");
    expect(of(one, { truth: { chosen: [1, 2], rejected: [0, 0] } })).toContain("truth.chosen");
    expect(of(one, { bins: 0 })).toContain('"bins" expected an integer, 1 or more');
    expect(of(one, { sharpness: Number.NaN })).toContain("sharpness");
  });
});

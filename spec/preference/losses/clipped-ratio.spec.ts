/** The clipped ratio on numbers one can check with a calculator, and beside finite differences. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clippedPolicyGradientLoss,
  clippedTokenPolicyGradientLoss,
} from "../../../src/preference/losses/clipped-ratio.ts";
import {
  policyGradientLoss,
  tokenPolicyGradientLoss,
} from "../../../src/preference/losses/policy-gradient.ts";
import { xoshiro128 } from "../../../src/random.ts";

const LN2 = Math.LN2;
const lists = (rows: readonly Float64Array[]) => rows.map((row) => [...row]);

describe("by sequence", () => {
  // Ratios of whole answers: 2, ½, 1; the second token of each makes it.
  const masks = [
    [0, 1, 1],
    [0, 1, 1],
    [0, 1, 0],
  ];
  const old = [
    [9, -1, -2],
    [9, -1, -2],
    [9, -1, 9],
  ];
  const logprobs = [
    [-9, -1 + 3 * LN2, -2 - 2 * LN2],
    [-9, -1 + LN2, -2 - 2 * LN2],
    [-9, -1, -9],
  ];
  const of = (advantages: number[], clip?: number) =>
    clippedPolicyGradientLoss(logprobs, old, masks, advantages, { clip });

  it("cuts what goes further in the direction that A asks for", () => {
    const { loss, dLogprobs, clipped } = of([3, -3, 5]);
    expect(loss).toBeCloseTo(-(1.2 * 3 + 0.8 * -3 + 5) / 3, 14);
    expect(lists(dLogprobs)).toEqual([
      [0, -0, -0],
      [0, -0, -0],
      [0, -5 / 3, 0],
    ]);
    expect(clipped).toBe(2 / 3);
  });

  it("leaves the way back alone, with the ratio as a factor", () => {
    const { loss, dLogprobs, clipped } = of([-3, 3, 5]);
    expect(loss).toBeCloseTo(-(2 * -3 + 0.5 * 3 + 5) / 3, 14);
    expect(dLogprobs[0][1]).toBeCloseTo(2, 14);
    expect(dLogprobs[0][2]).toBeCloseTo(2, 14);
    expect(dLogprobs[1][1]).toBeCloseTo(-0.5, 14);
    expect(clipped).toBe(0);
  });

  it("stops at the bound that is asked for", () => {
    expect(of([3, -3, 5], 0.6).loss).toBeCloseTo(-(1.6 * 3 + 0.5 * -3 + 5) / 3, 14);
    expect(of([3, -3, 5], 0.6).clipped).toBe(1 / 3);
    expect(of([3, -3, 5], 2).clipped).toBe(0);
    const byToken = (clip: number) =>
      clippedTokenPolicyGradientLoss(logprobs, old, masks, masks, { clip }).clipped;
    expect([byToken(0.2), byToken(1.5), byToken(8)]).toEqual([2 / 5, 1 / 5, 0]);
  });
});

it("by token has a ratio for each", () => {
  const masks = [[0, 1, 1, 1]];
  const old = [[0, -1, -1, -1]];
  const logprobs = [[0, -1 + LN2, -1 - LN2, -1 + LN2]];
  const advantages = [[9, 1, 2, -3]];
  const found = clippedTokenPolicyGradientLoss(logprobs, old, masks, advantages);
  // 2 is cut to 1.2; ½ and 2 are on their way back.
  expect(found.loss).toBeCloseTo(-(1.2 * 1 + 0.5 * 2 + 2 * -3), 14);
  expect(found.dLogprobs[0][1]).toBe(-0);
  expect(found.dLogprobs[0][2]).toBeCloseTo(-1, 14);
  expect(found.dLogprobs[0][3]).toBeCloseTo(6, 14);
  expect(found.clipped).toBe(1 / 3);
});

/** Answers of any lengths, with the log-probs of two policies that are within a few ε of each other. */
const batches = fc
  .record({ sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), seed: fc.nat() })
  .map(({ sizes, seed }) => {
    const random = xoshiro128(seed);
    const numbers = (size: number, by = 1) =>
      Float64Array.from({ length: size }, () => by * (2 * random() - 1));
    const masks = sizes.map((size) => numbers(size).map((x, t) => (t === 0 || x < 0.3 ? 1 : 0)));
    const old = sizes.map((size) => numbers(size));
    const logprobs = old.map((row) => row.map((x) => x + 0.5 * (random() - 0.5)));
    return {
      masks,
      old,
      logprobs,
      byAnswer: numbers(sizes.length),
      byToken: sizes.map((n) => numbers(n)),
    };
  });
type Batch = Parameters<Parameters<typeof batches.map>[0]>[0];
const each = (check: (batch: Batch) => void) =>
  fc.assert(fc.property(batches, check), { numRuns: 40 });

it("is the policy gradient, to the bit, where the policy is still the old one", () => {
  each(({ masks, old, byAnswer, byToken }) => {
    const found = [
      clippedPolicyGradientLoss(old, old, masks, byAnswer),
      clippedTokenPolicyGradientLoss(old, old, masks, byToken),
    ];
    const plain = [
      policyGradientLoss(old, masks, byAnswer),
      tokenPolicyGradientLoss(old, masks, byToken),
    ];
    expect(found.map(({ dLogprobs }) => dLogprobs)).toEqual(
      plain.map(({ dLogprobs }) => dLogprobs),
    );
    expect(found.map(({ clipped }) => clipped)).toEqual([0, 0]);
  });
});

it("has the slopes of its loss, on either side of the kinks", () => {
  const STEP = 1e-5;
  each(({ masks, old, logprobs, byAnswer, byToken }) => {
    for (const of of [
      () => clippedPolicyGradientLoss(logprobs, old, masks, byAnswer),
      () => clippedTokenPolicyGradientLoss(logprobs, old, masks, byToken),
    ]) {
      const { dLogprobs, clipped } = of();
      for (const [b, row] of logprobs.entries()) {
        for (const [t, value] of row.entries()) {
          const at = (by: number) => {
            row[t] = value + by * STEP;
            const found = of();
            row[t] = value;
            return found;
          };
          const [up, down] = [at(1), at(-1)];
          if (up.clipped !== clipped || down.clipped !== clipped) continue; // a kink between them has no slope
          // Central differences are off by STEP²/6 of a third derivative of some units, and by roundings of 1e-15/STEP.
          expect(Math.abs((up.loss - down.loss) / (2 * STEP) - dLogprobs[b][t])).toBeLessThan(2e-9);
        }
      }
    }
  });
});

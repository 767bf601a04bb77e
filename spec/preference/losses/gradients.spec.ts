/** Every gradient of the preference losses beside a finite difference of its loss, on batches of any shape. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { bradleyTerryLoss } from "../../../src/preference/losses/bradley-terry.ts";
import { dpoLoss } from "../../../src/preference/losses/dpo.ts";
import { klInLoss } from "../../../src/preference/losses/kl-in-loss.ts";
import {
  policyGradientLoss,
  tokenPolicyGradientLoss,
} from "../../../src/preference/losses/policy-gradient.ts";
import {
  responseLogprobs,
  responseLogprobsBackward,
} from "../../../src/preference/losses/response-logprobs.ts";
import { rewardHead, rewardHeadBackward } from "../../../src/preference/losses/reward-head.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";

const STEP = 1e-3;
/** Five points are off by STEP⁴/30 times the fifth derivative, below 1e-11 here; the losses' roundings over STEP are about as much. */
const TOLERANCE = 1e-9;

/** The slope of `loss` along each number of `x`, from five points. */
function slopes(x: Float64Array, loss: () => number): Float64Array {
  return x.map((value, i) => {
    const at = (steps: number) => {
      x[i] = value + steps * STEP;
      const found = loss();
      x[i] = value;
      return found;
    };
    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * STEP);
  });
}

function expectSlopes(x: Float64Array, gradient: ArrayLike<number>, loss: () => number): void {
  const found = slopes(x, loss);
  for (let i = 0; i < x.length; i++) {
    expect(Math.abs(found[i] - gradient[i])).toBeLessThan(TOLERANCE);
  }
}

/** A batch of `sizes.length` answers in sequences of these lengths, each with a token that counts. */
const batches = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(),
  })
  .map(({ sizes, seed }) => {
    const random = xoshiro128(seed);
    const normal = () => 2 * random() - 1;
    const numbers = (count: number) => Float64Array.from({ length: count }, normal);
    return {
      B: sizes.length,
      numbers,
      lists: () => sizes.map(numbers),
      masks: sizes.map((size) =>
        Float64Array.from({ length: size }, (_, t) => (t === size - 1 || random() < 0.5 ? 1 : 0)),
      ),
    };
  });
const each = (check: (batch: Parameters<Parameters<typeof batches.map>[0]>[0]) => void) =>
  fc.assert(fc.property(batches, check), { numRuns: 40 });

it("Bradley-Terry, with margins, centring and ties", () => {
  each(({ B, numbers }) => {
    const [chosen, rejected, margins] = [numbers(B), numbers(B), numbers(B)];
    const options = { margins, centring: 0.3, certainty: numbers(B).map(Math.abs) };
    const of = () => bradleyTerryLoss(chosen, rejected, options);
    expectSlopes(chosen, of().dChosen, () => of().loss);
    expectSlopes(rejected, of().dRejected, () => of().loss);
  });
});

it("DPO, with smoothing", () => {
  each(({ B, numbers }) => {
    const [chosen, rejected] = [numbers(B), numbers(B)];
    const reference = { referenceChosen: numbers(B), referenceRejected: numbers(B) };
    const options = { beta: 0.7, labelSmoothing: 0.2 };
    const of = () => dpoLoss({ chosen, rejected, ...reference }, options);
    expectSlopes(chosen, of().dChosen, () => of().loss);
    expectSlopes(rejected, of().dRejected, () => of().loss);
  });
});

it("policy gradient by sequence and by token, and both estimates of the KL in a loss", () => {
  each(({ B, numbers, lists, masks }) => {
    const [logprobs, reference, advantages] = [lists(), lists(), lists()];
    const A = numbers(B);
    for (const of of [
      () => policyGradientLoss(logprobs, masks, A),
      () => tokenPolicyGradientLoss(logprobs, masks, advantages),
      () => klInLoss(logprobs, reference, masks, "k2", 0.7),
      () => klInLoss(logprobs, reference, masks, "k3", 0.7),
    ]) {
      const { dLogprobs } = of();
      for (const [b, row] of logprobs.entries()) expectSlopes(row, dLogprobs[b], () => of().loss);
    }
  });
});

it("the log-probability of an answer", () => {
  each(({ B, numbers, lists, masks }) => {
    const [logprobs, dSums] = [lists(), numbers(B)];
    const loss = () =>
      responseLogprobs(logprobs, masks).reduce((sum, S, b) => sum + dSums[b] * S, 0);
    const found = responseLogprobsBackward(dSums, masks);
    for (const [b, row] of logprobs.entries()) expectSlopes(row, found[b], loss);
  });
});

it("the reward head", () => {
  each(({ B, numbers }) => {
    const [R, D] = [B + 2, 3];
    const [h, score] = [tensor(numbers(R * D), [R, D]), tensor(numbers(D), [1, D])];
    const rows = numbers(B).map((x) => Math.floor(((x + 1) / 2) * R));
    const dRewards = numbers(B);
    const loss = () => rewardHead(h, score, rows).reduce((sum, r, b) => sum + dRewards[b] * r, 0);
    const { dh, dScore } = rewardHeadBackward(dRewards, h, score, rows, { precision: float64 });
    expectSlopes(h.data as Float64Array, dh.data, loss);
    expectSlopes(score.data as Float64Array, dScore.data, loss);
  });
});

/** The preference losses on numbers one can check with a calculator, and at their ends. */
import { describe, expect, it } from "vitest";
import {
  advantagesOver,
  batchMeanAdvantages,
  leaveOneOutAdvantages,
  movingAverage,
} from "../../../src/preference/losses/baselines.ts";
import {
  bradleyTerryLoss,
  preferenceAccuracy,
} from "../../../src/preference/losses/bradley-terry.ts";
import { dpoLoss } from "../../../src/preference/losses/dpo.ts";
import { klEstimates } from "../../../src/preference/losses/kl.ts";
import { klInLoss } from "../../../src/preference/losses/kl-in-loss.ts";
import {
  policyGradientLoss,
  tokenPolicyGradientLoss,
} from "../../../src/preference/losses/policy-gradient.ts";
import {
  responseLogprobs,
  responseLogprobsBackward,
} from "../../../src/preference/losses/response-logprobs.ts";
import {
  lastRows,
  rewardHead,
  rewardHeadBackward,
} from "../../../src/preference/losses/reward-head.ts";
import { returnsToGo, shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";

const tensor64 = (numbers: readonly number[], shape: readonly number[]) =>
  tensor(Float64Array.from(numbers), shape);

describe("the reward head", () => {
  it("reads the last token, found by length", () => {
    expect([...lastRows([3, 1, 2])]).toEqual([2, 3, 5]);
    expect([...lastRows([3, 1, 2], { padded: 4 })]).toEqual([2, 4, 9]);
  });

  it("is a dot product, and its backward the two products", () => {
    const h = tensor64([1, 2, 3, 4, 5, 6], [3, 2]);
    const score = tensor64([10, 1], [1, 2]);
    expect([...rewardHead(h, score, [1, 2])]).toEqual([34, 56]);
    const dScore = tensor64([100, 0], [1, 2]);
    const given = { precision: float64, dScore };
    const { dh } = rewardHeadBackward([1, -2], h, score, [1, 2], given);
    expect([...dh.data]).toEqual([0, 0, 10, 1, -20, -2]);
    expect([...dScore.data]).toEqual([100 + 3 - 10, 4 - 12]);
  });

  it("adds where two rewards are read off one row", () => {
    const [h, score] = [tensor64([1, 2], [1, 2]), tensor64([3, 4], [1, 2])];
    const { dh, dScore } = rewardHeadBackward([1, 5], h, score, [0, 0], { precision: float64 });
    expect([...dh.data]).toEqual([18, 24]);
    expect([...dScore.data]).toEqual([6, 12]);
  });

  it("leaves nothing of a given dh in the other rows", () => {
    const h = tensor64([1, 2], [2, 1]);
    const dh = tensor64([7, 7], [2, 1]);
    rewardHeadBackward([1], h, tensor64([3], [1, 1]), [1], { precision: float64, dh });
    expect([...dh.data]).toEqual([0, 3]);
  });
});

describe("Bradley-Terry", () => {
  it("of 1 against 0 is log(1 + 1/e)", () => {
    const { loss, dChosen, dRejected } = bradleyTerryLoss([1], [0]);
    expect(loss).toBeCloseTo(0.313262, 6);
    expect(dChosen[0]).toBeCloseTo(-0.268941, 6);
    expect(dRejected[0]).toBeCloseTo(0.268941, 6);
  });

  it("is finite, and a straight line, far from 0", () => {
    const { loss, dChosen } = bradleyTerryLoss([-800, 800], [0, 0]);
    expect(loss).toBe(400);
    expect([...dChosen]).toEqual([-0.5, 0]);
    expect(bradleyTerryLoss([1e300], [-1e300]).loss).toBe(0);
  });

  it("counts a tie as half a pair in either order", () => {
    const options = { certainty: [0.5] };
    expect(bradleyTerryLoss([2], [2], options).loss).toBeCloseTo(Math.log(2), 14);
    expect(bradleyTerryLoss([2], [2], options).dChosen[0]).toBe(0);
    const one = bradleyTerryLoss([3], [1], options);
    const [there, back] = [bradleyTerryLoss([3], [1]), bradleyTerryLoss([1], [3])];
    expect(one.loss).toBeCloseTo((there.loss + back.loss) / 2, 14);
    expect(one.dChosen[0]).toBeCloseTo((there.dChosen[0] + back.dRejected[0]) / 2, 14);
  });

  it("asks for a margin, and pulls the sum to 0", () => {
    expect(bradleyTerryLoss([3], [1], { margins: [2] }).loss).toBeCloseTo(Math.log(2), 14);
    // Of a tie in either order: each falls short of the margin by as much.
    const tied = bradleyTerryLoss([3], [3], { margins: [2], certainty: [0.5] });
    expect([tied.loss, tied.dChosen[0]]).toEqual([2 + Math.log1p(Math.exp(-2)), 0]);
    const { loss, dChosen, dRejected } = bradleyTerryLoss([2], [2], { centring: 0.01 });
    expect(loss).toBeCloseTo(Math.log(2) + 0.16, 14);
    expect([dChosen[0], dRejected[0]]).toEqual([-0.5 + 0.08, 0.5 + 0.08]);
  });

  it("has an accuracy in which ties count half", () => {
    expect(preferenceAccuracy([1, 2, 3, 0], [0, 2, 4, -1])).toBe(0.625);
  });
});

describe("the log-probability of an answer", () => {
  it("is a sum over its tokens, whatever stands elsewhere", () => {
    const masks = [
      [0, 1, 1],
      [1, 0],
    ];
    const logprobs = [
      [Number.NaN, -1, -2],
      [-4, 8],
    ];
    expect([...responseLogprobs(logprobs, masks)]).toEqual([-3, -4]);
    expect(responseLogprobsBackward([5, 6], masks).map((row) => [...row])).toEqual([
      [0, 5, 5],
      [6, 0],
    ]);
  });
});

describe("KL estimates", () => {
  const masks = [[0, 1, 1]];
  const [logprobs, reference] = [[[9, -1, -2]], [[-9, -1 - Math.LN2, -2 + Math.LN2]]];

  it("are sums over tokens of three functions of the ratio", () => {
    const { k1, k2, k3 } = klEstimates(logprobs, reference, masks);
    expect(k1[0]).toBeCloseTo(0, 14);
    expect(k2[0]).toBeCloseTo(Math.LN2 ** 2, 14);
    expect(k3[0]).toBeCloseTo(0.5 - 1 + (2 - 1), 14);
  });

  it("keep their digits where the policy has hardly moved", () => {
    const { k2, k3 } = klEstimates([[1e-9]], [[0]], [[1]]);
    // k3 = δ²/2 − δ³/6 …: δ and e^−δ − 1 cancel, so that δ·2⁻⁵³ is what is left over.
    expect(Math.abs(k3[0] - k2[0])).toBeLessThan(1e-9 * 2 ** -52);
  });

  it("have other gradients in a loss", () => {
    const of = (kind: "k2" | "k3") => klInLoss(logprobs, reference, masks, kind, 10);
    expect(of("k2").loss).toBeCloseTo(10 * Math.LN2 ** 2, 13);
    expect(of("k2").dLogprobs[0][1]).toBeCloseTo(10 * Math.LN2, 13);
    expect(of("k3").dLogprobs[0][1]).toBeCloseTo(10 * (1 - 1 / 2), 13);
    expect(of("k3").dLogprobs[0][2]).toBeCloseTo(10 * (1 - 2), 13);
    expect(of("k3").dLogprobs[0][0]).toBe(0);
  });
});

describe("shaped rewards", () => {
  it("are the reward, less what it costs to leave the reference", () => {
    expect([...shapedRewards([1, 0], [-2, -5], [-4, -5], 0.5)]).toEqual([0, 0]);
  });

  it("by tokens add up to the same at the first", () => {
    const masks = [[0, 1, 1, 1, 0]];
    const [logprobs, reference] = [[[0, -1, -2, -3, 0]], [[0, -2, -4, -4, 0]]];
    const [G] = returnsToGo([1], logprobs, reference, masks, 0.5);
    expect([...G]).toEqual([0, 1 - 2, 1 - 1.5, 1 - 0.5, 0]);
    expect(G[1]).toBe(shapedRewards([1], [-6], [-10], 0.5)[0]);
  });
});

describe("baselines", () => {
  it("are a number, the mean, or the mean of the others", () => {
    const rewards = [1, 0, 2, 1];
    expect([...advantagesOver(rewards, 1)]).toEqual([0, -1, 1, 0]);
    expect([...batchMeanAdvantages([1, 0, 2, 5])]).toEqual([-1, -2, 0, 3]);
    const rloo = leaveOneOutAdvantages(rewards, [7, 7, 7, 7]);
    for (const [i, A] of [0, -4 / 3, 4 / 3, 0].entries()) expect(rloo[i]).toBeCloseTo(A, 15);
  });

  it("of one prompt know nothing of another, in whatever order they come", () => {
    expect([...leaveOneOutAdvantages([1, 100, 3, 104], [0, 1, 0, 1])]).toEqual([-2, -4, 2, 4]);
  });

  it("move with the batches", () => {
    expect(movingAverage(undefined, [1, 3])).toBe(2);
    expect(movingAverage(2, [10, 14])).toBeCloseTo(0.9 * 2 + 0.1 * 12, 15);
    expect(movingAverage(2, [10, 14], { decay: 0.5 })).toBe(7);
  });
});

describe("policy gradient", () => {
  const masks = [
    [0, 1, 1],
    [0, 1, 0],
  ];
  const logprobs = [
    [0, -1, -2],
    [0, -4, 0],
  ];

  it("sums over tokens and takes the mean over sequences", () => {
    const { loss, dLogprobs } = policyGradientLoss(logprobs, masks, [2, -1]);
    expect(loss).toBe(-(2 * -3 + -1 * -4) / 2);
    expect(dLogprobs.map((row) => [...row])).toEqual([
      [0, -1, -1],
      [0, 0.5, 0],
    ]);
  });

  it("by tokens has an advantage for each", () => {
    const advantages = [
      [9, 2, 3],
      [9, -1, 9],
    ];
    const { loss, dLogprobs } = tokenPolicyGradientLoss(logprobs, masks, advantages);
    expect(loss).toBe(-(2 * -1 + 3 * -2 + -1 * -4) / 2);
    expect(dLogprobs.map((row) => [...row])).toEqual([
      [0, -1, -1.5],
      [0, 0.5, 0],
    ]);
  });
});

describe("DPO", () => {
  const pairs = {
    chosen: [-8],
    rejected: [-6],
    referenceChosen: [-10],
    referenceRejected: [-5],
  };

  it("of log-ratios 2 and -1 has logits 0.3", () => {
    const found = dpoLoss(pairs);
    expect(found.logits[0]).toBeCloseTo(0.3, 15);
    expect(found.loss).toBeCloseTo(0.554355, 6);
    expect([found.chosenRewards[0], found.rejectedRewards[0]]).toEqual([0.2, -0.1]);
    expect(found.dChosen[0]).toBeCloseTo(-0.1 / (1 + Math.exp(0.3)), 15);
    expect(found.dRejected[0]).toBe(-found.dChosen[0]);
  });

  it("is the softplus form: finite wherever the policies have gone", () => {
    expect(dpoLoss({ ...pairs, chosen: [-1e6] }, { beta: 1 }).loss).toBeCloseTo(1e6 - 11, 6);
  });

  it("with smoothing wants no more than some certainty", () => {
    const best = Math.log((1 - 0.2) / 0.2); // where σ(logits) = 1 − ε
    const at = { ...pairs, chosen: [-10 + 10 * best - 1] };
    expect(dpoLoss(at, { labelSmoothing: 0.2 }).dChosen[0]).toBeCloseTo(0, 15);
    expect(dpoLoss(at, { labelSmoothing: 0.1 }).dChosen[0]).toBeLessThan(0);
  });
});

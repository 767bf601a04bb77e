/** Expectations over all answers of the enumerable policy, held against PyTorch's through Google's code (exact.npz). */
import { beforeAll, describe, expect, it } from "vitest";
import { expectedKlGradient, type KlGradient } from "../../../src/preference/exact/kl-gradients.ts";
import { type ExactObjective, exactObjective } from "../../../src/preference/exact/objective.ts";
import { optimumOf } from "../../../src/preference/exact/optimum.ts";
import {
  type ScoredResponses,
  squaredScores,
  varianceLeaveOneOut,
  varianceWithBaseline,
} from "../../../src/preference/exact/variance.ts";
import { shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { enumerable, enumerablePolicy, exact } from "../../support/enumerable.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { digest, relativeError } from "../../support/learning.ts";

/** The bar: a few roundings of float64, of which a sum has some hundreds. */
const BAR = 1e-12;

let all: Awaited<ReturnType<typeof enumerable>>;
beforeAll(async () => {
  all = await enumerable();
});

const objective = () =>
  exactObjective(all.answers.logprobs, all.reference.logprobs, all.masks, all.rewards, all.beta);

async function gradientsOf(model: TrainableModel, dLogprobs: readonly Float64Array[]) {
  model.zeroGradients();
  const { responses, logprobs } = all.answers;
  await model.accumulateOf(responses, () => dLogprobs, { logprobs });
  const found = [...model.parameters.values()].map(
    ({ name, gradient }) => [name, Float64Array.from(gradient)] as const,
  );
  model.zeroGradients();
  return found;
}

it("the answers are those, in that order, with those probabilities", () => {
  const [ids, mask] = [exact("ids"), exact("mask")];
  expect(all.answers.responses.length).toBe(400);
  for (const [y, response] of all.answers.responses.entries()) {
    const padded = new Int32Array(5);
    padded.set(response.ids);
    expect([...padded]).toEqual([...ids.subarray(5 * y, 5 * y + 5)]);
    const targets = new Float64Array(4);
    targets.set(response.mask.subarray(1));
    expect([...targets]).toEqual([...mask.subarray(4 * y, 4 * y + 4)]);
    expect(response.isClosed).toBe(response.ids.at(-1) === 1);
  }
  expect(relativeError(all.answers.sums, exact("logprobs"))).toBeLessThan(BAR);
  expect(relativeError(all.reference.sums, exact("reference_logprobs"))).toBeLessThan(BAR);
});

it("J, the reward and the KL", () => {
  const found = objective();
  expect(relativeError([found.objective], exact("objective"))).toBeLessThan(BAR);
  expect(relativeError([found.reward], exact("expected_reward"))).toBeLessThan(BAR);
  expect(relativeError([found.kl], exact("kl"))).toBeLessThan(BAR);
  const { logprobs } = all.reference;
  const there = exactObjective(logprobs, logprobs, all.masks, all.rewards, all.beta);
  expect(relativeError([there.objective], exact("reference_objective"))).toBeLessThan(BAR);
  expect(there.kl).toBe(0);
});

it("the gradient of J", async () => {
  for (const [name, gradient] of await gradientsOf(all.policy, objective().dLogprobs)) {
    const ofLoss = gradient.map((g) => -g);
    expect(relativeError(ofLoss, exact(`grad.${name}`)), name).toBeLessThan(BAR);
  }
});

it("the optimum, and that the gap to it is a KL", () => {
  const found = optimumOf(all.reference.sums, all.rewards, all.beta);
  expect(relativeError(found.logprobs, exact("optimum_logprobs"))).toBeLessThan(BAR);
  expect(relativeError([found.objective], exact("optimum_objective"))).toBeLessThan(BAR);
  expect(relativeError([found.reward], exact("optimum_reward"))).toBeLessThan(BAR);
  expect(relativeError([found.kl], exact("optimum_kl"))).toBeLessThan(BAR);
  const { sums } = all.answers;
  const distance = sums.reduce((sum, S, y) => sum + Math.exp(S) * (S - found.logprobs[y]), 0);
  const gap = (found.objective - objective().objective) / all.beta;
  expect(Math.abs(distance - gap)).toBeLessThan(BAR);
});

describe.runIf(IS_LONG)("variances of an estimate", () => {
  let scored: ScoredResponses;
  beforeAll(async () => {
    const gradients = await gradientsOf(all.policy, objective().dLogprobs);
    const { sums } = all.answers;
    scored = {
      sums,
      shaped: shapedRewards(all.rewards, sums, all.reference.sums, all.beta),
      squaredScores: await squaredScores(all.policy, all.answers),
      squaredGradient: gradients.flatMap(([, g]) => [...g]).reduce((sum, g) => sum + g * g, 0),
    };
  });

  it.each<[string, () => number]>([
    ["no_baseline", () => varianceWithBaseline(scored, 0)],
    ["no_baseline_rewards_plus_3", () => varianceWithBaseline(scored, -3)],
    ["mean_baseline", () => varianceWithBaseline(scored, objective().objective)],
    ["rloo_2", () => varianceLeaveOneOut(scored, 2)],
    ["rloo_4", () => varianceLeaveOneOut(scored, 4)],
    ["rloo_8", () => varianceLeaveOneOut(scored, 8)],
  ])("%s", (name, of) => {
    expect(relativeError([of()], exact(`variance.${name}`))).toBeLessThan(BAR);
  });
});

describe.runIf(IS_LONG)("the mean gradient of an estimate of the KL", () => {
  it.each<[string, KlGradient]>([
    ["true", "true"],
    ["k1", "k1"],
    ["k2_sequence", "k2-sequence"],
    ["k2_tokens", "k2-tokens"],
    ["k3_sequence", "k3-sequence"],
    ["k3_tokens", "k3-tokens"],
  ])("%s", async (name, kind) => {
    const { answers, reference, masks, policy } = all;
    const dLogprobs = expectedKlGradient(answers.logprobs, reference.logprobs, masks, kind);
    const digests = exact(`kl_gradient.${name}`);
    const truth = exact("kl_gradient.true");
    for (const [i, [weight, gradient]] of (await gradientsOf(policy, dLogprobs)).entries()) {
      // Beside the true gradient's norm, as that of k1 is 0.
      for (const [j, found] of digest(gradient).entries()) {
        const off = Math.abs(found - digests[2 * i + j]) / truth[2 * i];
        expect(off, weight).toBeLessThan(BAR);
      }
    }
  });
});

/**
 * Adam turns m/√v of the smallest gradients, which are rounding, into steps of full size: after 220 steps the two trajectories begin to
 * part (1e-12 at 240, 1e-11 at 260), and come together again at the optimum.
 */
const TOGETHER = 200;

it.runIf(IS_LONG)("400 Adam steps up the exact gradient, lr 0.02", async () => {
  const { reference, masks, rewards, beta } = all;
  const policy = await enumerablePolicy("reference");
  const optimizer = adamW({ weightDecay: 0 });
  const golden = exact("ascent.objective");
  for (let step = 0; ; step++) {
    let found: ExactObjective | undefined;
    policy.zeroGradients();
    await policy.accumulateOf(reference.responses, (logprobs) => {
      found = exactObjective(logprobs, reference.logprobs, masks, rewards, beta);
      return found.dLogprobs;
    });
    const { objective, reward } = found as unknown as ExactObjective;
    if (step % 20 === 0 && step <= TOGETHER) {
      expect(Math.abs(objective - golden[step / 20])).toBeLessThan(BAR);
    }
    if (step === 400) {
      expect(Math.abs(objective - golden[20])).toBeLessThan(1e-4);
      expect(Math.abs(reward - exact("ascent.final_reward")[0])).toBeLessThan(5e-3);
      const distance = (exact("optimum_objective")[0] - objective) / beta;
      expect(Math.abs(distance - exact("ascent.kl_to_optimum")[0])).toBeLessThan(5e-4);
      return;
    }
    optimizer.step(policy.parameters.values(), 0.02);
  }
});

/** What is learnt from rollouts, held against PyTorch's gradients through Google's code, and against differences. */
import { describe, expect, it } from "vitest";
import { batchMeanAdvantages } from "../../../src/preference/losses/baselines.ts";
import { type Baseline, type Level, rated } from "../../../src/preference/rlhf/baseline.ts";
import { PolicyLearner } from "../../../src/preference/rlhf/policy-learner.ts";
import type { RatedRollout, Rollout } from "../../../src/preference/rollout/rollout.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { LEARNING_MODELS, learned, learner, relativeError } from "../../support/learning.ts";
import { gradientError, policyBatch } from "../../support/preference.ts";

/** The bar: a few roundings of float64, of which a sum has some hundreds. */
const BAR = 1e-12;

const gradientsOf = ({ parameters }: TrainableModel) =>
  new Map([...parameters].map(([name, { gradient }]) => [name, gradient]));

/** The answers of policy.npz, as if the model had drawn them. */
async function rolloutsOf(name: string, model: TrainableModel): Promise<Rollout[]> {
  const { answers, reference, group } = policyBatch(name);
  const logprobs = await model.logprobs(answers);
  return answers.map(({ ids, mask }, i) => ({
    prompt: group[i],
    ids: Int32Array.from(ids),
    promptLength: Array.from(mask).indexOf(1),
    mask: Float64Array.from(mask),
    text: `${i}`,
    isClosed: true,
    sampled: logprobs[i],
    logprobs: logprobs[i],
    reference: Float64Array.from(reference[i]),
  }));
}

type Case = readonly [what: string, baseline: Baseline, level: Level, average: "known" | "none"];
const CASES: readonly Case[] = [
  ["rloo", "leave-one-out", "sequence", "none"],
  ["reinforce", "moving-average", "sequence", "known"],
  ["token", "moving-average", "token", "known"],
];

describe.each(LEARNING_MODELS)("%s", (name) => {
  const { rewards, beta, baseline: average } = policyBatch(name);
  // Models of other shapes take the first; in test:long all.
  const cases = name === "micro" || IS_LONG ? CASES : CASES.slice(0, 1);

  it.each(cases)("learns as Google's code does: %s", async (what, baseline, level, known) => {
    const model = await learner(name);
    const previous = known === "known" ? average : undefined;
    const options = { beta, baseline, level };
    const all = rated(await rolloutsOf(name, model), rewards, options, previous).rollouts;
    const file = `${name}/policy`;
    const shaped = all.map((one) => one.shaped);
    expect(relativeError(shaped, learned(file, "shaped_rewards"))).toBeLessThan(BAR);
    const policy = new PolicyLearner(model, { level });
    const normalizer = policy.normalizerOf(all);
    // One at a time or several: the same.
    const parts = [all.slice(0, 3), all.slice(3)];
    const losses: number[] = [];
    for (const part of parts)
      losses.push(...(await policy.accumulate(part, { normalizer })).losses);
    const loss = losses.reduce((sum, one) => sum + one, 0);
    expect(relativeError([loss], learned(file, `${what}.loss`))).toBeLessThan(BAR);
    expect(gradientError(file, what, gradientsOf(model))).toBeLessThan(BAR);
  });
});

it("learns from any advantages: those over the mean of the batch", async () => {
  const model = await learner("micro");
  const { rewards, beta } = policyBatch("micro");
  const options = { beta, baseline: "leave-one-out", level: "sequence" } as const;
  const { rollouts } = rated(await rolloutsOf("micro", model), rewards, options);
  const A = batchMeanAdvantages(rollouts.map(({ shaped }) => shaped));
  const all = rollouts.map((one, i) => ({ ...one, advantages: one.mask.map((m) => m * A[i]) }));
  await new PolicyLearner(model, { level: "sequence" }).accumulate(all, { normalizer: 8 });
  expect(gradientError("micro/policy", "batch_mean", gradientsOf(model))).toBeLessThan(BAR);
});

describe("the first batch of a moving average", () => {
  it("has the mean of its other answers, as no average is known", async () => {
    const model = await learner("micro");
    const { rewards, beta } = policyBatch("micro");
    const drawn = await rolloutsOf("micro", model);
    const options = { beta, baseline: "moving-average", level: "sequence", decay: 0.5 } as const;
    const { rollouts, average } = rated(drawn, rewards, options);
    const R = rollouts.map(({ shaped }) => shaped);
    const mean = R.reduce((sum, one) => sum + one, 0) / R.length;
    expect(average).toBeCloseTo(mean, 14);
    const others = (mean * R.length - R[2]) / (R.length - 1);
    expect(rollouts[2].advantages.at(-1)).toBeCloseTo(R[2] - others, 12);
    expect(rated(drawn, rewards, options, 1).average).toBeCloseTo(0.5 + 0.5 * mean, 14);
    const alone = rated(drawn.slice(0, 1), rewards.subarray(0, 1), options).rollouts[0];
    expect(alone.advantages.at(-1)).toBe(alone.shaped);
  });
});

describe.each<Level>(["sequence", "token"])("the clipped ratio by %s", (level) => {
  const { rewards, beta } = policyBatch("micro");
  const clip = 0.2;

  async function batch(): Promise<readonly [TrainableModel, RatedRollout[]]> {
    const model = await learner("micro");
    const options = { beta, baseline: "leave-one-out", level } as const;
    return [model, rated(await rolloutsOf("micro", model), rewards, options).rollouts];
  }

  it("is the plain gradient at the first step, to the bit", async () => {
    const [plain, all] = await batch();
    await new PolicyLearner(plain, { level }).accumulate(all, { normalizer: 8 });
    const [clipped] = await batch();
    const found = await new PolicyLearner(clipped, { level, clip }).accumulate(all, {
      normalizer: 8,
    });
    expect(gradientsOf(clipped)).toEqual(gradientsOf(plain));
    expect(found.figures?.map((one) => one.clipped)).toEqual(Array(8).fill(0));
  });

  it("has the slope of its loss once the weights have moved, and says what it cut", async () => {
    const [model, all] = await batch();
    const policy = new PolicyLearner(model, { level, clip });
    const weights = model.parameters.get("model.layers.1.mlp.up_proj.weight")!;
    for (let i = 0; i < weights.data.length; i++) weights.data[i] += 0.2 * Math.sin(i);
    const lossOf = async () => {
      const { losses } = await policy.accumulate(all, { normalizer: 8 });
      return losses.reduce((sum, one) => sum + one, 0);
    };
    model.zeroGradients();
    const { figures = [] } = await policy.accumulate(all, { normalizer: 8 });
    const cut = figures.reduce((sum, { clipped }) => sum + clipped, 0);
    expect(cut).toBeGreaterThan(0);
    expect(cut).toBeLessThan(1);
    const gradient = weights.gradient.slice();
    for (const at of [3, 100]) {
      const here = weights.data[at];
      weights.data[at] = here + 1e-5;
      const above = await lossOf();
      weights.data[at] = here - 1e-5;
      const below = await lossOf();
      weights.data[at] = here;
      const slope = (above - below) / 2e-5;
      expect(Math.abs(slope)).toBeGreaterThan(1e-6);
      // Central differences of step h = 1e-5 are off by h² and by 1e-16/h.
      expect(Math.abs(slope - gradient[at])).toBeLessThan(1e-8);
    }
  });
});

it("has no use for a z-loss", async () => {
  const policy = new PolicyLearner(await learner("micro"), { level: "sequence" });
  await expect(policy.accumulate([], { normalizer: 1, zLoss: 1 })).rejects.toThrow("no z-loss");
});

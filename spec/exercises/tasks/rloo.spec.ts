/** Exercise `rloo`: its policy of 400 answers is PyTorch's, and what the exercise asks for is what preference/losses has. */
import { describe, expect, it } from "vitest";
import { distance } from "../../../src/exercises/distance.ts";
import { GoldenArrays } from "../../../src/exercises/materials.ts";
import type { Parts, SampledAnswer } from "../../../src/exercises/parts.ts";
import { choicesWith } from "../../../src/exercises/run/name-mistake.ts";
import { leaveOneOutAdvantages } from "../../../src/preference/losses/baselines.ts";
import { klEstimates } from "../../../src/preference/losses/kl.ts";
import { policyGradientLoss } from "../../../src/preference/losses/policy-gradient.ts";
import { responseLogprobs } from "../../../src/preference/losses/response-logprobs.ts";
import { shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import { exerciseNamed, materials } from "../../support/exercises.ts";
import { goldens } from "../../support/goldens.ts";

const exercise = exerciseNamed("rloo");
const policy = materials.policy();
const exact = new GoldenArrays("exact.npz", goldens("learning/enumerable/exact.npz"));
const of = (name: "logprobs" | "reference" | "mask", answers = policy.answers) =>
  answers.map((answer) => answer[name]);

/** The mean over all pairs, with one mistake or without. */
function meanWith(knob?: string, choice?: string) {
  const mistakes = knob !== undefined && choice !== undefined ? [{ knob, choice }] : [];
  const { rloo } = exercise.build(choicesWith(exercise, mistakes)) as Parts;
  return policy.meanOverPairs(rloo);
}
const down = policy.gradient.map((slope) => 0 - slope);

describe("the policy of 400 answers", () => {
  it("has PyTorch's log-probabilities, under both models, and J", () => {
    const sums = (name: "logprobs" | "reference") => responseLogprobs(of(name), of("mask"));
    // Measured: 4e-15.
    expect(distance(sums("logprobs"), exact.numbers("logprobs"))).toBeLessThan(1e-13);
    expect(distance(sums("reference"), exact.numbers("reference_logprobs"))).toBeLessThan(1e-13);
    const { k1 } = klEstimates(of("logprobs"), of("reference"), of("mask"));
    const J = policy.probabilities.reduce((sum, p, i) => {
      return sum + p * (policy.answers[i].reward - policy.beta * k1[i]);
    }, 0);
    expect(Math.abs(J - exact.numbers("objective")[0])).toBeLessThan(1e-13);
  });
});

describe("the mean over all pairs", () => {
  it("is PyTorch's gradient of J", () => {
    // Measured: 2e-15.
    expect(distance(meanWith(), down)).toBeLessThan(1e-13);
  });

  it("is so with the price behind the baseline, too: such a mistake costs noise only", () => {
    expect(distance(meanWith("kl", "behind the baseline"), down)).toBeLessThan(1e-13);
  });

  it("is half of it with a baseline that contains the answer", () => {
    const half = down.map((slope) => slope / 2);
    expect(distance(meanWith("baseline", "of all"), half)).toBeLessThan(1e-13);
  });
});

describe("the right function", () => {
  /** By the library's losses. */
  const bySteps: Parts["rloo"] = (answers, beta) => {
    const masks = of("mask", answers as SampledAnswer[]);
    const logprobs = of("logprobs", answers as SampledAnswer[]);
    const R = shapedRewards(
      answers.map(({ reward }) => reward),
      responseLogprobs(logprobs, masks),
      responseLogprobs(of("reference", answers as SampledAnswer[]), masks),
      beta,
    );
    const advantages = leaveOneOutAdvantages(
      R,
      answers.map(() => 0),
    );
    return policyGradientLoss(logprobs, masks, advantages).dLogprobs;
  };

  it("is that of the library", () => {
    const group = [3, 99, 0, 250].map((i) => policy.answers[i]);
    const right = materials.right.rloo(group, policy.beta);
    expect(distance(right, bySteps(group, policy.beta))).toBeLessThan(1e-14);
  });

  it("has PyTorch's advantages", () => {
    const golden = new GoldenArrays("policy.npz", goldens("learning/micro/policy.npz"));
    const [masks, logprobs, reference] = ["mask", "logprobs", "reference_logprobs"].map((name) =>
      golden.rows(name),
    );
    const [groups, rewards, advantages] = ["group", "rewards", "rloo.advantages"].map((name) =>
      golden.numbers(name),
    );
    const [beta] = golden.numbers("beta");
    for (const prompt of [0, 1]) {
      const rows = [...groups.keys()].filter((i) => groups[i] === prompt);
      const answers = rows.map((i) => ({
        ...{ reward: rewards[i], mask: masks[i] },
        ...{ logprobs: logprobs[i], reference: reference[i] },
      }));
      const expected = rows.map((i) => masks[i].map((m) => (-m * advantages[i]) / rows.length));
      expect(distance(materials.right.rloo(answers, beta), expected)).toBeLessThan(1e-13);
    }
  });
});

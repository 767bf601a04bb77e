/** Gradients of whole models under the preference losses, held against PyTorch's through Google's code. */
import { describe, expect, it } from "vitest";
import { DpoLearner, type DpoPair } from "../../src/preference/dpo/dpo-learner.ts";
import {
  advantagesOver,
  batchMeanAdvantages,
  leaveOneOutAdvantages,
} from "../../src/preference/losses/baselines.ts";
import {
  type BradleyTerryLossOptions,
  bradleyTerryLoss,
} from "../../src/preference/losses/bradley-terry.ts";
import { klInLoss } from "../../src/preference/losses/kl-in-loss.ts";
import {
  policyGradientLoss,
  type TokenLoss,
  tokenPolicyGradientLoss,
} from "../../src/preference/losses/policy-gradient.ts";
import { responseLogprobs } from "../../src/preference/losses/response-logprobs.ts";
import { rewardHead, rewardHeadBackward } from "../../src/preference/losses/reward-head.ts";
import { returnsToGo, shapedRewards } from "../../src/preference/losses/shaped-rewards.ts";
import { float64 } from "../../src/tensor/precision.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import type { TrainableModel } from "../../src/training/trainable.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { LEARNING_MODELS, learned, learner, relativeError } from "../support/learning.ts";
import { gradientError, halves, policyBatch, rewardBatch } from "../support/preference.ts";

/** The bar: a few roundings of float64, of which a sum has some hundreds. */
const BAR = 1e-12;

const gradientsOf = (model: TrainableModel) =>
  new Map([...model.parameters].map(([name, { gradient }]) => [name, gradient]));

/** Models of other shapes take the first of each kind; in test:long all. */
const some = <T>(model: string, cases: readonly T[]): readonly T[] =>
  model === "micro" || IS_LONG ? cases : cases.slice(0, 1);

describe.each(LEARNING_MODELS)("%s", (name) => {
  it.each(
    some<[string, (file: string) => BradleyTerryLossOptions]>(name, [
      ["grad", () => ({})],
      ["centred", (file) => ({ centring: learned(file, "centred.coefficient")[0] })],
      ["margin", (file) => ({ margins: learned(file, "margin.margins") })],
    ]),
  )("rewards: %s", async (what, optionsOf) => {
    const file = `${name}/reward`;
    const { padded, lengths, score: numbers } = rewardBatch(name);
    const answers = padded.map(({ ids }, b) => ({ ids: Array.from(ids).slice(0, lengths[b]) }));
    const score = tensor(numbers, [1, numbers.length]);
    const dScore = tensor(new Float64Array(numbers.length), [1, numbers.length]);
    const model = await learner(name);
    await model.accumulateOfFinals(answers, (finals) => {
      const last = (b: number) => [lengths[b] - 1];
      const rewards = Float64Array.from(finals, (h, b) => rewardHead(h, score, last(b))[0]);
      const [chosen, rejected] = halves(rewards);
      expect(relativeError(chosen, learned(file, "chosen_rewards"))).toBeLessThan(BAR);
      expect(relativeError(rejected, learned(file, "rejected_rewards"))).toBeLessThan(BAR);
      const { dChosen, dRejected } = bradleyTerryLoss(chosen, rejected, optionsOf(file));
      const dRewards = [...dChosen, ...dRejected];
      const options = { precision: float64, dScore };
      return finals.map((h, b) => rewardHeadBackward([dRewards[b]], h, score, last(b), options).dh);
    });
    const gradients = gradientsOf(model).set("score.weight", dScore.data as Float64Array);
    expect(gradientError(file, what, gradients)).toBeLessThan(BAR);
  });

  const file = `${name}/policy`;
  const { answers, masks, reference, known, rewards, group, beta, baseline } = policyBatch(name);
  const shaped = (logprobs: readonly Float64Array[]) => {
    const [S, reference_S] = [logprobs, reference].map((some) => responseLogprobs(some, masks));
    return shapedRewards(rewards, S, reference_S, beta);
  };
  const klInTheLoss = (kind: "k2" | "k3") => (logprobs: readonly Float64Array[]) => {
    const A = leaveOneOutAdvantages(rewards, group);
    const losses = [
      policyGradientLoss(logprobs, masks, A),
      klInLoss(logprobs, reference, masks, kind, beta),
    ];
    return {
      loss: losses[0].loss + losses[1].loss,
      dLogprobs: masks.map((mask, b) =>
        Float64Array.from(mask, (_, t) => losses[0].dLogprobs[b][t] + losses[1].dLogprobs[b][t]),
      ),
    };
  };

  const byToken = (logprobs: readonly Float64Array[]) => {
    const returns = returnsToGo(rewards, logprobs, reference, masks, beta);
    const A = returns.map((row) => row.map((G) => G - baseline));
    return tokenPolicyGradientLoss(logprobs, masks, A);
  };
  it.each(
    some<[string, (logprobs: readonly Float64Array[]) => TokenLoss]>(name, [
      ["rloo", (p) => policyGradientLoss(p, masks, leaveOneOutAdvantages(shaped(p), group))],
      ["reinforce", (p) => policyGradientLoss(p, masks, advantagesOver(shaped(p), baseline))],
      ["batch_mean", (p) => policyGradientLoss(p, masks, batchMeanAdvantages(shaped(p)))],
      ["token", byToken],
      ["kl_in_loss_k2", klInTheLoss("k2")],
      ["kl_in_loss_k3", klInTheLoss("k3")],
    ]),
  )("policy gradient: %s", async (what, lossOf) => {
    const model = await learner(name);
    await model.accumulateOf(answers, (logprobs) => {
      for (const [b, row] of logprobs.entries()) {
        const answer = row.filter((_, t) => masks[b][t] === 1);
        const golden = known[b].filter((_, t) => masks[b][t] === 1);
        expect(relativeError(answer, golden)).toBeLessThan(BAR);
      }
      const { loss, dLogprobs } = lossOf(logprobs);
      expect(relativeError([loss], learned(file, `${what}.loss`))).toBeLessThan(BAR);
      return dLogprobs;
    });
    expect(gradientError(file, what, gradientsOf(model))).toBeLessThan(BAR);
  });

  it.each(
    some<[string, string, number]>(name, [
      ["loss", "grad", 0],
      ["smoothed.loss", "smoothed", learned(`${name}/dpo`, "smoothed.label_smoothing")[0]],
    ]),
  )("DPO: %s", async (lossName, what, labelSmoothing) => {
    const dpo = (key: string) => learned(`${name}/dpo`, key);
    const S_ref = responseLogprobs(reference, masks);
    const pairs = Array.from(dpo("chosen"), (chosen, p): DpoPair => {
      const rejected = dpo("rejected")[p];
      const beside = { chosen: S_ref[chosen], rejected: S_ref[rejected] };
      return { chosen: answers[chosen], rejected: answers[rejected], reference: beside };
    });
    const model = await learner(name);
    const learns = new DpoLearner(model, { beta: dpo("beta")[0], labelSmoothing });
    const normalizer = learns.normalizerOf(pairs);
    const { losses, figures } = await learns.accumulate(pairs, { normalizer });
    const loss = losses.reduce((sum, one) => sum + one, 0);
    expect(relativeError([loss], dpo(lossName))).toBeLessThan(BAR);
    const margins = figures.map(({ margin }) => margin * normalizer);
    expect(relativeError(margins, dpo("logits"))).toBeLessThan(BAR);
    expect(gradientError(`${name}/dpo`, what, gradientsOf(model))).toBeLessThan(BAR);
    const { loss: again } = await learns.measure(pairs);
    expect(relativeError([again], dpo(lossName))).toBeLessThan(BAR);
  });
});

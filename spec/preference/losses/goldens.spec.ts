/** The preference losses against Google's model under PyTorch, rewards and log-probabilities given (fixtures/learning/README.md). */
import { describe, expect, it } from "vitest";
import { maxAbs, maxError } from "../../../src/conformance/metrics.ts";
import {
  advantagesOver,
  batchMeanAdvantages,
  leaveOneOutAdvantages,
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
import { responseLogprobs } from "../../../src/preference/losses/response-logprobs.ts";
import { returnsToGo, shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import { golden, goldens } from "../../support/goldens.ts";

/** A few roundings of float64 on sums of some tens of numbers. */
const TOLERANCE = 1e-12;

function expectEqual(found: ArrayLike<number>, truth: ArrayLike<number>): void {
  expect(maxError(found, truth)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, maxAbs(truth)));
}

/** Rows of a golden [B, T]. */
function rows(path: string, name: string): Float64Array[] {
  const data = golden(path, name);
  const [B, T] = goldens(path).get(name)!.shape;
  return Array.from({ length: B }, (_, b) => data.subarray(b * T, (b + 1) * T));
}

const flat = (lists: readonly Float64Array[]) => lists.flatMap((list) => [...list]);

it("Bradley-Terry from -800 to 800", () => {
  const of = (name: string) => golden("learning/ops-grad.npz", `bradley_terry.${name}`);
  const { loss, dChosen, dRejected } = bradleyTerryLoss(of("chosen"), of("rejected"));
  expectEqual([loss], of("y"));
  expectEqual(dChosen, of("dchosen"));
  expectEqual(dRejected, of("drejected"));
});

describe.each(["micro", "mqa", "mha-wide-heads", "gqa"])("%s", (model) => {
  it("reward: Bradley-Terry, centred, with margins", () => {
    const of = (name: string) => golden(`learning/${model}/reward.npz`, name);
    const [chosen, rejected] = [of("chosen_rewards"), of("rejected_rewards")];
    expectEqual([bradleyTerryLoss(chosen, rejected).loss], of("loss"));
    const [centring] = of("centred.coefficient");
    expectEqual([bradleyTerryLoss(chosen, rejected, { centring }).loss], of("centred.loss"));
    const margins = of("margin.margins");
    expectEqual([bradleyTerryLoss(chosen, rejected, { margins }).loss], of("margin.loss"));
    expect(preferenceAccuracy(chosen, rejected)).toBe(of("accuracy")[0]);
  });

  const path = `learning/${model}/policy.npz`;
  const of = (name: string) => golden(path, name);
  const [masks, logprobs] = [rows(path, "mask"), rows(path, "logprobs")];
  const reference = rows(path, "reference_logprobs");
  const [rewards, [beta], [baseline]] = [of("rewards"), of("beta"), of("baseline")];
  const sums = responseLogprobs(logprobs, masks);
  const shaped = shapedRewards(rewards, sums, responseLogprobs(reference, masks), beta);

  it("policy: shaped rewards, and three estimates of the KL", () => {
    expectEqual(shaped, of("shaped_rewards"));
    const { k1, k2, k3 } = klEstimates(logprobs, reference, masks);
    expectEqual(k1, of("kl.k1"));
    expectEqual(k2, of("kl.k2"));
    expectEqual(k3, of("kl.k3"));
  });

  it.each([
    ["reinforce", () => advantagesOver(shaped, baseline)],
    ["batch_mean", () => batchMeanAdvantages(shaped)],
    ["rloo", () => leaveOneOutAdvantages(shaped, of("group"))],
  ])("policy: %s", (name, advantagesOf) => {
    const advantages = advantagesOf();
    expectEqual(advantages, of(`${name}.advantages`));
    expectEqual([policyGradientLoss(logprobs, masks, advantages).loss], of(`${name}.loss`));
  });

  it("policy: by tokens", () => {
    const returns = returnsToGo(rewards, logprobs, reference, masks, beta);
    const advantages = returns.map((row, b) => row.map((G, t) => masks[b][t] * (G - baseline)));
    expectEqual(flat(advantages), of("token.advantages"));
    const { loss } = tokenPolicyGradientLoss(logprobs, masks, advantages);
    expectEqual([loss], of("token.loss"));
  });

  it.each(["k2", "k3"] as const)("policy: %s in the loss", (kind) => {
    const name = `kl_in_loss_${kind}`;
    const advantages = leaveOneOutAdvantages(rewards, of("group"));
    expectEqual(advantages, of(`${name}.advantages`));
    const { loss } = policyGradientLoss(logprobs, masks, advantages);
    const kl = klInLoss(logprobs, reference, masks, kind, beta);
    expectEqual([loss + kl.loss], of(`${name}.loss`));
  });

  it("DPO, with and without smoothing", () => {
    const dpo = (name: string) => golden(`learning/${model}/dpo.npz`, name);
    const at = (values: Float64Array, name: string) => [...dpo(name)].map((row) => values[row]);
    const referenceSums = responseLogprobs(reference, masks);
    const pairs = {
      chosen: at(sums, "chosen"),
      rejected: at(sums, "rejected"),
      referenceChosen: at(referenceSums, "chosen"),
      referenceRejected: at(referenceSums, "rejected"),
    };
    expectEqual(pairs.chosen, dpo("chosen_logps"));
    expectEqual(pairs.rejected, dpo("rejected_logps"));
    expectEqual(pairs.referenceChosen, dpo("reference_chosen_logps"));
    expectEqual(pairs.referenceRejected, dpo("reference_rejected_logps"));
    const [beta] = dpo("beta");
    const { loss, logits } = dpoLoss(pairs, { beta });
    expectEqual([loss], dpo("loss"));
    expectEqual(logits, dpo("logits"));
    const [labelSmoothing] = dpo("smoothed.label_smoothing");
    expectEqual([dpoLoss(pairs, { beta, labelSmoothing }).loss], dpo("smoothed.loss"));
  });
});

/** A policy, its reference, a reward model and a second judge on one copy of the weights: a run is the one with four copies. */
import { describe, expect, it } from "vitest";
import { weightsInOrder } from "../../src/model/weights/weights.ts";
import { RewardModel } from "../../src/preference/reward/reward-model.ts";
import { type RlhfReport, rlhf } from "../../src/preference/rlhf/rlhf.ts";
import type { PromptRow } from "../../src/preference/rollout/prompts.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { applyGradients } from "../../src/training/run/step.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import { newAdapter } from "../../src/tuning/lora/adapter.ts";
import { type LoraSource, loraModel } from "../../src/tuning/lora/lora.ts";
import { readAdapter } from "../../src/tuning/peft/read.ts";
import { withScore } from "../../src/tuning/peft/score.ts";
import { writeAdapter } from "../../src/tuning/peft/write.ts";
import { SMALL, small, tokenizer } from "../support/small-model.ts";
import { tales } from "../support/tales.ts";

const PROMPTS = tales<PromptRow>("prompts-train").slice(0, 2);
const tensors = (await small()).tensors();
/** A copy of the weights, when it is made. */
const checkpoint = { config: SMALL, tensors };

/** Everything that a run needs. `source` is asked once for each role. */
async function roles(source: () => Promise<LoraSource>) {
  const policy = await loraModel(await source(), { r: 2, seed: 1 });
  const judges: RewardModel[] = [];
  for (const seed of [2, 3]) {
    const adapter = newAdapter(SMALL, { r: seed, seed });
    const { model } = await loraModel(await source(), { adapter });
    judges.push(await RewardModel.on(model, { headSeed: seed }));
  }
  const given = await source();
  const reference =
    given instanceof TrainableModel
      ? given
      : await TrainableModel.from(given, { trains: () => false });
  return { policy: policy.model, reference, reward: judges[0], judge: judges[1] };
}
type Roles = Awaited<ReturnType<typeof roles>>;

/** The reward model learns a pair, and then the policy learns from it. */
async function run({ policy, reference, reward, judge }: Roles): Promise<RlhfReport[]> {
  const optimizer = adamW();
  for (let i = 0; i < 2; i++) {
    reward.zeroGradients();
    const pair = { chosen: { ids: [2, 100, 50] }, rejected: { ids: [2, 100, 60, 50] } };
    await reward.accumulate([pair], { normalizer: 1 });
    applyGradients(reward.parameters.values(), { optimizer, lr: 0.05 });
  }
  const reports: RlhfReport[] = [];
  for await (const report of rlhf(policy, PROMPTS, {
    ...{ tokenizer, reference, reward: reward.rewardOf(), judge: judge.rewardOf() },
    ...{ groupSize: 2, promptsPerStep: 2, maxTokens: 3, learningRate: 1e-2, steps: 2, seed: 4 },
  })) {
    reports.push(report);
  }
  return reports;
}

const numbersOf = (model: Pick<TrainableModel, "parameters">) =>
  [...model.parameters.values()].map(({ data }) => data.slice());
const storedOf = (model: TrainableModel) =>
  weightsInOrder(model.passes.parts.weights).map(({ stored }) => stored.data);
/** Those that differ from run to run: how long it took. */
const timeless = (reports: readonly RlhfReport[]) =>
  reports.map((report) =>
    Object.fromEntries(Object.entries(report).filter(([name]) => !/second/i.test(name))),
  );

describe("four roles on one copy of the weights", () => {
  it("learn to the bits that they have on four copies", async () => {
    const base = await TrainableModel.from(checkpoint, { trains: () => false });
    const before = storedOf(base).map((data) => data.slice());
    const one = await roles(async () => base);
    const four = await roles(async () => checkpoint);
    const [reports, expected] = [await run(one), await run(four)];
    expect(timeless(reports)).toEqual(timeless(expected));
    expect(reports.map(({ step }) => step)).toEqual([1, 2]);
    expect(reports[1].k3).toBeGreaterThan(0);
    for (const role of ["policy", "reward", "judge"] as const) {
      expect(numbersOf(one[role]), role).toEqual(numbersOf(four[role]));
    }
    expect(storedOf(base)).toEqual(before);
    const sequences = [{ ids: [2, 100, 50, 7] }];
    const plain = await TrainableModel.from(checkpoint);
    expect(await one.reference.logprobs(sequences)).toEqual(await plain.logprobs(sequences));

    const held = (own: Roles) => {
      const models = [own.policy, own.reference, own.reward.model, own.judge.model];
      const buffers = new Set(
        models.flatMap((model) => storedOf(model).map(({ buffer }) => buffer)),
      );
      return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    };
    expect(held(four)).toBe(4 * held(one));
  });

  it("have a reward model whose adapter, with its head, goes on from PEFT's files", async () => {
    const { reference, model, adapter } = await loraModel(checkpoint, { r: 2 });
    const reward = await RewardModel.on(model, { headSeed: 5 });
    const answers = [{ ids: [2, 100, 50] }, { ids: [2, 60, 50, 7] }];
    const pair = { chosen: answers[0], rejected: answers[1] };
    await reward.accumulate([pair], { normalizer: 1 });
    applyGradients(reward.parameters.values(), { optimizer: adamW(), lr: 0.05 });
    const files: Record<string, Uint8Array> = {};
    for (const [name, stream] of writeAdapter(withScore(adapter, reward.score))) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream.chunks()) chunks.push(chunk.slice());
      files[name] = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
    }
    const read = await readAdapter(filesFolder(files), SMALL);
    const again = await RewardModel.on((await loraModel(reference, { adapter: read })).model, {
      tensors: read.whole,
    });
    expect(await again.rewards(answers)).toEqual(await reward.rewards(answers));
    expect(numbersOf(again)).toEqual(numbersOf(reward));
  });
});

/** Training of a model whose output projection is not its table: each has its own gradient, and both go out again. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { GemmaConfig } from "../../src/config.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { tapGradients } from "../../src/interp/gradients/tap-gradients.ts";
import { Model } from "../../src/model/model.ts";
import { rewardModelFiles } from "../../src/preference/reward/files.ts";
import { RewardModel } from "../../src/preference/reward/reward-model.ts";
import type { RowSource } from "../../src/tensor/stored.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { applyGradients } from "../../src/training/run/step.ts";
import { TrainableModel, type TrainableOptions } from "../../src/training/trainable.ts";
import { loraModel } from "../../src/tuning/lora/lora.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import { promptLogits } from "../support/goldens.ts";
import {
  learned,
  learner,
  learningCheckpoint,
  relativeError,
  sequences,
  targetsIn,
} from "../support/learning.ts";
import { HEAD, TABLE, untied } from "../support/untied.ts";

const FILE = "gqa/lm";
const batch = sequences(learned(FILE, "ids"), learned(FILE, "mask"), 2, learned(FILE, "lengths"));
const normalizer = targetsIn(batch);

interface From {
  readonly config: GemmaConfig;
  readonly tensors: ReadonlyMap<string, RowSource>;
}

async function gradients(from: From, options: TrainableOptions = {}) {
  const model = await TrainableModel.from(from, { precision: "float64", ...options });
  await model.accumulate(batch, { normalizer });
  return new Map([...model.parameters].map(([name, { gradient }]) => [name, gradient]));
}

/** The fixture with a copy of its table as its head, and a config that says the two are apart. */
async function begunApart(): Promise<From> {
  const { config, tensors } = await learningCheckpoint("gqa");
  const head = { ...(tensors.get(TABLE) as RowSource), name: HEAD };
  return {
    config: { ...config, tieWordEmbeddings: false },
    tensors: new Map([...tensors, [HEAD, head]]),
  };
}

describe("gradients of table and output projection", () => {
  it("add up to PyTorch's of the tied matrix, where both hold the same", async () => {
    const apart = await gradients(await begunApart());
    const [table, head] = [apart.get(TABLE) ?? [], apart.get(HEAD) ?? []];
    const sum = Float64Array.from(table, (d, i) => d + head[i]);
    expect(relativeError(sum, learned(FILE, `grad.${TABLE}`))).toBeLessThan(1e-12);
    for (const [name, gradient] of apart) {
      if (name === TABLE || name === HEAD) continue;
      expect(relativeError(gradient, learned(FILE, `grad.${name}`)), name).toBeLessThan(1e-12);
    }
    // Only rows of tokens that were read have a gradient in the table; in the head all have.
    const { config } = await learningCheckpoint("gqa");
    const D = config.hiddenSize;
    const read = new Set(batch.flatMap(({ ids }) => Array.from(ids)));
    const isThere = (gradient: ArrayLike<number>, v: number) =>
      Array.from({ length: D }, (_, d) => gradient[v * D + d]).some((g) => g !== 0);
    for (let v = 0; v < config.vocabSize; v++) {
      expect(isThere(head, v)).toBe(true);
      if (!read.has(v)) expect(isThere(table, v)).toBe(false);
    }
  });

  it("are the same, whichever of the two learns", async () => {
    const from = await untied("gqa");
    const all = await gradients(from);
    expect([...all.keys()].at(-1)).toBe(HEAD);
    for (const one of [TABLE, HEAD]) {
      const alone = await gradients(from, { trains: (name) => name === one });
      expect([...alone.keys()]).toEqual([one]);
      expect(alone.get(one)).toEqual(all.get(one));
    }
  });
});

it("what has learnt goes out with both, and computes what was trained", async () => {
  const model = await TrainableModel.from(await begunApart(), { precision: "float64" });
  const optimizer = adamW();
  for (let step = 0; step < 2; step++) {
    await model.accumulate(batch, { normalizer });
    applyGradients(model.parameters.values(), { optimizer, lr: 0.01 });
    model.zeroGradients();
  }
  const { config } = model;
  expect(config.tieWordEmbeddings).toBe(false);
  const tensors = model.tensors();
  expect(tensors.has(HEAD)).toBe(true);
  const { ids } = batch[0];
  const backend = cpuBackend({ precision: "float64" });
  const run = await Model.load({ config, tensors, backend });
  const logits = await promptLogits(run, Array.from(ids));
  const [found] = await model.logprobs([{ ids }]);
  const V = config.vocabSize;
  for (let t = 1; t < ids.length; t++) {
    const row = logits.slice((t - 1) * V, t * V);
    const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    expect(Math.abs(row[ids[t]] - logSum - found[t])).toBeLessThan(1e-12);
  }
  const { loss } = await tapGradients(run, ids, { targets: -1, names: ["ln_final.hook_out"] });
  expect(Math.abs(loss + found[ids.length - 1])).toBeLessThan(1e-12);
});

describe("rooms of training", () => {
  it("low-rank factors lie beside it, and are refused on it", async () => {
    const from = await untied("gqa", true);
    const { model, reference } = await loraModel(from, { r: 2, precision: "float64" });
    const [begun] = await model.logprobs([batch[0]]);
    const own = await TrainableModel.from(from, { precision: "float64" });
    expect(begun).toEqual((await own.logprobs([batch[0]]))[0]);
    expect(model.tensors().has(HEAD)).toBe(true);
    await model.accumulate(batch, { normalizer });
    expect(model.parameters.size).toBe(2 * 7 * from.config.numHiddenLayers);
    expect(reference.parameters.size).toBe(0);
    for (const target of ["lm_head", "embed_tokens"]) {
      const error = (await rejection(loraModel(from, { targets: ["q_proj", target] }))) as Error;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toContain("or train them whole");
    }
  });

  it("a reward model has none, and its files say so", async () => {
    const from = await untied("gqa", true);
    const reward = await RewardModel.from(from, { precision: "float64", headSeed: 1 });
    const tied = await learner("gqa");
    const usual = await RewardModel.on(tied, { headSeed: 1 });
    expect(await reward.rewards(batch)).toEqual(await usual.rewards(batch));
    const on = await RewardModel.on(await TrainableModel.from(from), { headSeed: 1 });
    for (const model of [reward, on]) {
      expect(model.tensors().has(HEAD)).toBe(false);
      const files = rewardModelFiles(model, { name: "m", config: from.config });
      let text = "";
      for await (const chunk of files.get("config.json")?.chunks() ?? []) {
        text += new TextDecoder().decode(chunk);
      }
      expect(JSON.parse(text).tie_word_embeddings).toBe(true);
    }
  });
});

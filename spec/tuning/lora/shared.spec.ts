/** One copy of frozen weights under several models: a policy, its reference, a reward model, a second judge. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { Model } from "../../../src/model/model.ts";
import { weightsInOrder } from "../../../src/model/weights/weights.ts";
import { logProbability } from "../../../src/nn/log-softmax.ts";
import { heldWeight } from "../../../src/tensor/held.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import type { TrainingParts } from "../../../src/training/passes.ts";
import { applyGradients } from "../../../src/training/run/step.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import { type Adapter, newAdapter } from "../../../src/tuning/lora/adapter.ts";
import { type LoraModel, type LoraModelOptions, loraModel } from "../../../src/tuning/lora/lora.ts";
import { learningCheckpoint } from "../../support/learning.ts";

const micro = await learningCheckpoint("micro");
const NORM = "model.layers.1.input_layernorm.weight";
const BATCH = [
  { ids: [2, 5, 7, 9, 30], mask: [0, 1, 1, 0, 1] },
  { ids: [2, 30, 8], mask: [0, 0, 1] },
];
const PRECISIONS = ["float32", "float64"] as const;

/** Something else than the 0 that B begins with. */
function filled(options: LoraModelOptions = {}, phase = 0): Adapter {
  const adapter = newAdapter(micro.config, { r: 2, precision: "float64", ...options });
  for (const { b } of adapter.pairs.values()) {
    for (let i = 0; i < b.data.length; i++) b.data[i] = Math.sin(i + phase) / 9;
  }
  return adapter;
}

/** With a norm that is trained whole, and a head that is no part of the language model. */
function withWhole(adapter: Adapter): Adapter {
  const D = micro.config.hiddenSize;
  const norm = tensor(
    Float64Array.from({ length: D }, (_, i) => Math.cos(i) / 5),
    [D],
  );
  const score = tensor(new Float64Array(D).fill(0.5), [1, D]);
  const whole = new Map([
    [NORM, heldWeight(NORM, norm)],
    ["score.weight", heldWeight("score.weight", score)],
  ]);
  return { ...adapter, whole };
}

/** One step of AdamW. */
async function step(model: TrainableModel, optimizer = adamW()): Promise<void> {
  model.zeroGradients();
  await model.accumulate(BATCH, { normalizer: 4 });
  applyGradients(model.parameters.values(), { optimizer, lr: 0.05 });
}

/** What a model says of the batch. */
async function said(model: TrainableModel) {
  const finals = (await model.finals(BATCH)).map(({ data }) => data);
  return { logprobs: await model.logprobs(BATCH), finals };
}

const factorsOf = ({ adapter }: LoraModel) =>
  [...adapter.pairs.values()].flatMap(({ a, b }) => [a.data.slice(), b.data.slice()]);
const storedOf = (model: TrainableModel) =>
  weightsInOrder(model.passes.parts.weights).map(({ stored }) => stored.data);

/** Bytes of all arrays that can be reached from `root`, each once. */
function bytesWithin(root: unknown): number {
  const buffers = new Set<ArrayBufferLike>();
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer);
    else if (value instanceof Map) for (const entry of value) visit(entry);
    else for (const own of Object.values(value)) visit(own);
  };
  visit(root);
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe("an adapter that is off", () => {
  it.each(PRECISIONS)("leaves the bits of the plain model, in %s", async (precision) => {
    const plain = await said(await TrainableModel.from(micro, { precision }));
    const lora = await loraModel(micro, { adapter: withWhole(filled()), precision });
    expect(await said(lora.reference)).toEqual(plain);
    const before = await said(lora.model);
    expect(before).not.toEqual(plain);
    await step(lora.model);
    expect(await said(lora.model)).not.toEqual(before);
    expect(await said(lora.reference)).toEqual(plain);
    const own = lora.reference.tensors();
    for (const [name, source] of micro.tensors) {
      const bytes = [own.get(name), source].map((one) => one?.rows(0, source.shape[0]));
      const [got, expected] = await Promise.all(bytes);
      expect(got, name).toEqual(expected);
    }
  });

  it("keeps nothing of a block behind it, as nothing goes back", async () => {
    const labels: string[] = [];
    const counting = ({ backend, ...parts }: TrainingParts): TrainingParts => ({
      ...parts,
      backend: {
        ...backend,
        alloc(label, rows, columns) {
          labels.push(label);
          return backend.alloc(label, rows, columns);
        },
      },
    });
    const trains = () => false;
    const reference = await TrainableModel.from(micro, { trains, adapt: counting });
    await said(reference);
    expect(labels.length).toBeGreaterThan(5);
    expect(labels.filter((label) => label.startsWith("blocks."))).toEqual([]);
    await reference.accumulate(BATCH, { normalizer: 4 });
    expect(labels.some((label) => label.startsWith("blocks.1."))).toBe(true);
  });
});

describe("several adapters", () => {
  it.each(PRECISIONS)("take one copy of the weights for four models, in %s", async (precision) => {
    const policy = await loraModel(micro, { r: 2, precision });
    const { reference } = policy;
    const rewards = await loraModel(reference, { r: 4, seed: 1 });
    const judge = await loraModel(reference, { r: 1, seed: 2, targets: ["q_proj", "down_proj"] });
    for (const { model } of [policy, rewards, judge]) {
      expect(storedOf(model).every((data, i) => data === storedOf(reference)[i])).toBe(true);
      expect(model.passes.parts.backend.info.precision).toBe(precision);
    }
    // Not the arrays alone are the same ones: the four hold what one holds, and the factors with their gradients.
    const size = precision === "float32" ? 4 : 8;
    const factors = [policy, rewards, judge].flatMap(factorsOf).map(({ length }) => length);
    const own = 2 * size * factors.reduce((sum, length) => sum + length, 0);
    const models = [reference, policy.model, rewards.model, judge.model];
    const one = bytesWithin(reference.passes.parts);
    const stored = storedOf(reference).reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(one).toBeGreaterThanOrEqual(stored);
    expect(bytesWithin(models.map(({ passes }) => passes.parts))).toBe(one + own);
    const alone = await loraModel(micro, { r: 2, precision });
    expect(bytesWithin([alone, policy].map(({ model }) => model.passes.parts))).toBeGreaterThan(
      2 * stored,
    );
  });

  it("never change each other: each is trained to the bits that it has alone", async () => {
    const begin = [filled({ r: 2 }), filled({ r: 3, targets: ["v_proj", "up_proj"] }, 2)];
    const { reference } = await loraModel(micro, {});
    const [first, second] = await Promise.all(
      begin.map((adapter) => loraModel(reference, { adapter })),
    );
    const weights = storedOf(reference).map((data) => data.slice());
    const [plain, untrained] = [await said(reference), await said(second.model)];
    const before = factorsOf(second);
    const optimizer = adamW();
    for (let i = 0; i < 3; i++) await step(first.model, optimizer);
    expect(storedOf(reference)).toEqual(weights);
    expect(factorsOf(second)).toEqual(before);
    for (const { gradient } of second.model.parameters.values()) {
      expect(gradient.every((g) => g === 0)).toBe(true);
    }
    expect(await said(second.model)).toEqual(untrained);
    expect(await said(reference)).toEqual(plain);
    const alone = await loraModel(micro, { adapter: begin[0] });
    const again = adamW();
    for (let i = 0; i < 3; i++) await step(alone.model, again);
    expect(factorsOf(first)).toEqual(factorsOf(alone));
    expect(factorsOf(first)).not.toEqual(begin[0]);
  });

  it("may be at work at the same time, and a model of them once at a time", async () => {
    const policy = await loraModel(micro, { adapter: filled() });
    const { reference } = policy;
    const rewards = await loraModel(reference, { adapter: filled({ r: 4 }, 1) });
    const tasks = [
      async () => (await policy.model.accumulate(BATCH, { normalizer: 4 })).losses,
      () => reference.logprobs(BATCH),
      async () => (await rewards.model.finals(BATCH)).map(({ data }) => data),
      async () =>
        (await loraModel(reference, { adapter: withWhole(filled()) })).model.logprobs(BATCH),
    ];
    const gradients = () =>
      [...policy.model.parameters.values()].map(({ gradient }) => gradient.slice());
    const inTurn = [];
    for (const task of tasks) inTurn.push(await task());
    const turned = gradients();
    policy.model.zeroGradients();
    expect(await Promise.all(tasks.map((task) => task()))).toEqual(inTurn);
    expect(gradients()).toEqual(turned);
    await expect(Promise.all([tasks[0](), policy.model.logprobs(BATCH)])).rejects.toThrow(
      "a model that is not at work",
    );
  });

  it("has matmuls and recompute of its own, where they are given, else those of the weights' model", async () => {
    let calls = 0;
    const simd = simdMatmuls();
    const matmuls = {
      ...simd,
      forward(...args: Parameters<typeof simd.forward>) {
        calls++;
        simd.forward(...args);
      },
    };
    const callsOf = async (model: TrainableModel) => {
      calls = 0;
      await model.logprobs(BATCH);
      return calls;
    };
    const plain = await loraModel(micro, { recompute: true });
    const fast = await loraModel(plain.reference, { matmuls, recompute: false });
    expect(await callsOf(plain.model)).toBe(0);
    expect(await callsOf(fast.model)).toBeGreaterThan(0);
    const both = await loraModel(micro, { matmuls });
    expect(await callsOf((await loraModel(both.reference)).model)).toBeGreaterThan(0);
    expect(plain.model.passes.recompute).toBe(true);
    expect((await loraModel(plain.reference)).model.passes.recompute).toBe(true);
    expect(fast.model.passes.recompute).toBe(false);
  });

  it("go beside the weights of another run, which may be gone then", async () => {
    const tuned = await TrainableModel.from(micro);
    const expected = await said(tuned);
    const { reference } = await loraModel({ config: micro.config, tensors: tuned.tensors() });
    for (const { data } of tuned.parameters.values()) data.fill(0);
    expect(await said(reference)).toEqual(expected);
    const { config } = reference;
    const again = await TrainableModel.from({ config, tensors: reference.tensors() });
    expect(await said(again)).toEqual(expected);
  });

  it("refuses a model that learns, another precision, and what is of another model", async () => {
    const refusal = (source: Parameters<typeof loraModel>[0], options: LoraModelOptions = {}) =>
      loraModel(source, options).then(
        () => expect.unreachable("it was made"),
        (error: Error) => error.message,
      );
    const { model, reference } = await loraModel(micro);
    expect(await refusal(model)).toBe(
      'loraModel: "source" expected a model of which nothing learns, got one with 28 parameters; ' +
        "of a model with an adapter take its reference, which is the same without",
    );
    expect(await refusal(await TrainableModel.from(micro))).toContain("of which nothing learns");
    expect(() => model.sharing()).toThrow("trains: () => false");
    expect(await refusal(reference, { precision: "float64" })).toContain(
      '"precision" expected float32, as the model has, got float64',
    );
    const { config } = await learningCheckpoint("mqa");
    expect(await refusal(reference, { adapter: newAdapter(config) })).toContain("another model");
    const short = heldWeight(NORM, tensor(new Float32Array(3), [3]));
    const adapter = { ...newAdapter(micro.config), whole: new Map([[NORM, short]]) };
    expect(await refusal(reference, { adapter })).toContain(`"${NORM}" expected a weight [`);
    const other = { ...adapter, whole: new Map([["model.nope.weight", short]]) };
    expect(await refusal(micro, { adapter: other })).toContain("a weight that the model has");
  });
});

describe("merged weights, as a sampler has them", () => {
  // Measured: 9e-16 and 3e-7. The second is a few roundings to 24 bits of numbers near 3.
  it.each([
    ["float64", 1e-9],
    ["float32", 3e-6],
  ] as const)("say what the factors beside them say, in %s within %d", async (precision, most) => {
    const { model } = await loraModel(micro, { adapter: withWhole(filled()), precision });
    const backend = cpuBackend({ precision });
    const { config } = micro;
    const sampler = await Model.load({ config, tensors: model.tensors(), backend });
    let gap = 0;
    const trained = await model.logprobs(BATCH.map(({ ids }) => ({ ids })));
    for (const [i, { ids }] of BATCH.entries()) {
      const { data } = await sampler.forward(ids, sampler.createCache(), { logits: "all" });
      const V = config.vocabSize;
      for (let t = 1; t < ids.length; t++) {
        const row = data.subarray((t - 1) * V, t * V);
        gap = Math.max(gap, Math.abs(logProbability(row, ids[t]) - trained[i][t]));
      }
    }
    expect(gap).toBeLessThan(most);
    expect(gap).toBeGreaterThan(0); // not the same arithmetic: W + s · B A is rounded once
  });
});

/** Comparisons with goldens, made of parts of which any may have a bug: each says how far its golden is missed. */
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { responseLogprobsBackward } from "../../../src/preference/losses/response-logprobs.ts";
import { rewardHead } from "../../../src/preference/losses/reward-head.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { newAdapter } from "../../../src/tuning/lora/adapter.ts";
import { moduleOf } from "../../../src/tuning/lora/settings.ts";
import {
  learned,
  learnedNames,
  learnedShape,
  learner,
  learningCheckpoint,
  relativeError,
  sequences,
} from "../../support/learning.ts";
import { gradientError, policyBatch, rewardBatch } from "../../support/preference.ts";
import type { GoldenName, Parts } from "./parts.ts";

/** The distance of a golden, relative to its largest number: the worst of all arrays. */
type Run = (name: string, parts: Parts) => Promise<number>;

const gradientsOf = (model: TrainableModel) =>
  new Map([...model.parameters].map(([name, { gradient }]) => [name, gradient]));

const dataOf = (model: TrainableModel) =>
  new Map([...model.parameters].map(([name, { data }]) => [name, data]));

/** A model whose backend has the components of `parts`. */
function learnerOf(name: string, { components }: Parts): Promise<TrainableModel> {
  return learner(name, {
    adapt: (own) => ({ ...own, backend: cpuBackend({ precision: "float64", components }) }),
  });
}

const lmBatch = (name: string) =>
  sequences(
    learned(`${name}/lm`, "ids"),
    learned(`${name}/lm`, "mask"),
    2,
    learned(`${name}/lm`, "lengths"),
  );

const lm: Run = async (name, parts) => {
  const model = await learnerOf(name, parts);
  const loss = await parts.accumulate(model, lmBatch(name));
  return Math.max(
    relativeError([loss], learned(`${name}/lm`, "loss")),
    gradientError(`${name}/lm`, "grad", gradientsOf(model)),
  );
};

/** Packed or not, the loss and its gradients are those of the sequences. */
const packed: Run = async (name, parts) => {
  const model = await learnerOf(name, parts);
  const loss = await parts.accumulate(model, parts.pack(lmBatch(name)));
  return Math.max(
    relativeError([loss], learned(`${name}/lm`, "packed.loss")),
    gradientError(`${name}/lm`, "grad", gradientsOf(model)),
  );
};

/** The steps of adamw.npz and lora.npz: the batch of each. */
function batches(file: string) {
  const [steps, B, T] = learnedShape(file, "ids");
  const [ids, mask] = [learned(file, "ids"), learned(file, "mask")];
  return Array.from({ length: steps }, (_, step) =>
    sequences(ids.subarray(step * B * T, (step + 1) * B * T), mask, B),
  );
}

const adamw: Run = async (name, parts) => {
  const file = `${name}/adamw`;
  const one = (key: string) => learned(file, key)[0];
  const model = await learnerOf(name, parts);
  const [beta1, beta2] = learned(file, "betas");
  const options = { beta1, beta2, eps: one("eps"), weightDecay: one("weight_decay") };
  const optimizer = parts.adamW(options);
  const all = batches(file);
  const [warmup, peak, floor] = [one("warmup"), one("peak"), one("floor")];
  const lrOf = parts.schedule({ steps: all.length, warmup, peak, floor });
  const found = { loss: [] as number[], grad_norm: [] as number[], lr: [] as number[] };
  for (const [step, batch] of all.entries()) {
    model.zeroGradients();
    found.loss.push(await parts.accumulate(model, batch));
    found.grad_norm.push(parts.clip(model.parameters.values(), one("max_norm")));
    found.lr.push(lrOf(step));
    optimizer.step(model.parameters.values(), lrOf(step));
  }
  const scalars = Object.entries(found).map(([key, x]) => relativeError(x, learned(file, key)));
  const moments = Object.entries({ exp_avg: "m", exp_avg_sq: "v" })
    .filter(([key]) => learnedNames(file, `digest.${key}`).length > 0)
    .map(([key, kind]) => {
      const state = optimizer.state();
      const all = [...model.parameters.keys()].map(
        (weight) => [weight, state.get(`${kind}.${weight}`)?.data ?? []] as const,
      );
      return gradientError(file, key, new Map(all));
    });
  return Math.max(...scalars, ...moments, gradientError(file, "final", dataOf(model)));
};

const lora: Run = async (name, parts) => {
  const file = `${name}/lora`;
  const one = (key: string) => learned(file, key)[0];
  const checkpoint = await learningCheckpoint(name);
  const [r, alpha] = [one("r"), one("alpha")];
  const begin = newAdapter(checkpoint.config, { r, alpha, precision: "float64", ...parts.lora });
  const pairs = new Map(
    [...begin.pairs].map(([weight, pair]) => {
      const a = learned(file, `initial.${moduleOf(weight)}.lora_A.weight`);
      return [weight, { ...pair, a: tensor(a, pair.a.shape) }];
    }),
  );
  const adapter = { ...begin, pairs };
  const { model } = await parts.loraModel(checkpoint, { adapter, precision: "float64" });
  const optimizer = parts.adamW({ weightDecay: 0 });
  const loss: number[] = [];
  let worst = 0;
  for (const [step, batch] of batches(file).entries()) {
    model.zeroGradients();
    loss.push(await parts.accumulate(model, batch));
    // Of the first step B is 0, and so is the gradient of A. AdamW does not tell a gradient from its double.
    if (step === 1) worst = gradientError(file, "grad_at_1", gradientsOf(model));
    optimizer.step(model.parameters.values(), one("lr"));
  }
  return Math.max(
    relativeError(loss, learned(file, "loss")),
    worst,
    gradientError(file, "final", dataOf(model)),
  );
};

const rewards: Run = async (name, parts) => {
  const { padded, lengths, score } = rewardBatch(name);
  const model = await learnerOf(name, parts);
  const finals = await parts.hidden(model, padded);
  const rows = parts.lastRows(lengths, { padded: finals[0].shape[0] });
  const found = rewardHead(joined(finals), tensor(score, [1, score.length]), rows);
  const golden = ["chosen_rewards", "rejected_rewards"].flatMap((key) => [
    ...learned(`${name}/reward`, key),
  ]);
  return relativeError(found, golden);
};

/** The rows of [T, D] of each sequence, one after the other. */
function joined(all: readonly NdArray[]): NdArray {
  const [T, D] = all[0].shape;
  const data = new Float64Array(all.length * T * D);
  for (const [b, x] of all.entries()) data.set(x.data as Float64Array, b * T * D);
  return tensor(data, [all.length * T, D]);
}

const policy: Run = async (name, parts) => {
  const file = `${name}/policy`;
  const { answers, masks: given, reference, rewards: r, group, beta } = policyBatch(name);
  const masks = parts.masks(given);
  const model = await learnerOf(name, parts);
  let worst = 0;
  const compare = (found: ArrayLike<number>, key: string) => {
    worst = Math.max(worst, relativeError(found, learned(file, key)));
  };
  await model.accumulateOf(answers, (logprobs) => {
    const S = parts.responseLogprobs(logprobs, masks);
    const shaped = parts.shapedRewards(r, S, parts.responseLogprobs(reference, masks), beta);
    const advantages = parts.advantages(shaped, group, r);
    const { loss, dLogprobs } = parts.policyGradientLoss(logprobs, masks, advantages);
    compare(shaped, "shaped_rewards");
    compare(advantages, "rloo.advantages");
    compare([loss], "rloo.loss");
    return dLogprobs;
  });
  return Math.max(worst, gradientError(file, "rloo", gradientsOf(model)));
};

const dpo: Run = async (name, parts) => {
  const file = `${name}/dpo`;
  const { answers, masks, reference } = policyBatch(name);
  const rows = ["chosen", "rejected"].map((key) => [...learned(file, key)]);
  const model = await learnerOf(name, parts);
  let worst = 0;
  await model.accumulateOf(answers, (logprobs) => {
    const [S, referenceS] = [logprobs, reference].map((p) => parts.responseLogprobs(p, masks));
    const [chosen, rejected] = rows.map((some) => some.map((row) => S[row]));
    const [referenceChosen, referenceRejected] = rows.map((some) =>
      some.map((row) => referenceS[row]),
    );
    const pairs = { chosen, rejected, referenceChosen, referenceRejected };
    const found = parts.dpoLoss(pairs, { beta: learned(file, "beta")[0] });
    worst = Math.max(
      relativeError([found.loss], learned(file, "loss")),
      relativeError(found.logits, learned(file, "logits")),
    );
    const dSums = new Float64Array(masks.length);
    for (const [p, row] of rows[0].entries()) dSums[row] += found.dChosen[p];
    for (const [p, row] of rows[1].entries()) dSums[row] += found.dRejected[p];
    return responseLogprobsBackward(dSums, masks);
  });
  return Math.max(worst, gradientError(file, "grad", gradientsOf(model)));
};

/** By the golden that is compared with. */
export const RUNS: Readonly<Record<GoldenName, Run>> = {
  lm,
  packed,
  adamw,
  lora,
  rewards,
  policy,
  dpo,
};

/** Ten steps of AdamW, held against PyTorch's through Google's code (fixtures/learning/README.md). */
import { describe, expect, it } from "vitest";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { warmupCosine } from "../../../src/training/optimizer/schedule.ts";
import type { BatchSource } from "../../../src/training/run/batch.ts";
import { type StepReport, type TrainOptions, train } from "../../../src/training/run/trainer.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import type { TrainingSequence } from "../../../src/training/trains.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import {
  digestError,
  LEARNING_MODELS,
  learned,
  learnedNames,
  learnedShape,
  learner,
  relativeError,
  sequences,
  targetsIn,
} from "../../support/learning.ts";
import { listed } from "../../support/training.ts";

/** The batches of `adamw.npz`: every step has the same mask, and ids of its own. */
function batchesOf(file: string): TrainingSequence[][] {
  const [steps, B, T] = learnedShape(file, "ids");
  const [ids, mask] = [learned(file, "ids"), learned(file, "mask")];
  const at = (step: number) => ids.subarray(step * B * T, (step + 1) * B * T);
  return Array.from({ length: steps }, (_, step) => sequences(at(step), mask, B));
}

/** The run of `adamw.npz`. */
async function runOf(file: string, model: TrainableModel, options: Partial<TrainOptions> = {}) {
  const number = (name: string) => learned(file, name)[0];
  const [beta1, beta2] = learned(file, "betas");
  const optimizer = adamW({
    beta1,
    beta2,
    eps: number("eps"),
    weightDecay: number("weight_decay"),
  });
  const batches = batchesOf(file);
  const schedule = warmupCosine({
    steps: batches.length,
    warmup: number("warmup"),
    peak: number("peak"),
    floor: number("floor"),
  });
  const source: BatchSource = listed(batches);
  const all = { optimizer, schedule, maxNorm: number("max_norm"), ...options };
  const reports: StepReport[] = [];
  for await (const report of train(model, source, all)) reports.push(report);
  return { reports, optimizer, batches };
}

const column = (reports: readonly StepReport[], name: "loss" | "gradientNorm" | "lr") =>
  reports.map((report) => report[name]);

/** The largest error of a final weight, relative to its largest element, or of its digest. */
function finalError(file: string, model: TrainableModel): number {
  const names = learnedNames(file, "final.");
  const digests = names.length === 0 ? learned(file, "digest.final") : undefined;
  const errors = [...model.parameters.values()].map(({ name, data }, i) =>
    digests
      ? digestError(data, digests.subarray(2 * i, 2 * i + 2))
      : relativeError(data, learned(file, `final.${name}`)),
  );
  expect(errors.length).toBe(digests ? digests.length / 2 : names.length);
  return Math.max(...errors);
}

describe.each(LEARNING_MODELS)("ten steps of %s", (name) => {
  const file = `${name}/adamw`;

  it("are PyTorch's in float64: losses, norms, rates, weights, moments", async () => {
    const model = await learner(name);
    const { reports, optimizer, batches } = await runOf(file, model);
    expect(relativeError(column(reports, "loss"), learned(file, "loss"))).toBeLessThan(1e-12);
    const norms = column(reports, "gradientNorm");
    expect(relativeError(norms, learned(file, "grad_norm"))).toBeLessThan(1e-12);
    expect(relativeError(column(reports, "lr"), learned(file, "lr"))).toBeLessThan(1e-12);
    expect(finalError(file, model)).toBeLessThan(1e-10);
    const [first] = batches;
    const { loss } = await model.accumulate(first, { normalizer: targetsIn(first) });
    expect(relativeError([loss], learned(file, "final_loss"))).toBeLessThan(1e-12);
    if (name !== "micro") return;
    const names = [...model.parameters.keys()];
    for (const [kind, golden] of [
      ["m", "digest.exp_avg"],
      ["v", "digest.exp_avg_sq"],
    ]) {
      const digests = learned(file, golden);
      for (const [i, weight] of names.entries()) {
        const data = optimizer.state().get(`${kind}.${weight}`)?.data ?? [];
        expect(digestError(data, digests.subarray(2 * i, 2 * i + 2))).toBeLessThan(1e-10);
      }
    }
  });

  it.runIf(IS_LONG || name === "micro")(
    "are as near to them in float32 as Google's own float32",
    async () => {
      const model = await learner(name, { precision: "float32" });
      const { reports } = await runOf(file, model);
      const truth = learned(file, "loss");
      const theirs = Math.max(...learned(file, "f32.loss").map((x, i) => Math.abs(x - truth[i])));
      const ours = Math.max(...column(reports, "loss").map((x, i) => Math.abs(x - truth[i])));
      // Twice theirs, and the rounding of one loss in their float32.
      expect(ours).toBeLessThan(2 * theirs + 2 ** -24 * Math.max(...truth));
    },
  );
});

describe("a batch in parts", () => {
  it.each(["float32", "float64"] as const)("has the bits of one, %s", async (precision) => {
    const model = await learner("micro", { precision });
    const all = batchesOf("micro/adamw").slice(0, 2).flat();
    const normalizer = targetsIn(all);
    const gradients = async (size: number) => {
      model.zeroGradients();
      const losses: number[] = [];
      for (let i = 0; i < all.length; i += size) {
        const part = await model.accumulate(all.slice(i, i + size), { normalizer });
        losses.push(...part.losses);
      }
      return [losses, ...[...model.parameters.values()].map(({ gradient }) => [...gradient])];
    };
    const whole = await gradients(4);
    for (const size of [1, 2, 3]) expect(await gradients(size)).toEqual(whole);
  });

  it("has the z-loss in it", async () => {
    const file = "micro/lm";
    const all = sequences(learned(file, "ids"), learned(file, "mask"), 2, learned(file, "lengths"));
    const [zLoss] = learned(file, "zloss.coefficient");
    const options = { optimizer: adamW(), schedule: () => 0, steps: 1, zLoss };
    for await (const { loss } of train(await learner("micro"), listed([all]), options)) {
      expect(relativeError([loss], learned(file, "zloss.loss"))).toBeLessThan(1e-12);
    }
  });

  it("is not the mean of the means of its sequences", async () => {
    const file = "micro/lm";
    const model = await learner("micro");
    const all = sequences(learned(file, "ids"), learned(file, "mask"), 2, learned(file, "lengths"));
    const batches = listed([all]);
    const options = { optimizer: adamW(), schedule: () => 0, steps: 1 };
    for await (const { loss } of train(model, batches, options)) {
      expect(relativeError([loss], learned(file, "loss"))).toBeLessThan(1e-12);
    }
    const golden = learned(file, "digest.mean_of_means");
    const distance = () => {
      const errors = [...model.parameters.values()].map(({ gradient }, i) =>
        digestError(gradient, golden.subarray(2 * i, 2 * i + 2)),
      );
      return Math.max(...errors);
    };
    expect(distance()).toBeGreaterThan(0.1);
    // The wrong one, to see that it is what the golden says.
    model.zeroGradients();
    for (const one of all) await model.accumulate([one], { normalizer: 2 * targetsIn([one]) });
    expect(distance()).toBeLessThan(1e-12);
  });
});

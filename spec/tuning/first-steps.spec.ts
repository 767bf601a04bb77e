/** From text to update: the first steps of fine-tuning tiny-stories-it, as PyTorch took them in float64. */
import { expect, it } from "vitest";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { constant } from "../../src/training/optimizer/schedule.ts";
import { targetsOf } from "../../src/training/run/batch.ts";
import { applyGradients } from "../../src/training/run/step.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import { conversation } from "../../src/tuning/conversation.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { readJson } from "../support/goldens.ts";
import { storyteller, tales } from "../support/tales.ts";

interface FirstSteps {
  readonly sft: {
    readonly rows: readonly (readonly number[])[];
    readonly lr: number;
    readonly loss: readonly number[];
    readonly grad_norm: readonly number[];
  };
}

it("the first steps of fine-tuning are PyTorch's, from text to update", async () => {
  const { sft: golden } = readJson<FirstSteps>("learning/tales/first-steps.json");
  const rows = tales("sft-train");
  const { checkpoint, tokenizer } = await storyteller();
  const model = await TrainableModel.from(checkpoint, { precision: "float64" });
  const optimizer = adamW({ beta1: 0.9, beta2: 0.95, weightDecay: 0.01 });
  const schedule = constant(golden.lr);
  // Each takes a second, so npm test takes the first, and what the second loses after its update.
  const steps = IS_LONG ? golden.rows.length : 1;
  const batchOf = (step: number) =>
    golden.rows[step].map((row) => conversation(rows[row], tokenizer));
  for (let step = 0; step < steps; step++) {
    const batch = batchOf(step);
    model.zeroGradients();
    const { loss } = await model.accumulate(batch, { normalizer: targetsOf("spec", batch) });
    expect(Math.abs(loss - golden.loss[step])).toBeLessThan(1e-9);
    const lr = schedule(step);
    const parameters = model.parameters.values();
    const { gradientNorm } = applyGradients(parameters, { optimizer, lr, maxNorm: 1 });
    expect(Math.abs(gradientNorm - golden.grad_norm[step])).toBeLessThan(1e-9);
  }
  if (steps === golden.rows.length) return;
  const { loss } = await model.meanLoss(batchOf(steps));
  expect(Math.abs(loss - golden.loss[steps])).toBeLessThan(1e-9);
}, 60_000);

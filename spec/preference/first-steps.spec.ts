/** The first steps of a reward model and of DPO on the tales, from text to update, held against PyTorch's (first-steps.json). */
import { describe, expect, it } from "vitest";
import { dpoLoss } from "../../src/preference/losses/dpo.ts";
import {
  responseLogprobs,
  responseLogprobsBackward,
} from "../../src/preference/losses/response-logprobs.ts";
import { type PreferenceRow, preferencePair } from "../../src/preference/pairs/preference-pair.ts";
import { RewardModel } from "../../src/preference/reward/reward-model.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { applyGradients } from "../../src/training/run/step.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import type { Parameter } from "../../src/training/trains.ts";
import { conversation, type TuningMessage } from "../../src/tuning/conversation.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { checkpoint, readFixture, readJson } from "../support/goldens.ts";
import { halves } from "../support/preference.ts";

/** The bar: from text to update. */
const BAR = 1e-9;

interface FirstSteps {
  readonly rows: readonly number[][];
  readonly lr: number;
  readonly beta?: number;
  readonly loss: readonly number[];
  readonly grad_norm: readonly number[];
}

interface Pair {
  readonly prompt: readonly TuningMessage[];
  readonly chosen: readonly TuningMessage[];
  readonly rejected: readonly TuningMessage[];
}

const golden = readJson<Record<"reward" | "dpo", FirstSteps>>("learning/tales/first-steps.json");
const lines = new TextDecoder().decode(readFixture("learning/tales/pairs-train.jsonl")).split("\n");

const tokenizer = Tokenizer.fromBytes(readFixture("tiny-stories-it/tokenizer.model"));

/** The answers of a step, the chosen ones first. */
function answersOf(rows: readonly number[]) {
  const pairs = rows.map((row) => JSON.parse(lines[row]) as Pair);
  const example = (prompt: Pair["prompt"], completion: Pair["chosen"]) =>
    conversation({ prompt, completion }, tokenizer);
  return [
    ...pairs.map(({ prompt, chosen }) => example(prompt, chosen)),
    ...pairs.map(({ prompt, rejected }) => example(prompt, rejected)),
  ];
}

/** AdamW and the clipping of first-steps.json: after `accumulate`, the parameters take a step. */
async function steps(
  { rows, lr, loss, grad_norm }: FirstSteps,
  parameters: Iterable<Parameter>,
  accumulate: (answers: ReturnType<typeof answersOf>) => Promise<number>,
) {
  const optimizer = adamW({ beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.01 });
  const all = [...parameters];
  for (let step = 0; step < (IS_LONG ? rows.length : 1); step++) {
    for (const { gradient } of all) gradient?.fill(0);
    const found = await accumulate(answersOf(rows[step]));
    expect(Math.abs(found - loss[step])).toBeLessThan(BAR);
    const { gradientNorm } = applyGradients(all, { optimizer, lr, maxNorm: 1 });
    expect(Math.abs(gradientNorm / grad_norm[step] - 1)).toBeLessThan(BAR);
  }
}

const trainable = async () =>
  TrainableModel.from(await checkpoint("tiny-stories-it"), { precision: "float64" });

describe("first steps on the tales", () => {
  it("of a reward model", async () => {
    const from = await checkpoint("tiny-stories-it");
    const model = await RewardModel.from(from, { precision: "float64" });
    const { rows } = golden.reward;
    let step = 0;
    await steps(golden.reward, model.parameters.values(), async () => {
      const read = rows[step++].map((row) => JSON.parse(lines[row]) as PreferenceRow);
      const pairs = read.map((row) => preferencePair(row, tokenizer));
      const normalizer = model.normalizerOf(pairs);
      const { losses } = await model.accumulate(pairs, { normalizer });
      return losses.reduce((sum, one) => sum + one, 0);
    });
  });

  it.runIf(IS_LONG)("of DPO", async () => {
    const [model, reference] = [await trainable(), await trainable()];
    await steps(golden.dpo, model.parameters.values(), async (answers) => {
      const masks = answers.map(({ mask }) => mask);
      const [referenceChosen, referenceRejected] = halves(
        responseLogprobs(await reference.logprobs(answers), masks),
      );
      let loss = 0;
      await model.accumulateOf(answers, (logprobs) => {
        const [chosen, rejected] = halves(responseLogprobs(logprobs, masks));
        const pairs = { chosen, rejected, referenceChosen, referenceRejected };
        const found = dpoLoss(pairs, { beta: golden.dpo.beta });
        loss = found.loss;
        return responseLogprobsBackward([...found.dChosen, ...found.dRejected], masks);
      });
      return loss;
    });
  });
});

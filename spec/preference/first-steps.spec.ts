/** The first steps of a reward model and of DPO on the tales, from text to update, held against PyTorch's (first-steps.json). */
import { describe, expect, it } from "vitest";
import { DpoLearner } from "../../src/preference/dpo/dpo-learner.ts";
import { PairBatches } from "../../src/preference/dpo/pair-batches.ts";
import {
  type PreferencePair,
  type PreferenceRow,
  preferencePair,
} from "../../src/preference/pairs/preference-pair.ts";
import { RewardModel } from "../../src/preference/reward/reward-model.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { applyGradients } from "../../src/training/run/step.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import type { Trains } from "../../src/training/trains.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { checkpoint, readFixture, readJson } from "../support/goldens.ts";

/** The bar: from text to update. */
const BAR = 1e-9;

interface FirstSteps {
  readonly rows: readonly number[][];
  readonly lr: number;
  readonly beta?: number;
  readonly loss: readonly number[];
  readonly grad_norm: readonly number[];
}

const golden = readJson<Record<"reward" | "dpo", FirstSteps>>("learning/tales/first-steps.json");
const lines = new TextDecoder().decode(readFixture("learning/tales/pairs-train.jsonl")).split("\n");

const tokenizer = Tokenizer.fromBytes(readFixture("tiny-stories-it/tokenizer.model"));

const pairsOf = (rows: readonly number[]) =>
  rows.map((row) => preferencePair(JSON.parse(lines[row]) as PreferenceRow, tokenizer));

/** AdamW and the clipping of first-steps.json: the pairs of each step, added up by what learns from them, and an update. */
async function steps<Item>(
  { rows, lr, loss, grad_norm }: FirstSteps,
  model: Trains<Item>,
  itemsOf: (pairs: readonly PreferencePair[]) => readonly Item[] | Promise<readonly Item[]>,
) {
  const optimizer = adamW({ beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.01 });
  for (let step = 0; step < (IS_LONG ? rows.length : 1); step++) {
    model.zeroGradients();
    const items = await itemsOf(pairsOf(rows[step]));
    const { losses } = await model.accumulate(items, { normalizer: items.length });
    const found = losses.reduce((sum, one) => sum + one, 0);
    expect(Math.abs(found - loss[step])).toBeLessThan(BAR);
    const options = { optimizer, lr, maxNorm: 1 };
    const { gradientNorm } = applyGradients(model.parameters.values(), options);
    expect(Math.abs(gradientNorm / grad_norm[step] - 1)).toBeLessThan(BAR);
  }
}

describe("first steps on the tales", () => {
  it("of a reward model", async () => {
    const from = await checkpoint("tiny-stories-it");
    const model = await RewardModel.from(from, { precision: "float64" });
    await steps(golden.reward, model, (pairs) => pairs);
  });

  it.runIf(IS_LONG)("of DPO", async () => {
    const trainable = async () =>
      TrainableModel.from(await checkpoint("tiny-stories-it"), { precision: "float64" });
    const [model, reference] = [await trainable(), await trainable()];
    const { rows, beta } = golden.dpo;
    // What the loop takes pairs from, without its order.
    const all = rows.flatMap(pairsOf);
    const batches = new PairBatches(all, {
      ...{ valid: all, reference, batchSize: 2, seed: 0 },
    });
    const beside = await batches.valid();
    let at = 0;
    await steps(golden.dpo, new DpoLearner(model, { beta }), ({ length }) => {
      at += length;
      return beside.slice(at - length, at);
    });
  });
});

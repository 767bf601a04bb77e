/** A reward model of the tales, from the weights of SFT on: the recipe and the figures of fixtures/learning/README.md. */
import { describe, expect, it } from "vitest";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { fittingPairs } from "../../../src/preference/pairs/fitting-pairs.ts";
import type { PreferenceRow } from "../../../src/preference/pairs/preference-pair.ts";
import { rewardCalibration } from "../../../src/preference/reward/calibration.ts";
import { RewardModel } from "../../../src/preference/reward/reward-model.ts";
import { pairsLoss, trainReward } from "../../../src/preference/reward/train-reward.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import { sft } from "../../../src/tuning/sft.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { storyteller, tales } from "../../support/tales.ts";

type TalesPair = PreferenceRow & { readonly chosen_rule: number; readonly rejected_rule: number };

const { checkpoint, tokenizer } = await storyteller();
const { config } = checkpoint;
const matmuls = simdMatmuls();

const tuned = async () => {
  const model = await TrainableModel.from(checkpoint, { matmuls });
  const recipe = { tokenizer, steps: 150, batchSize: 16, warmup: 10, learningRate: 1e-3 };
  for await (const _ of sft(model, tales("sft-train"), recipe)) {
  }
  return model.tensors();
};

describe.runIf(IS_LONG)("a reward model of the tales", async () => {
  const tensors = IS_LONG ? await tuned() : new Map();

  it.each([0, 1, 2])(
    "orders answers as the rule does, from noisy labels (seed %i)",
    async (seed) => {
      const model = await RewardModel.from({ config, tensors }, { matmuls });
      const valid = tales<TalesPair>("pairs-valid");
      const options = { tokenizer, valid, epochs: 3, learningRate: 6e-4, seed };
      let [validLoss, validAccuracy] = [Number.NaN, Number.NaN];
      for await (const report of trainReward(model, tales<TalesPair>("pairs-train"), options)) {
        ({ validLoss = validLoss, validAccuracy = validAccuracy } = report);
      }
      const named = { op: "spec", argument: "valid" };
      const { pairs } = fittingPairs(config, valid, { tokenizer }, named);
      const { chosen, rejected } = await pairsLoss(model, pairs);
      const truth = {
        chosen: valid.map((row) => row.chosen_rule),
        rejected: valid.map((row) => row.rejected_rule),
      };
      const lengths = {
        chosen: pairs.map((pair) => pair.chosen.ids.length),
        rejected: pairs.map((pair) => pair.rejected.ids.length),
      };
      const found = rewardCalibration({ chosen, rejected }, { truth, sharpness: 2, lengths });
      // The bars of the recipe. PyTorch after two epochs at 3e-4: 0.430, 0.831 and 0.974; in another order of the pairs 0.794 and 0.957.
      // Here after three at 6e-4: loss 0.436, 0.380, 0.402; labels 0.825, 0.8125, 0.78125; order 0.974, 0.957, 0.991.
      expect(validLoss).toBeLessThanOrEqual(0.48);
      expect(validAccuracy).toBeGreaterThanOrEqual(0.78);
      expect(found.truth?.agreement).toBeGreaterThanOrEqual(0.95);
      // The labels' own entropy, and what the rule itself gets of them (fixtures/learning/README.md).
      expect(found.truth?.entropy).toBeCloseTo(0.347, 3);
      expect(found.truth?.accuracy).toBeCloseTo(0.816, 3);
      // The labels' sharpness is 2. PyTorch after two epochs at 3e-4: 0.9; here 1.3 to 1.6.
      expect(Math.abs((found.truth?.slope ?? 0) - 1.5)).toBeLessThan(0.6);
    },
  );
});

/** The calls of reward models that take options, as public-calls.ts lists those of the other rooms. */
import { rewardCalibration } from "../../src/preference/reward/calibration.ts";
import { openRewardModel, rewardModelFiles } from "../../src/preference/reward/files.ts";
import { rewardProbes } from "../../src/preference/reward/probes.ts";
import { RewardModel } from "../../src/preference/reward/reward-model.ts";
import { trainReward } from "../../src/preference/reward/train-reward.ts";
import { learningCheckpoint } from "./learning.ts";
import type { Call } from "./public-calls.ts";
import { storyteller } from "./tales.ts";
import { TRAINABLE_CALLS } from "./trainable-calls.ts";

const MODEL = "preference/reward/reward-model.spec.ts";
const TRAINED = "preference/reward/train-reward.spec.ts";
const CALIBRATION = "preference/reward/calibration.spec.ts";
const PROBES = "preference/reward/probes.spec.ts";
const FILES = "preference/reward/files.spec.ts";

const BEGINS = [
  MODEL,
  "begins with a head at 0, which alone then learns, or with one drawn",
] as const;
const LEARNT = [
  MODEL,
  "goes on with a head that was learnt, in the precision of the model",
] as const;
const STOPS = [MODEL, "refuses what is no pair, and stops when it is told to"] as const;
const GOLDEN = [MODEL, "has rewards, loss and gradients of PyTorch"] as const;
const MADE = TRAINABLE_CALLS["training/trainable.ts TrainableModel.from"].seen;
const TURNS = [TRAINED, "reads rows by the options of conversations"] as const;
const EACH = [TRAINED, "learns each pair once, by a cosine after a warm-up"] as const;
const GIVEN = [TRAINED, "has the optimiser, the schedule and the steps that it is given"] as const;
const KEPT = [TRAINED, "keeps the run when it is aborted within a step"] as const;
const OFTEN = [TRAINED, "saves as often as it is told to, and measures between"] as const;
const CLIPS = [TRAINED, "clips and centres where it is told to, and computes several"] as const;

let made: Promise<RewardModel> | undefined;
const model = () => {
  made ??= learningCheckpoint("micro").then((checkpoint) => RewardModel.from(checkpoint));
  return made;
};
const ANSWERS = [{ ids: [2, 3] }];

export const REWARD_CALLS: Readonly<Record<string, Call>> = {
  "preference/reward/reward-model.ts RewardModel.from": {
    call: async (options) => RewardModel.from(await learningCheckpoint("micro"), options),
    seen: { ...MADE, headSeed: BEGINS },
  },
  "preference/reward/reward-model.ts RewardModel.on": {
    call: async (options) => RewardModel.on((await model()).model, options),
    seen: { headSeed: BEGINS, tensors: LEARNT, signal: STOPS },
  },
  "preference/reward/reward-model.ts RewardModel.accumulate": {
    call: async (options) =>
      (await model()).accumulate([{ chosen: { ids: [2, 3] }, rejected: { ids: [2, 4] } }], {
        normalizer: 1,
        ...options,
      }),
    seen: { normalizer: GOLDEN, centring: GOLDEN, zLoss: STOPS, signal: STOPS },
  },
  "preference/reward/reward-model.ts RewardModel.rewards": {
    call: async (options) => (await model()).rewards(ANSWERS, options),
    seen: { signal: STOPS },
  },
  "preference/reward/reward-model.ts RewardModel.rewardOf": {
    call: async (options) => (await model()).rewardOf(options),
    seen: { shift: [MODEL, "judges for others, with rewards moved to a mean of 0"] },
  },
  "preference/reward/calibration.ts rewardCalibration": {
    call: (options) => rewardCalibration({ chosen: [1], rejected: [0] }, options),
    seen: {
      truth: [CALIBRATION, "is held against the truth"],
      sharpness: [CALIBRATION, "is held against the truth"],
      lengths: [CALIBRATION, "tells a judge of length"],
      alike: [CALIBRATION, "tells a judge of length"],
      bins: [CALIBRATION, "has bins by how sure it is"],
    },
  },
  "preference/reward/probes.ts rewardProbes": {
    call: async (options) =>
      rewardProbes(await model(), [{ ids: Int32Array.of(2, 3, 4, 5), promptLength: 2 }], options),
    seen: { signal: [PROBES, "is asked about what nobody wants"] },
  },
  "preference/reward/files.ts openRewardModel": {
    call: (options) => openRewardModel(new Uint8Array(0), options),
    seen: MADE,
  },
  "preference/reward/files.ts rewardModelFiles": {
    call: async (options) =>
      rewardModelFiles(await model(), await learningCheckpoint("micro"), options),
    seen: { type: [FILES, "comes back to the byte, with the same rewards"] },
  },
  "preference/reward/train-reward.ts trainReward": {
    call: async (options) => {
      const { tokenizer } = await storyteller();
      return trainReward(await model(), [], { tokenizer, ...options });
    },
    seen: {
      tokenizer: EACH,
      format: TURNS,
      allowTurnMarkers: TURNS,
      system: TURNS,
      bosTokenId: TURNS,
      eosTokenId: TURNS,
      vocabSize: TURNS,
      batchSize: EACH,
      learningRate: EACH,
      warmup: EACH,
      valid: EACH,
      epochs: EACH,
      validEvery: OFTEN,
      saveEvery: OFTEN,
      optimizer: GIVEN,
      schedule: GIVEN,
      seed: [TRAINED, "gives the same bits for the same seed, and others for another"],
      maxTokens: [TRAINED, "leaves out pairs that are too long"],
      steps: KEPT,
      signal: KEPT,
      resume: KEPT,
      save: KEPT,
      maxNorm: CLIPS,
      microBatch: CLIPS,
      centring: CLIPS,
    },
  },
};

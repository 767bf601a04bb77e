/** The calls of models that learn and of losses that take options, as public-calls.ts lists those of the other rooms. */
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { movingAverage } from "../../src/preference/losses/baselines.ts";
import { bradleyTerryLoss } from "../../src/preference/losses/bradley-terry.ts";
import {
  clippedPolicyGradientLoss,
  clippedTokenPolicyGradientLoss,
} from "../../src/preference/losses/clipped-ratio.ts";
import { dpoLoss } from "../../src/preference/losses/dpo.ts";
import { lastRows, rewardHeadBackward } from "../../src/preference/losses/reward-head.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import { learningCheckpoint } from "./learning.ts";
import type { Call } from "./public-calls.ts";

const SPEC = "training/trainable.spec.ts";
const GRADIENTS = "training/gradients.spec.ts";
const STOPS = [SPEC, "to go on when it is aborted, between two sequences"] as const;
const SHARED = "tuning/lora/shared.spec.ts";
const BY_HAND = "preference/losses/by-hand.spec.ts";
const CLIPPED = "preference/losses/clipped-ratio.spec.ts";

const MADE = {
  precision: [GRADIENTS, "are no further from that in float32 than twice Google's own"],
  matmuls: [SPEC, "takes the matmuls of others, in float32"],
  recompute: [GRADIENTS, "and where blocks are computed again"],
  embedScale: [SPEC, "scales embeddings as it is told"],
  trains: [SPEC, "learns with the weights that are chosen, and no other"],
  adapt: [GRADIENTS, "have the two halves of the table's apart"],
  signal: STOPS,
} as const;

let made: Promise<TrainableModel> | undefined;
const model = () => {
  made ??= learningCheckpoint("micro").then((checkpoint) => TrainableModel.from(checkpoint));
  return made;
};
const frozen = async () =>
  TrainableModel.from(await learningCheckpoint("micro"), { trains: () => false });
const BATCH = [{ ids: [2, 3], mask: [0, 1] }];

export const TRAINABLE_CALLS: Readonly<Record<string, Call>> = {
  "training/trainable.ts TrainableModel.from": {
    call: async (options) => TrainableModel.from(await learningCheckpoint("micro"), options),
    seen: MADE,
  },
  "training/trainable.ts TrainableModel.random": {
    call: async (options) =>
      TrainableModel.random((await learningCheckpoint("micro")).config, { seed: 1, ...options }),
    seen: {
      ...MADE,
      seed: [SPEC, "begins from scratch by seed, with gains of 1"],
      std: [SPEC, "begins from scratch by seed, with gains of 1"],
    },
  },
  "training/trainable.ts TrainableModel.sharing": {
    call: async (options) => (await frozen()).sharing(options),
    seen: {
      adapt: [SHARED, "take one copy of the weights for four models"],
      matmuls: [SHARED, "has matmuls and recompute of its own"],
      recompute: [SHARED, "has matmuls and recompute of its own"],
    },
  },
  "training/trainable.ts TrainableModel.accumulate": {
    call: async (options) => (await model()).accumulate(BATCH, { normalizer: 1, ...options }),
    seen: {
      normalizer: [GRADIENTS, "are not the mean of the means of sequences"],
      zLoss: [GRADIENTS, "are Google's with the z-loss"],
      signal: STOPS,
    },
  },
  "training/trainable.ts TrainableModel.meanLoss": {
    call: async (options) => (await model()).meanLoss(BATCH, options),
    seen: { signal: STOPS },
  },
  "training/trainable.ts TrainableModel.logprobs": {
    call: async (options) => (await model()).logprobs(BATCH, options),
    seen: { signal: STOPS },
  },
  "training/trainable.ts TrainableModel.accumulateOf": {
    call: async (options) => (await model()).accumulateOf(BATCH, (all) => all, options),
    seen: { logprobs: [SPEC, "of log-probs that are known already"], signal: STOPS },
  },
  "training/trainable.ts TrainableModel.finals": {
    call: async (options) => (await model()).finals(BATCH, options),
    seen: { signal: STOPS },
  },
  "training/trainable.ts TrainableModel.accumulateOfFinals": {
    call: async (options) => (await model()).accumulateOfFinals(BATCH, (all) => all, options),
    seen: { signal: STOPS, keeps: [SPEC, "keeps what it computed, if it is told to"] },
  },
  "backend/wasm/matmuls/simd-matmuls.ts simdMatmuls": {
    call: (options) => simdMatmuls(options),
    seen: {
      simd: ["backend/wasm/matmuls.spec.ts", "are as close to the truth as their sums allow"],
    },
  },
  "preference/losses/baselines.ts movingAverage": {
    call: (options) => movingAverage(undefined, [1], options),
    seen: { decay: [BY_HAND, "move with the batches"] },
  },
  "preference/losses/bradley-terry.ts bradleyTerryLoss": {
    call: (options) => bradleyTerryLoss([1], [0], options),
    seen: {
      margins: [BY_HAND, "asks for a margin, and pulls the sum to 0"],
      centring: [BY_HAND, "asks for a margin, and pulls the sum to 0"],
      certainty: [BY_HAND, "counts a tie as half a pair in either order"],
    },
  },
  "preference/losses/clipped-ratio.ts clippedPolicyGradientLoss": {
    call: (options) => clippedPolicyGradientLoss([[-1]], [[-1]], [[1]], [1], options),
    seen: { clip: [CLIPPED, "stops at the bound that is asked for"] },
  },
  "preference/losses/clipped-ratio.ts clippedTokenPolicyGradientLoss": {
    call: (options) => clippedTokenPolicyGradientLoss([[-1]], [[-1]], [[1]], [[1]], options),
    seen: { clip: [CLIPPED, "stops at the bound that is asked for"] },
  },
  "preference/losses/dpo.ts dpoLoss": {
    call: (options) =>
      dpoLoss(
        { chosen: [-1], rejected: [-2], referenceChosen: [-1], referenceRejected: [-2] },
        options,
      ),
    seen: {
      beta: [BY_HAND, "of log-ratios 2 and -1 has logits 0.3"],
      labelSmoothing: [BY_HAND, "with smoothing wants no more than some certainty"],
    },
  },
  "preference/losses/reward-head.ts lastRows": {
    call: (options) => lastRows([1], options),
    seen: { padded: [BY_HAND, "reads the last token, found by length"] },
  },
  "preference/losses/reward-head.ts rewardHeadBackward": {
    call: (options) => {
      const one = () => tensor(Float64Array.of(1), [1, 1]);
      return rewardHeadBackward([1], one(), one(), [0], options);
    },
    seen: {
      precision: ["preference/losses/gradients.spec.ts", "the reward head"],
      dh: [BY_HAND, "leaves nothing of a given dh in the other rows"],
      dScore: [BY_HAND, "adds where two rewards are read off one row"],
    },
  },
};

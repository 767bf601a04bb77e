/** What a bug of training can be put into: every part is ours, and a bug replaces one. */
import type { CpuOptions } from "../../../src/backend/cpu/cpu.ts";
import { leaveOneOutAdvantages } from "../../../src/preference/losses/baselines.ts";
import { dpoLoss } from "../../../src/preference/losses/dpo.ts";
import { policyGradientLoss } from "../../../src/preference/losses/policy-gradient.ts";
import { responseLogprobs } from "../../../src/preference/losses/response-logprobs.ts";
import { lastRows } from "../../../src/preference/losses/reward-head.ts";
import { shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { packSequences } from "../../../src/training/data/tokens/packing.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { clipByGlobalNorm } from "../../../src/training/optimizer/clip.ts";
import { warmupCosine } from "../../../src/training/optimizer/schedule.ts";
import { targetsOf } from "../../../src/training/run/batch.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import type { TrainingSequence } from "../../../src/training/trains.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import type { LearningModel } from "../../support/learning.ts";

type Sequences = readonly TrainingSequence[];

export interface Parts {
  /** Components of the CPU backend, forward and back. */
  readonly components: NonNullable<CpuOptions["components"]>;
  /** Adds the gradients of a batch, and gives its loss. */
  readonly accumulate: (model: TrainableModel, batch: Sequences) => Promise<number>;
  /** The sequences that pass through the model, from those that are to share a row. */
  readonly pack: (sequences: Sequences) => Sequences;
  readonly adamW: typeof adamW;
  readonly clip: typeof clipByGlobalNorm;
  readonly schedule: typeof warmupCosine;
  /** The settings of an adapter, besides r and alpha. */
  readonly lora: { readonly rsLora?: boolean };
  readonly loraModel: typeof loraModel;
  /** What the reward head is put on, [T, D] of each sequence. */
  readonly hidden: (model: TrainableModel, sequences: Sequences) => Promise<readonly NdArray[]>;
  readonly lastRows: typeof lastRows;
  /** Which tokens are the answer, from the masks of policy.npz. */
  readonly masks: (masks: readonly ArrayLike<number>[]) => readonly ArrayLike<number>[];
  readonly responseLogprobs: typeof responseLogprobs;
  readonly shapedRewards: typeof shapedRewards;
  /** A of each answer, from R; beside it what r was. */
  readonly advantages: (
    shaped: Float64Array,
    group: Float64Array,
    rewards: Float64Array,
  ) => Float64Array;
  readonly policyGradientLoss: typeof policyGradientLoss;
  readonly dpoLoss: typeof dpoLoss;
}

/** Ids of a row of lm.npz's `packed`: room for both sequences. */
const ROW = 24;

/** Without a bug. */
export const PARTS: Parts = {
  components: {},
  accumulate: async (model, batch) =>
    (await model.accumulate(batch, { normalizer: targetsOf("accumulate", batch) })).loss,
  pack: (sequences) => packSequences(sequences, { length: ROW }).flat(),
  adamW,
  clip: clipByGlobalNorm,
  schedule: warmupCosine,
  lora: {},
  loraModel,
  hidden: (model, sequences) => model.finals(sequences),
  lastRows,
  masks: (masks) => masks,
  responseLogprobs,
  shapedRewards,
  advantages: leaveOneOutAdvantages,
  policyGradientLoss,
  dpoLoss,
};

/** The golden files by what is compared. */
export type GoldenName = "lm" | "packed" | "adamw" | "lora" | "rewards" | "policy" | "dpo";

/** A mistake that people make when they write training. */
export interface Bug {
  /** As the table of fixtures/learning/README.md calls it. */
  readonly name: string;
  /** The golden that sees it. */
  readonly golden: GoldenName;
  /** How far that golden is missed with `micro`, relative to its largest number. */
  readonly missed: number;
  /** Models that cannot show it, with as many key-value heads as query heads, or one. */
  readonly hiddenFrom?: readonly LearningModel[];
  /** The part that is replaced. */
  readonly parts: Partial<Parts>;
}

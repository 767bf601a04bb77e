/** The calls of `gemma-reference/training` that take options, as public-calls.ts lists those of the other rooms. */
import { withTrainingFolder } from "../../src/node/training/training-folder.ts";
import { adafactor } from "../../src/training/optimizer/adafactor.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { constant, linear, warmupCosine } from "../../src/training/optimizer/schedule.ts";
import { trainingPage } from "../../src/training/report/page.ts";
import { shuffledBatches } from "../../src/training/run/shuffled-batches.ts";
import { applyGradients } from "../../src/training/run/step.ts";
import { train } from "../../src/training/run/trainer.ts";
import { TrainingRun } from "../../src/training/run/training-run.ts";
import type { Call } from "./public-calls.ts";
import { Bigrams, randomSequences } from "./training.ts";

const ADAMW = "training/optimizer/adamw.spec.ts";
const ADAFACTOR = "training/optimizer/adafactor.spec.ts";
const SCHEDULE = "training/optimizer/schedule.spec.ts";
const SHUFFLED = "training/run/shuffled-batches.spec.ts";
const TRAINER = "training/run/trainer.spec.ts";
const STATE = "training/run/run-state.spec.ts";
const GOLDENS = "training/run/goldens.spec.ts";

const PAGE = "training/report/page.spec.ts";
const FOLDER = "node/training/training-folder.spec.ts";

const LIKE_PYTORCH = "follows PyTorch for four steps";
const BARE = "by hand: a matrix that is not of rank one";
const WARMUP = {
  steps: [SCHEDULE, "down to nothing"],
  warmup: [SCHEDULE, "down to nothing"],
  peak: [SCHEDULE, "down to nothing"],
  floor: [SCHEDULE, "is the goldens', the step behind the last included"],
} as const;
const RUN = {
  optimizer: [STATE, "and with Adafactor"],
  schedule: [TRAINER, "reports each step, and learns"],
  maxNorm: [GOLDENS, "are PyTorch's in float64"],
  zLoss: [GOLDENS, "has the z-loss in it"],
  microBatch: [TRAINER, "gives the same bits in micro-batches of any size"],
} as const;

const batches = () => shuffledBatches(randomSequences(2, 3));

export const TRAINING_CALLS: Readonly<Record<string, Call>> = {
  "training/optimizer/adamw.ts adamW": {
    call: (options) => adamW(options),
    seen: {
      beta1: [ADAMW, LIKE_PYTORCH],
      beta2: [ADAMW, LIKE_PYTORCH],
      eps: [ADAMW, LIKE_PYTORCH],
      weightDecay: [ADAMW, LIKE_PYTORCH],
      decays: [ADAMW, "decays matrices and not vectors, unless told otherwise"],
    },
  },
  "training/optimizer/adafactor.ts adafactor": {
    call: (options) => adafactor(options),
    seen: {
      minSide: [ADAFACTOR, "factors from the shorter side on, 128 unless told otherwise"],
      decayRate: [ADAFACTOR, "another rate of forgetting, another ε"],
      eps: [ADAFACTOR, "another rate of forgetting, another ε"],
      clipping: [ADAFACTOR, "clips an update to a root mean square"],
      relative: [ADAFACTOR, BARE],
      weightDecay: [ADAFACTOR, "decays as optax does, not scaled by lr"],
      decays: [ADAFACTOR, "decays as optax does, not scaled by lr"],
    },
  },
  "training/optimizer/schedule.ts constant": {
    call: (options) => constant(1, options),
    seen: { warmup: [SCHEDULE, "by hand"] },
  },
  "training/optimizer/schedule.ts linear": { call: (options) => linear(options), seen: WARMUP },
  "training/optimizer/schedule.ts warmupCosine": {
    call: (options) => warmupCosine(options),
    seen: WARMUP,
  },
  "training/run/shuffled-batches.ts shuffledBatches": {
    call: (options) => shuffledBatches(randomSequences(2, 3), options),
    seen: {
      batchSize: [SHUFFLED, "has each sequence once an epoch"],
      seed: [SHUFFLED, "follows from the seed"],
      epochs: [SHUFFLED, "ends after its epochs, with what is left"],
    },
  },
  "training/run/step.ts applyGradients": {
    call: (options) => applyGradients([], options),
    seen: {
      optimizer: RUN.optimizer,
      lr: RUN.schedule,
      maxNorm: RUN.maxNorm,
    },
  },
  "training/run/trainer.ts train": {
    call: (options) => train(new Bigrams(3), batches(), options),
    seen: {
      ...RUN,
      steps: [TRAINER, "ends with the batches, where no step is the last"],
      signal: [STATE, "goes on to the same bits from each moment"],
      save: [TRAINER, "saves every few steps, in the end, and when the loop is left"],
      saveEvery: [TRAINER, "saves every few steps, in the end, and when the loop is left"],
      resume: [STATE, "goes on to the same bits from each moment"],
    },
  },
  "training/run/training-run.ts TrainingRun.constructor": {
    call: (options) => new TrainingRun(new Bigrams(3), batches(), options),
    seen: RUN,
  },
  "training/report/page.ts trainingPage": {
    call: (options) => trainingPage([], options),
    seen: {
      title: [PAGE, "is one file that loads nothing, and XML"],
      settings: [PAGE, "is one file that loads nothing, and XML"],
      view: [PAGE, "shows other curves than the loss"],
    },
  },
  "node/training/training-folder.ts withTrainingFolder": {
    call: (options) => withTrainingFolder("/nowhere/run", options, async () => {}),
    seen: {
      settings: [FOLDER, "refuses a run that is not to go on, and one that began otherwise"],
      resume: [FOLDER, "saves a run, logs its steps, and hands both to the one that goes on"],
      signal: [FOLDER, "waits for a process that has it, until its signal is aborted"],
    },
  },
};

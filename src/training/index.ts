/**
 * Learning: a model whose weights change, optimisers, schedules, and a run that may be stopped at any time.
 *
 *     import { adamW, TrainableModel, train, warmupCosine } from "gemma-reference/training";
 *
 * Data to learn from: `gemma-reference/training/data`. Conversations and adapters: `gemma-reference/tuning`.
 * @module
 */
export { type AdafactorOptions, adafactor } from "./optimizer/adafactor.ts";
export { type AdamWOptions, adamW } from "./optimizer/adamw.ts";
export { clipByGlobalNorm, globalNorm } from "./optimizer/clip.ts";
export { type Chooses, isMatrix, type Optimizer } from "./optimizer/optimizer.ts";
export {
  type ConstantOptions,
  constant,
  linear,
  type Schedule,
  type WarmupOptions,
  warmupCosine,
} from "./optimizer/schedule.ts";
export type { TrainedParameter } from "./parameters.ts";
export { type PageStep, type TrainingPageOptions, trainingPage } from "./report/page.ts";
export type { CurveView, Figure, RunView } from "./report/view.ts";
export { type BatchSource, targetsOf } from "./run/batch.ts";
export { resumeRun, saveRun } from "./run/run-state.ts";
export { type ShuffledBatchesOptions, shuffledBatches } from "./run/shuffled-batches.ts";
export { type Applied, type ApplyOptions, applyGradients } from "./run/step.ts";
export { type StepReport, type TrainOptions, train } from "./run/trainer.ts";
export {
  type RunOptions,
  type StepAtWork,
  type StepDone,
  TrainingRun,
} from "./run/training-run.ts";
export type { ValidatedReport } from "./run/validation.ts";
export type { OutType } from "./source-of.ts";
export {
  type BatchLoss,
  type FinalsOptions,
  type LossOptions,
  type RandomOptions,
  type SharingOptions,
  TrainableModel,
  type TrainableOptions,
} from "./trainable.ts";
export type { Figures, LossScale, Parameter, TrainingSequence, Trains } from "./trains.ts";

/**
 * Direct preference optimisation: a tuned model learns which of two answers is preferred, without a reward model and without
 * sampling (losses/dpo.ts has the formula). The loop is that of pretraining (training/run/trainer.ts).
 *
 *     const model = await TrainableModel.from(tuned);
 *     for await (const { step, loss, figures } of dpo(model, rows, { tokenizer, learningRate: 1e-6 })) {
 *       console.log(step, loss, figures.accuracy, figures.chosenChange, figures.rejectedChange);
 *     }
 *
 * Look at both changes: only the margin counts in the loss, and often it grows while *both* answers become less probable, in favour
 * of others that nobody has judged. `figures.drift` says how far that has gone.
 *
 * **The reference** is the model as it is when the run begins, so it takes no second copy of the weights: its
 * log-probabilities of all pairs are computed before the first step, a third of an epoch's work, and are kept with the run.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { BATCH_SIZE } from "../../training/run/batch.ts";
import { type StepReport, type TrainOptions, train } from "../../training/run/trainer.ts";
import { measuredEvery, type ValidatedReport } from "../../training/run/validation.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import { tuningOptimizer, tuningSchedule } from "../../tuning/recipe.ts";
import type { DpoLossOptions } from "../losses/dpo.ts";
import { fittingPairs } from "../pairs/fitting-pairs.ts";
import { PAIR_NAMES, type PairOptions, type PreferenceRow } from "../pairs/preference-pair.ts";
import type { ScoresTokens } from "../rollout/reference.ts";
import { type DpoFigures, DpoLearner } from "./dpo-learner.ts";
import { PairBatches } from "./pair-batches.ts";

/** Options of {@link dpo}. */
export interface DpoOptions
  extends PairOptions,
    DpoLossOptions,
    Partial<Omit<TrainOptions, "zLoss">> {
  /** Of the model: `gemma.tokenizer`. */
  readonly tokenizer: Tokenizer;
  /** Pairs a step, 2²⁰ at most; the last step of an epoch may have fewer. Default 16. */
  readonly batchSize?: number;
  /** How often each pair is learnt: ⌈pairs/batchSize⌉ steps each time. Default 1; `steps`, if given, decides instead. */
  readonly epochs?: number;
  /** Of the order of the pairs. Default 0. */
  readonly seed?: number;
  /** The peak of the schedule. Default 1e-6, as in TRL; adapters and small models bear, and need, much more. */
  readonly learningRate?: number;
  /** Steps in which the rate rises to its peak. Default: a tenth of all, 10 at most. */
  readonly warmup?: number;
  /** Pairs that are not learnt, of which loss and figures are reported. */
  readonly valid?: readonly PreferenceRow[];
  /** Steps from one report of them to the next. Default: after the last step only. */
  readonly validEvery?: number;
  /** Most tokens of an answer with its prompt; pairs of which one is longer are left out. Default: the positions of the model. */
  readonly maxTokens?: number;
  /**
   * What the policy is held to, a model of the same vocabulary. Default: the model as it is when the run begins. A run that goes on
   * keeps what it began with.
   */
  readonly reference?: ScoresTokens;
}

const NAMES: OptionNames<DpoOptions> = {
  ...PAIR_NAMES,
  beta: true,
  labelSmoothing: true,
  tokenizer: true,
  batchSize: true,
  epochs: true,
  seed: true,
  learningRate: true,
  warmup: true,
  valid: true,
  validEvery: true,
  maxTokens: true,
  reference: true,
  optimizer: true,
  schedule: "function",
  maxNorm: true,
  microBatch: true,
  steps: true,
  signal: true,
  save: "function",
  saveEvery: true,
  resume: true,
};

/** What a step of {@link dpo} reports. `loss` is the mean over its pairs, ln 2 at the beginning; `targets` is how many they are. */
export interface DpoReport extends ValidatedReport {
  /** Of the pairs of the step, before its update. */
  readonly figures: DpoFigures;
  /** Of the pairs that are not learnt, after the step, where they were measured. */
  readonly validFigures?: DpoFigures;
  /** Pairs that were left out, because an answer is longer than `maxTokens`; those of `valid` included. */
  readonly leftOut: number;
}

const OP = "dpo";

/**
 * Teaches `model` preferences: its weights change in place. Default: β 0.1, AdamW (β 0.9 and 0.95, decay 0.01 of matrices, not of
 * factors), gradients clipped to norm 1, a cosine down to a tenth of the peak.
 * @param model that was tuned to answer; all its weights learn, or low-rank factors.
 * @param rows see {@link PreferenceRow}: `prompt`, `chosen` and `rejected`. Margins and certainties are for reward models, and are
 * not looked at here.
 * @throws {ArgumentError} at once if an option is out of range, or a row is no preference; it says which row.
 */
export function dpo(
  model: TrainableModel,
  rows: readonly PreferenceRow[],
  options: DpoOptions,
): AsyncGenerator<DpoReport, void, undefined> {
  assertOptions(OP, options, NAMES);
  const refuse = refusals(OP);
  const { beta = 0.1, labelSmoothing, reference = model, validEvery, valid = [] } = options;
  if (typeof model?.accumulateOf !== "function") {
    const hint = "TrainableModel.from(checkpoint), or loraModel(checkpoint).model";
    throw refuse.argument("model", "a model that learns", brief(model), hint);
  }
  assertFinite(OP, "beta", beta);
  if (!(beta > 0)) {
    const hint = "at 0 nothing is learnt: the loss is ln 2 whatever the model says";
    throw refuse.argument("beta", "a number above 0", beta, hint);
  }
  if (typeof reference?.logprobs !== "function") {
    const hint = "a TrainableModel is one, and by default it is the model itself, as it begins";
    throw refuse.argument("reference", "a model with logprobs", brief(reference), hint);
  }
  if (validEvery !== undefined) assertInteger(OP, "validEvery", validEvery, POSITIVE);
  const learner = new DpoLearner(model, { beta, labelSmoothing });
  const learnt = fittingPairs(model.config, rows, options, { op: OP, argument: "rows" });
  const measured = isEmpty(valid)
    ? { pairs: [], leftOut: 0 }
    : fittingPairs(model.config, valid, options, { op: OP, argument: "valid" });
  const { batchSize = 16, seed = 0 } = options;
  assertInteger(OP, "batchSize", batchSize, BATCH_SIZE);
  const pairs = new PairBatches(learnt.pairs, {
    ...{ valid: measured.pairs, reference, batchSize, seed },
  });
  const leftOut = learnt.leftOut + measured.leftOut;
  const stepsAnEpoch = Math.ceil(learnt.pairs.length / batchSize);
  const run = steps(learner, pairs, stepsAnEpoch, options);
  const { signal } = options;
  const withValid =
    measured.pairs.length === 0
      ? run
      : measuredEvery(run, validEvery, async () => {
          const found = await learner.measure(await pairs.valid(signal), { signal });
          return { validLoss: found.loss, validFigures: found.figures };
        });
  return reports(withValid, leftOut);
}

const isEmpty = (rows: unknown) => Array.isArray(rows) && rows.length === 0;

/** The steps, once the reference has seen all pairs. */
async function* steps(
  learner: DpoLearner,
  batches: PairBatches,
  stepsAnEpoch: number,
  options: DpoOptions,
): AsyncGenerator<StepReport, void, undefined> {
  const { epochs = 1, learningRate = 1e-6, maxNorm = 1, microBatch } = options;
  const { signal, save, saveEvery, resume } = options;
  assertInteger(OP, "epochs", epochs, POSITIVE);
  const { steps = epochs * stepsAnEpoch } = options;
  const { optimizer = tuningOptimizer() } = options;
  const { schedule = tuningSchedule(steps, learningRate, options.warmup) } = options;
  const run = train(learner, batches, {
    ...{ optimizer, schedule, maxNorm, microBatch, steps },
    ...{ signal, save, saveEvery, resume },
  });
  // Before the clock of the first step runs. A run that goes on has it with it.
  if (!resume) await batches.refer(signal);
  yield* run;
}

async function* reports(
  run: AsyncIterable<StepReport>,
  leftOut: number,
): AsyncGenerator<DpoReport, void, undefined> {
  for await (const report of run) yield { ...(report as DpoReport), leftOut };
}

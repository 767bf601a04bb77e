/**
 * Training of a reward model on preferences, by the loop of all training (training/run/trainer.ts):
 *
 *     const model = await RewardModel.from(checkpoint);      // the weights of the tuned model, and a head at 0
 *     for await (const { step, loss, figures } of trainReward(model, rows, { tokenizer })) console.log(step, loss, figures);
 *
 * The loss is the mean over the pairs of a batch of −log σ(r_c − r_r − m), losses/bradley-terry.ts. Labels of people disagree: where
 * each is right with probability p, the best loss is the mean of −p log p − (1 − p) log(1 − p), and the best accuracy that of max(p, 1 − p).
 * So more epochs learn the labels by heart; one or two are usual.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { isObject, type JsonValue } from "../../source/json.ts";
import { adamW } from "../../training/optimizer/adamw.ts";
import { isMatrix } from "../../training/optimizer/optimizer.ts";
import { warmupCosine } from "../../training/optimizer/schedule.ts";
import { BATCH_SIZE, type BatchSource } from "../../training/run/batch.ts";
import { shuffledBatches } from "../../training/run/shuffled-batches.ts";
import { type StepReport, type TrainOptions, train } from "../../training/run/trainer.ts";
import type { Trains } from "../../training/trains.ts";
import { bradleyTerryLoss, preferenceAccuracy } from "../losses/bradley-terry.ts";
import { type FittingPairsOptions, fittingPairs } from "../pairs/fitting-pairs.ts";
import { PAIR_NAMES, type PreferenceRow } from "../pairs/preference-pair.ts";
import { RewardModel, type RewardPair } from "./reward-model.ts";

/** Options of {@link trainReward}. */
export interface TrainRewardOptions
  extends FittingPairsOptions,
    Omit<Partial<TrainOptions>, "zLoss"> {
  /** Pairs a step, 2²⁰ at most; the last step of an epoch may have fewer. Default 16. */
  readonly batchSize?: number;
  /** How often each pair is learnt: ⌈pairs/batchSize⌉ steps each time. Default 1; `steps`, if given, decides instead. */
  readonly epochs?: number;
  /** Of the order of the pairs. Default 0. */
  readonly seed?: number;
  /** The peak of the schedule. Default 1e-5 (Ouyang et al. had 9e-6); adapters need ten times as much, tiny models thirty. */
  readonly learningRate?: number;
  /** Steps in which the rate rises to its peak. Default: a tenth of all, 10 at most. */
  readonly warmup?: number;
  /** c of c · mean((r_c + r_r)²), which keeps rewards around 0; 0.01 is usual. Default 0. */
  readonly centring?: number;
  /** Pairs that are not learnt, of which loss and accuracy are reported. */
  readonly valid?: readonly PreferenceRow[];
  /** Steps from one report of these to the next. Default: after the last step only. */
  readonly validEvery?: number;
}

const NAMES: OptionNames<TrainRewardOptions> = {
  ...PAIR_NAMES,
  tokenizer: true,
  maxTokens: true,
  batchSize: true,
  epochs: true,
  seed: true,
  learningRate: true,
  warmup: true,
  centring: true,
  valid: true,
  validEvery: true,
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

/** What a step of {@link trainReward} reports; `targets` are its pairs, and `figures` as `RewardModel.accumulate` has them. */
export interface RewardReport extends StepReport {
  /** Mean of −log σ(r_c − r_r − m) over the pairs that are not learnt, after the step, where it was measured. */
  readonly validLoss?: number;
  /** The share of them of which the chosen answer has the higher reward; ties half. */
  readonly validAccuracy?: number;
  /** Pairs that were left out, because an answer is longer than `maxTokens`. */
  readonly leftOut: number;
}

const OP = "trainReward";

/**
 * Trains a reward model: its weights change in place. Default: AdamW (β 0.9 and 0.95, decay 0.01 of matrices, the head
 * among them, not of factors), gradients clipped to norm 1, a cosine down to a tenth of the peak.
 * @param rows see {@link PreferenceRow}.
 * @throws {ArgumentError} at once if an option is out of range, or a row is no preference; it says which row.
 */
export function trainReward(
  model: RewardModel,
  rows: readonly PreferenceRow[],
  options: TrainRewardOptions,
): AsyncGenerator<RewardReport, void, undefined> {
  assertOptions(OP, options, NAMES);
  if (!(model instanceof RewardModel)) {
    const hint = "RewardModel.from(checkpoint), or RewardModel.on(a model that learns)";
    throw refusals(OP).argument("model", "a RewardModel", brief(model), hint);
  }
  const { valid = [], validEvery, centring = 0 } = options;
  if (validEvery !== undefined) assertInteger(OP, "validEvery", validEvery, POSITIVE);
  assertFinite(OP, "centring", centring);
  const { config } = model;
  const { pairs, leftOut } = fittingPairs(config, rows, options, { op: OP, argument: "rows" });
  const all = { ...options, maxTokens: undefined };
  const named = { op: OP, argument: "valid" };
  const measured = valid.length === 0 ? [] : fittingPairs(config, valid, all, named).pairs;
  return loop(model, pairs, measured, leftOut, options);
}

/**
 * Loss and accuracy of pairs, without gradients.
 * @param pairs at least one.
 */
export async function pairsLoss(
  model: RewardModel,
  pairs: readonly RewardPair[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<{
  readonly loss: number;
  readonly accuracy: number;
  /** Rewards of the better answers, [P]. */
  readonly chosen: Float64Array;
  /** Rewards of the others, [P]. */
  readonly rejected: Float64Array;
}> {
  const rewards = (which: "chosen" | "rejected") => {
    const answers = pairs.map((pair) => pair[which]);
    return model.rewards(answers, options);
  };
  const [chosen, rejected] = [await rewards("chosen"), await rewards("rejected")];
  const { loss } = bradleyTerryLoss(chosen, rejected, {
    margins: pairs.map(({ margin = 0 }) => margin),
    certainty: pairs.map(({ certainty = 1 }) => certainty),
  });
  return { loss, accuracy: preferenceAccuracy(chosen, rejected), chosen, rejected };
}

async function* loop(
  model: RewardModel,
  pairs: readonly RewardPair[],
  valid: readonly RewardPair[],
  leftOut: number,
  options: TrainRewardOptions,
): AsyncGenerator<RewardReport, void, undefined> {
  const { batchSize = 16, epochs = 1, seed = 0, learningRate = 1e-5, validEvery } = options;
  const { microBatch, signal, save, saveEvery, resume, maxNorm = 1, centring = 0 } = options;
  assertInteger(OP, "batchSize", batchSize, BATCH_SIZE);
  assertInteger(OP, "epochs", epochs, POSITIVE);
  const { steps = epochs * Math.ceil(pairs.length / batchSize) } = options;
  const { warmup = Math.min(10, Math.floor(steps / 10)) } = options;
  const {
    optimizer = adamW({
      beta1: 0.9,
      beta2: 0.95,
      weightDecay: 0.01,
      decays: (name, shape) => isMatrix(name, shape) && !/\.lora_[AB]\.weight$/.test(name),
    }),
    schedule = warmupCosine({ steps, warmup, peak: learningRate, floor: 0.1 }),
  } = options;
  const learner: Trains<RewardPair> = {
    parameters: model.parameters,
    zeroGradients: () => model.zeroGradients(),
    accumulate: (some, by) => model.accumulate(some, { ...by, centring }),
    normalizerOf: (batch) => model.normalizerOf(batch),
    tokensOf: (pair) => model.tokensOf(pair),
  };
  const batches = withSetting(shuffledBatches(pairs, { batchSize, seed }), { centring });
  const run = { optimizer, schedule, maxNorm, microBatch, steps };
  const kept = { signal, save, saveEvery, resume };
  for await (const report of train(learner, batches, { ...run, ...kept })) {
    const { step } = report;
    const isDue = step === steps || (validEvery !== undefined && step % validEvery === 0);
    if (!isDue || valid.length === 0) yield { ...report, leftOut };
    else {
      const { loss, accuracy } = await pairsLoss(model, valid, { signal });
      yield { ...report, leftOut, validLoss: loss, validAccuracy: accuracy };
    }
  }
}

/** Batches whose state says with which setting they were learnt: a run goes on with the one that it began with. */
function withSetting<Item>(
  batches: BatchSource<Item>,
  setting: Readonly<Record<string, number>>,
): BatchSource<Item> {
  return {
    next: (signal) => batches.next(signal),
    state: () => ({ ...setting, pairs: batches.state() }),
    restore(state: JsonValue) {
      for (const [name, value] of Object.entries(setting)) {
        const before = isObject(state) ? state[name] : undefined;
        if (before === value) continue;
        const hint = "a run goes on with the options that it began with";
        throw refusals(OP).argument(name, `${brief(before)}, as in the saved run`, value, hint);
      }
      batches.restore((state as { readonly pairs: JsonValue }).pairs);
    },
  };
}

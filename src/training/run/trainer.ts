/**
 * The training loop: steps, one after another, each with a report; saved as it goes, stopped at any time.
 * @module
 */
import { assertInteger, POSITIVE } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { FileStream } from "../../source/file-stream.ts";
import type { Figures, TrainingSequence, Trains } from "../trains.ts";
import type { BatchSource } from "./batch.ts";
import { resumeRun, saveRun } from "./run-state.ts";
import { RUN_NAMES, type RunOptions, TrainingRun } from "./training-run.ts";

/** Options of {@link train}. */
export interface TrainOptions extends RunOptions {
  /** Steps of the whole run, those before it was resumed included. Default: the schedule's, or as many as there are batches. */
  readonly steps?: number;
  /** Stops between two sequences: the run is saved, and the loop rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Keeps the run: every `saveEvery` steps, on an abort, when the loop is left, and at the end. Write the file whole
   * before you return, and put it in the place of the last one only then.
   * @param step how many steps are done.
   */
  readonly save?: (file: FileStream, step: number) => Promise<void> | void;
  /** Steps from one save to the next. Default: none are saved on the way. */
  readonly saveEvery?: number;
  /** A run that was saved: it goes on from there, and gives the bits that it would have given without a stop. */
  readonly resume?: ByteSource;
}

const NAMES: OptionNames<TrainOptions> = {
  ...RUN_NAMES,
  steps: true,
  signal: true,
  save: "function",
  saveEvery: true,
  resume: true,
};

/** What a step reports. */
export interface StepReport {
  /** Which step, from 1. */
  readonly step: number;
  /** Steps of the whole run; undefined if it ends with its batches. */
  readonly steps: number | undefined;
  /** Mean of −log p over the targets of the batch, in nats, before the update; and the z-loss, if there is one. */
  readonly loss: number;
  /** Σ mask: how many tokens were targets; or how many pairs or answers there were. */
  readonly targets: number;
  /** √Σ g² over all gradients, before clipping. */
  readonly gradientNorm: number;
  /** The learning rate. */
  readonly lr: number;
  /** Tokens of this step, targets or not, by its seconds. */
  readonly tokensPerSecond: number;
  /** Seconds until the last step, at the pace so far; undefined if nobody knows which is the last. */
  readonly secondsLeft: number | undefined;
  /** Why nothing was updated, in a sentence; absent if it was. */
  readonly skipped?: string;
  /** What else the model says of the batch, by name; see `Trains`. */
  readonly figures?: Figures;
}

/**
 * Trains `model` on `batches`: its weights change in place.
 *
 *     for await (const { step, loss } of train(model, batches, { optimizer, schedule })) console.log(step, loss);
 *
 * A run is the same to the bit whether it was stopped and resumed or not, at whatever moment, and however many sequences
 * are computed at a time.
 * @throws {ArgumentError} if an option is not what it should be; if a batch has no targets; if `resume` was saved from a
 * run with other options, other data or another model; if a loss or a weight is infinite or NaN, after which nothing is saved.
 */
export function train<Item = TrainingSequence>(
  model: Trains<Item>,
  batches: BatchSource<Item>,
  options: TrainOptions,
): AsyncGenerator<StepReport, void, undefined> {
  const op = "train";
  assertOptions(op, options, NAMES);
  const { optimizer, schedule, maxNorm, zLoss, microBatch, ...rest } = options;
  const own = { optimizer, schedule, maxNorm, zLoss, microBatch };
  const run = new TrainingRun(model, batches, own, op);
  const planned = schedule.settings?.steps;
  const { steps = typeof planned === "number" ? planned : undefined, saveEvery } = rest;
  if (steps !== undefined) assertInteger(op, "steps", steps, { from: 0 });
  if (saveEvery !== undefined) assertInteger(op, "saveEvery", saveEvery, POSITIVE);
  return loop(run, { ...rest, steps });
}

async function* loop<Item>(
  run: TrainingRun<Item>,
  { steps, signal, save, saveEvery, resume }: Omit<TrainOptions, keyof RunOptions>,
): AsyncGenerator<StepReport, void, undefined> {
  if (resume) await resumeRun(run, resume, signal);
  const first = run.step;
  const began = performance.now();
  let isSaved = true;
  try {
    while (steps === undefined || run.step < steps) {
      const before = performance.now();
      isSaved = false;
      const done = await run.advance(signal);
      if (!done) break;
      const now = performance.now();
      const saves = saveEvery && save && run.step % saveEvery === 0;
      if (saves || run.step === steps) await run.assertFiniteLoss();
      if (saves) {
        await save(saveRun(run), run.step);
        isSaved = true;
      }
      const { tokens, ...report } = done;
      const left = steps && ((steps - run.step) * (now - began)) / (1000 * (run.step - first));
      yield {
        steps,
        tokensPerSecond: (1000 * tokens) / (now - before),
        secondsLeft: left,
        ...report,
      };
    }
  } finally {
    if (save && !isSaved && !run.isUpdating) await save(saveRun(run), run.step);
  }
}

/**
 * A run: a model, where its data come from, what updates it, and how far it is, within a step too. `trainer.ts`
 * loops over it, `run-state.ts` saves it.
 *
 *     draw a batch → add up the gradients of its sequences, some at a time → clip → update
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { turnOfTheEventLoop } from "../../event-loop.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Optimizer } from "../optimizer/optimizer.ts";
import type { Schedule } from "../optimizer/schedule.ts";
import type { Figures, Parameter, TrainingSequence, Trains } from "../trains.ts";
import { type BatchSource, targetsOf } from "./batch.ts";
import { type Applied, applyGradients } from "./step.ts";

/** What a run is made of, besides its model and its batches. */
export interface RunOptions {
  /** What updates the weights: `adamW()`. */
  readonly optimizer: Optimizer;
  /** The learning rate of each step: `warmupCosine({ steps, warmup, peak })`. */
  readonly schedule: Schedule;
  /** The longest that the gradients of a step may be, all together. Default: any length. */
  readonly maxNorm?: number;
  /** Coefficient of the z-loss. Default 0. */
  readonly zLoss?: number;
  /** How many sequences the model is handed at a time. It changes no bit; an abort waits for so many. Default 1. */
  readonly microBatch?: number;
}

export const RUN_NAMES: OptionNames<RunOptions> = {
  optimizer: true,
  schedule: "function",
  maxNorm: true,
  zLoss: true,
  microBatch: true,
};

/** A step that is begun. */
export interface StepAtWork<Item = TrainingSequence> {
  /** The state of the source of batches, as JSON text, before it gave this batch. */
  readonly before: string;
  /** Its sequences, or other items. */
  readonly batch: readonly Item[];
  /** What the loss is divided by: the targets of the whole batch. */
  readonly targets: number;
  /** How many of its items have been added up. */
  readonly done: number;
  /** What they have lost. */
  readonly loss: number;
  /** What else is known of them. */
  readonly figures?: Figures;
}

/** A step that is done. */
export interface StepDone extends Applied {
  /** Which one, from 1. */
  readonly step: number;
  /** Σ mask · (−log p) / targets, and the z-loss if there is one, before the update. */
  readonly loss: number;
  /** Σ mask: how many tokens were targets. */
  readonly targets: number;
  /** The learning rate. */
  readonly lr: number;
  /** Tokens computed in this call, targets or not. */
  readonly tokens: number;
  /** What else the model says of the batch; see `Trains`. */
  readonly figures?: Figures;
}

/** A run, and how far it is. */
export class TrainingRun<Item = TrainingSequence> {
  /** What learns. */
  readonly model: Trains<Item>;
  /** Where the data come from. */
  readonly batches: BatchSource<Item>;
  /** What else it is made of. */
  readonly options: RunOptions;
  /** Steps that are done. */
  step = 0;
  /** The step that is begun, if one is. */
  atWork: StepAtWork<Item> | undefined;
  /** Whether weights are being updated: after an update that failed, or a loss that is no number, they stay lost. */
  isUpdating = false;
  /** An item of the last step. */
  #learnt: Item | undefined;

  /**
   * @param op what a message calls the caller.
   * @throws {ArgumentError} if an option is not what it should be.
   */
  constructor(
    model: Trains<Item>,
    batches: BatchSource<Item>,
    options: RunOptions,
    op = "TrainingRun",
  ) {
    assertOptions(op, options, RUN_NAMES);
    assertRun(op, model, batches, options);
    this.model = model;
    this.batches = batches;
    this.options = options;
  }

  /**
   * Goes on to the end of a step.
   * @returns undefined if there are no more batches.
   * @throws the signal's reason, between two sequences: what has been added up is kept, and the next call goes on from it.
   * @throws {ArgumentError} if the loss or a weight is infinite or NaN: no later step mends that.
   */
  async advance(signal?: AbortSignal): Promise<StepDone | undefined> {
    signal?.throwIfAborted();
    this.atWork ??= await this.#begin(signal);
    if (!this.atWork) return undefined;
    let tokens = 0;
    while (this.atWork.done < this.atWork.batch.length) {
      signal?.throwIfAborted();
      tokens += await this.#addUp(this.atWork);
      this.#assertFinite(this.atWork.loss, `in step ${this.step + 1}`);
      await turnOfTheEventLoop(); // so that a signal is heard
    }
    const { loss, targets, batch, figures } = this.atWork;
    const { optimizer, schedule, maxNorm } = this.options;
    const lr = schedule(this.step);
    this.isUpdating = true;
    const step = this.step + 1;
    const applied = applyGradients(this.model.parameters.values(), { optimizer, lr, maxNorm });
    const lost = notFinite(this.model.parameters.values());
    if (lost) throw diverged(lost, `infinite or NaN weights after step ${step}`, maxNorm);
    this.isUpdating = false;
    this.atWork = undefined;
    this.#learnt = batch[0];
    const report = { step: ++this.step, loss, targets, lr, tokens, ...applied };
    return figures ? { ...report, figures } : report;
  }

  /**
   * Computes one of the sequences that were learnt last again: before a save, and after the last step, no other loss
   * tells whether the weights are still a model. The gradients are used up by then.
   * @throws {ArgumentError} if its loss is infinite or NaN.
   */
  async assertFiniteLoss(): Promise<void> {
    if (!this.#learnt) return;
    const { losses } = await this.model.accumulate([this.#learnt], { normalizer: 1 });
    this.#assertFinite(losses[0], `after step ${this.step}`);
  }

  #assertFinite(loss: number, when: string): void {
    if (Number.isFinite(loss)) return;
    this.isUpdating = true;
    throw diverged("the loss", `${loss} ${when}`, this.options.maxNorm);
  }

  /** Draws a batch. */
  async #begin(signal?: AbortSignal): Promise<StepAtWork<Item> | undefined> {
    const before = JSON.stringify(this.batches.state());
    let batch: readonly Item[] | undefined;
    try {
      batch = await this.batches.next(signal);
    } catch (error) {
      this.batches.restore(JSON.parse(before));
      throw error;
    }
    if (batch === undefined) return undefined;
    const targets = normalizerOf("train", this.model, batch);
    this.model.zeroGradients();
    return { before, batch, targets, done: 0, loss: 0 };
  }

  /** Adds some more items. @returns how many tokens they have. */
  async #addUp(atWork: StepAtWork<Item>): Promise<number> {
    const { before, batch, targets, done } = atWork;
    const { microBatch = 1, zLoss } = this.options;
    const some = batch.slice(done, done + microBatch);
    try {
      const added = await this.model.accumulate(some, { normalizer: targets, zLoss });
      const loss = added.losses.reduce((sum, one) => sum + one, atWork.loss);
      const figures = added.figures?.reduce(plus, atWork.figures ?? {});
      const now = { before, batch, targets, done: done + some.length, loss };
      this.atWork = figures ? { ...now, figures } : now;
    } catch (error) {
      // Nobody knows what has been added: the step will begin anew.
      this.atWork = undefined;
      this.batches.restore(JSON.parse(before));
      throw error;
    }
    const { model } = this;
    const length = (item: Item) => (item as TrainingSequence).ids.length;
    return some.reduce((sum, item) => sum + (model.tokensOf?.(item) ?? length(item)), 0);
  }
}

/** What the loss of a batch is divided by. */
export function normalizerOf<Item>(
  op: string,
  model: Trains<Item>,
  batch: readonly Item[],
): number {
  return model.normalizerOf?.(batch) ?? targetsOf(op, batch as readonly TrainingSequence[]);
}

/** Sums of figures; one item after another, so that they are the same however many are computed at a time. */
function plus(sums: Figures, more: Figures): Figures {
  const all = Object.entries(more).map(([name, value]) => [name, (sums[name] ?? 0) + value]);
  return { ...sums, ...Object.fromEntries(all) };
}

/** The name of the first weight that learns and has numbers that are infinite or NaN. */
function notFinite(parameters: Iterable<Parameter>): string | undefined {
  for (const { name, data, gradient } of parameters) {
    if (!gradient) continue;
    let sum = 0; // 0 · x is NaN where x is infinite or NaN, and 0 or −0 elsewhere
    for (let i = 0; i < data.length; i++) sum += 0 * data[i];
    if (sum !== 0) return name;
  }
  return undefined;
}

function diverged(argument: string, got: string, maxNorm: number | undefined) {
  const clipping = maxNorm === undefined ? "clipped gradients (maxNorm)" : "a lower maxNorm";
  const hint = `the run has diverged: begin again with a lower learning rate, or with ${clipping}`;
  return refusals("train").argument(argument, "finite numbers", got, hint);
}

function assertRun<Item>(
  op: string,
  model: Trains<Item>,
  batches: BatchSource<Item>,
  { optimizer, schedule, maxNorm, zLoss = 0, microBatch = 1 }: RunOptions,
): void {
  const refuse = refusals(op);
  if (typeof model?.accumulate !== "function") {
    const hint = "TrainableModel.from makes one of a checkpoint";
    throw refuse.argument("model", "a model that learns", brief(model), hint);
  }
  if (typeof batches?.next !== "function" || typeof batches.restore !== "function") {
    const hint = "shuffledBatches makes one of a list of sequences";
    throw refuse.argument("batches", "a source of batches", brief(batches), hint);
  }
  if (typeof optimizer?.step !== "function") {
    throw refuse.argument("optimizer", "an optimizer, as adamW() is", brief(optimizer));
  }
  if (typeof schedule !== "function") {
    const hint = "constant(lr), or warmupCosine({ steps, warmup, peak })";
    throw refuse.argument("schedule", "a function from steps to rates", brief(schedule), hint);
  }
  if (maxNorm !== undefined && !(maxNorm > 0)) {
    const hint = "leave it out, and nothing is clipped";
    throw refuse.argument("maxNorm", "a number above 0", brief(maxNorm), hint);
  }
  assertFinite(op, "zLoss", zLoss);
  assertInteger(op, "microBatch", microBatch, POSITIVE);
}

/**
 * Reports of a run with the loss on sequences that it does not learn: whether it still learns something, or only learns by heart.
 * @module
 */
import type { TrainableModel } from "../trainable.ts";
import type { TrainingSequence } from "../trains.ts";
import type { StepReport } from "./trainer.ts";

/** A report, and what was measured after its step. */
export interface ValidatedReport extends StepReport {
  /** Mean of −log p over the targets of what is not learnt, in nats, after the step, where it was measured. */
  readonly validLoss?: number;
}

/** What is measured, and when. */
export interface Validation {
  /** What is not learnt. Without any, nothing is measured. */
  readonly valid: readonly TrainingSequence[];
  /** Steps from one measure to the next. Default: after the last step only. */
  readonly validEvery?: number;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/** `run` with the loss on `valid` after every `validEvery` steps, and after the last of them. */
export async function* validated(
  run: AsyncIterable<StepReport>,
  model: TrainableModel,
  { valid, validEvery, signal }: Validation,
): AsyncGenerator<ValidatedReport, void, undefined> {
  const loss = async () => ({ validLoss: (await model.meanLoss(valid, { signal })).loss });
  yield* valid.length === 0 ? run : measuredEvery(run, validEvery, loss);
}

/** `run` with what `measure` finds after every `every` steps, and after the last of them. */
export async function* measuredEvery<Report extends StepReport, Measured extends object>(
  run: AsyncIterable<Report>,
  every: number | undefined,
  measure: () => Promise<Measured>,
): AsyncGenerator<Report & Partial<Measured>, void, undefined> {
  for await (const report of run) {
    const { step, steps } = report;
    const isDue = step === steps || (every !== undefined && step % every === 0);
    yield isDue ? { ...report, ...(await measure()) } : (report as Report & Partial<Measured>);
  }
}

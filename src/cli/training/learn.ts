/**
 * A run, from its first step to its files: reports shown and logged, saved as it goes, stopped by Ctrl-C.
 * @module
 */
import { join } from "node:path";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { writeFiles, writeModelFolder } from "../../node/training/model-folder.ts";
import { type TrainingFolder, withTrainingFolder } from "../../node/training/training-folder.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import type { JsonValue } from "../../source/json.ts";
import { trainingPage } from "../../training/report/page.ts";
import type { RunView } from "../../training/report/view.ts";
import type { StepReport, TrainOptions } from "../../training/run/trainer.ts";
import type { ValidatedReport } from "../../training/run/validation.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import type { Adapter } from "../../tuning/lora/adapter.ts";
import { writeAdapter } from "../../tuning/peft/write.ts";
import { type COMMON_OPTIONS, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { RunDisplay } from "./display.ts";
import type { LEARNING_OPTIONS } from "./options.ts";
import type { LearningSettings } from "./settings.ts";

/** What a run is, whichever command begins it. */
export interface Job<Report extends StepReport = ValidatedReport> {
  /** For the page: `tiny-stories-it, tuned on tales.jsonl`. */
  readonly title: string;
  /** What decides what is learnt: the same when it goes on. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Curves and figures to show. */
  readonly view: RunView<Report>;
  /** Runs it. */
  steps(
    kept: Pick<TrainOptions, "signal" | "save" | "saveEvery" | "resume">,
  ): AsyncGenerator<Report, void, undefined>;
  /** Writes what has learnt into the folder. @returns the paths, for the reader. */
  write(out: string): Promise<readonly string[]>;
}

/** A model that learns, and what it was. */
export interface Learner {
  /** What the model was, for its files. */
  readonly checkpoint: Checkpoint;
  readonly model: Pick<TrainableModel, "tensors" | "config">;
  /** Low-rank factors, if those are what learns. */
  readonly adapter?: Adapter;
}

/** Writes a model into `out`, and its factors into `out/adapter`. */
export async function writeLearner(
  out: string,
  { checkpoint, model, adapter }: Learner,
  { type }: Pick<LearningSettings, "type">,
): Promise<readonly string[]> {
  const { config } = model; // whether the output projection is the table, the weights have told
  await writeModelFolder(out, { ...checkpoint, config, tensors: model.tensors() }, type);
  if (!adapter) return [out];
  const path = join(out, "adapter");
  await writeFiles(path, writeAdapter(adapter, { base: checkpoint.name }));
  return [out, path];
}

type LearnValues = Values<typeof LEARNING_OPTIONS & typeof COMMON_OPTIONS>;

/** What a run has come to. */
export interface Learnt<Report extends StepReport = ValidatedReport> {
  /** The last step; undefined if there was nothing left to do. */
  readonly last: Report | undefined;
  /** Of all steps, those before it was resumed included. */
  readonly reports: readonly Report[];
  /** The files, for the reader. */
  readonly written: readonly string[];
}

/** @throws {UsageError} unless the folder and the page can be written. */
export async function assertOutputs(values: LearnValues): Promise<void> {
  if (values.out === undefined && values.resume) throw new UsageError("--resume needs --out DIR");
  if (values.html !== undefined) await assertWritable(values.html);
}

/** Runs `job` to its end, and writes what the options ask for. */
export async function learn<Report extends StepReport>(
  job: Job<Report>,
  values: LearnValues,
  settings: LearningSettings,
  io: Io,
): Promise<Learnt<Report>> {
  const { out } = values;
  if (out === undefined) return await looped(job, undefined, values, settings, io);
  const { resume } = values;
  const options = { settings: job.settings, resume, signal: io.signal };
  return await withTrainingFolder(out, options, async (folder) => {
    const learnt = await looped(job, folder, values, settings, io);
    return { ...learnt, written: [...learnt.written, ...(await job.write(out))] };
  });
}

async function looped<Report extends StepReport>(
  job: Job<Report>,
  folder: TrainingFolder | undefined,
  values: LearnValues,
  { saveEvery }: LearningSettings,
  io: Io,
): Promise<Learnt<Report>> {
  const { signal } = io;
  const { view } = job;
  let reports = (folder?.logged ?? []) as Report[];
  let display: RunDisplay<Report> | undefined;
  let last: Report | undefined;
  try {
    const kept = { saveEvery, save: folder?.save, resume: folder?.saved };
    const steps = job.steps(folder ? { signal, ...kept } : { signal });
    for await (const report of steps) {
      if (!display) {
        reports = reports.filter(({ step }) => step < report.step);
        display = new RunDisplay(io, view, reports);
      }
      reports.push(report);
      last = report;
      await folder?.log(report);
      if (values.json) await io.stdout.write(`${JSON.stringify(report)}\n`);
      else await display.show(report);
    }
  } catch (error) {
    if (signal.aborted) {
      await display?.end();
      await io.stderr.write(afterInterrupt(last, values.out));
    }
    throw error;
  }
  if (!values.json) await display?.end();
  if (values.html === undefined) return { last, reports, written: [] };
  const page = trainingPage(reports, { title: job.title, settings: job.settings, view });
  await writeFileAtomically(values.html, new TextEncoder().encode(page));
  return { last, reports, written: [values.html] };
}

function afterInterrupt(last: StepReport | undefined, out: string | undefined): string {
  const where = last ? ` after step ${last.step}` : "";
  return out === undefined
    ? `Stopped${where}. Nothing is kept without --out DIR.\n`
    : `Stopped${where}. The run is in ${out}: the same command with --resume goes on.\n`;
}

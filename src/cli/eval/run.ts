/**
 * A run: tasks on documents, answers kept, results written.
 * @module
 */
import type { AnswerStore } from "../../evaluation/answers/answer-store.ts";
import { besideReportText } from "../../evaluation/report/beside.ts";
import { evaluationPage } from "../../evaluation/report/html/page.ts";
import { resultsTable } from "../../evaluation/report/table.ts";
import { Evaluator } from "../../evaluation/requests/evaluator.ts";
import type { LmEvalResults } from "../../evaluation/results/lm-eval-files.ts";
import {
  lmEvalResults,
  lmEvalResultsText,
  type RunDescription,
} from "../../evaluation/results/write-results.ts";
import { evaluate, type TaskDocuments } from "../../evaluation/task/evaluate.ts";
import type { TaskResult } from "../../evaluation/task/result.ts";
import type { TaskSpec } from "../../evaluation/task/spec.ts";
import { DEMO } from "../../evaluation/tasks/demo/demo.ts";
import { DEMO_DOCUMENTS } from "../../evaluation/tasks/demo/stories.ts";
import type { Gemma } from "../../gemma.ts";
import { withAnswerFile } from "../../node/evaluation/answer-file.ts";
import { readDocuments } from "../../node/evaluation/documents.ts";
import { answersPath, beginning, dateOf, writeRun } from "../../node/evaluation/run-folder.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import { type COMMON_OPTIONS, integerOption, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { adaptedName, type MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { writeInspectLogs } from "./inspect.ts";
import type { EVAL_OPTIONS } from "./options.ts";
import { EvaluationBar } from "./progress.ts";
import { tasksNamed } from "./tasks.ts";

type EvalValues = Values<typeof EVAL_OPTIONS & typeof MODEL_OPTIONS & typeof COMMON_OPTIONS>;

/** A task, and its documents by split. */
interface Prepared {
  readonly task: TaskSpec;
  readonly documents: TaskDocuments;
}

/** The numbers among the options. */
function settingsOf(values: EvalValues) {
  return {
    shots: integerOption("shots", values.shots),
    limit: integerOption("limit", values.limit, 1),
    bootstrap: integerOption("bootstrap", values.bootstrap),
    chat: values.chat ?? false,
    system: values.system,
  };
}

/**
 * Runs tasks, and writes what the options ask for.
 * @throws {UsageError} for a task that there is not, or one whose data is not given.
 */
export async function runEvaluation(
  names: readonly string[],
  values: EvalValues,
  io: Io,
): Promise<void> {
  const settings = settingsOf(values);
  modelChoice(values);
  const { tasks, groups } = await tasksNamed(names, values);
  const prepared: Prepared[] = [];
  for (const task of tasks) {
    prepared.push({ task, documents: await documentsOf(task, values.data, settings.shots) });
  }
  if (values.html !== undefined) await assertWritable(values.html);
  await withGemma(values, io, async (gemma) => {
    const model = adaptedName(values);
    const modelArgs = argumentsOf(gemma);
    const all = { model, modelArgs, tasks: tasks.map(({ name }) => name), ...settings };
    const now = Number(io.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000);
    const run = async (store?: AnswerStore) => {
      const date = values.out === undefined ? now : await beginning(values.out, all, now);
      const about = { model, modelArgs, limit: settings.limit, date: Math.floor(date), groups };
      await evaluateAll(prepared, gemma, store, { values, settings, about, io });
    };
    if (values.out === undefined) return run();
    return withAnswerFile(answersPath(values.out), run, io.signal);
  }).catch(async (error) => {
    if (io.signal.aborted) await io.stderr.write(afterInterrupt(values.out));
    throw error;
  });
}

function afterInterrupt(out: string | undefined): string {
  return out === undefined
    ? "Stopped. Nothing is kept without --out DIR.\n"
    : `Stopped. All answers so far are in ${out}: the same command goes on from there.\n`;
}

interface Run {
  readonly values: EvalValues;
  readonly settings: ReturnType<typeof settingsOf>;
  readonly about: RunDescription;
  readonly io: Io;
}

async function evaluateAll(
  prepared: readonly Prepared[],
  gemma: Gemma,
  store: AnswerStore | undefined,
  run: Run,
): Promise<void> {
  const { values, settings, about, io } = run;
  const bar = new EvaluationBar(io.stderr);
  const { signal } = io;
  const evaluator = new Evaluator(gemma, {
    ...(store && { store }),
    signal,
    onProgress: (progress) => bar.show(progress),
  });
  const results: TaskResult[] = [];
  try {
    for (const { task, documents } of prepared) {
      bar.begin(task.name);
      results.push(await evaluate(evaluator, task, documents, settings));
      signal.throwIfAborted();
    }
  } finally {
    bar.clear();
  }
  const files = lmEvalResults(results, about);
  const written: string[] = [];
  if (values.out !== undefined) written.push(await writeRun(values.out, files, results));
  if (values.html !== undefined) {
    const { model, date = 0 } = about;
    const { precision, backend } = argumentsOf(gemma);
    const said = [`${precision} on ${backend}`, dateOf(date).slice(0, 10)];
    const page = evaluationPage(results, evaluator, { model, about: said });
    await writeFileAtomically(values.html, new TextEncoder().encode(page));
    written.push(values.html);
  }
  if (values.inspect !== undefined) {
    written.push(...(await writeInspectLogs(values.inspect, results, about)));
  }
  if (values.json) return await io.stdout.write(lmEvalResultsText(files));
  await io.stdout.write(textOf(results, files, written));
}

function textOf(
  results: readonly TaskResult[],
  files: LmEvalResults,
  written: readonly string[],
): string {
  const groups = files.groups ? resultsTable(files, "groups") : "";
  const marks = results.flatMap(({ task, marked: { truncated, joined } }) => [
    ...(truncated > 0 ? [`${task.name}: ${truncated} requests were too long and were cut`] : []),
    ...(joined > 0 ? [`${task.name}: in ${joined} requests a token spans the join`] : []),
  ]);
  const blocks = [
    resultsTable(files),
    groups,
    marks.map((mark) => `${mark}\n`).join(""),
    besideReportText(results),
    written.map((path) => `${path}\n`).join(""),
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

/** @throws {UsageError} without --data, which all but the demo take. */
async function documentsOf(
  task: TaskSpec,
  data: string | undefined,
  shots: number | undefined,
): Promise<TaskDocuments> {
  if (DEMO.tasks.includes(task)) return { test: DEMO_DOCUMENTS };
  if (data === undefined) {
    throw new UsageError(
      `${task.name} expects --data DIR, with the file ${task.name}.${task.splits.test}.jsonl`,
    );
  }
  const asked = shots === undefined ? task : { ...task, shots: { ...task.shots, count: shots } };
  return readDocuments(data, asked);
}

function argumentsOf({ backend, config }: Gemma) {
  const { name, precision } = backend.info;
  return { backend: name, precision, max_length: config.maxPositionEmbeddings };
}

/**
 * Writes `results_DATE.json`.
 * @module
 */
import { sha256Hex } from "../../source/sha256.ts";
import { groupResult, type TaskGroup } from "../task/group.ts";
import type { MetricResult, TaskResult } from "../task/result.ts";
import { lmEvalConfiguration } from "./configuration.ts";
import type { LmEvalFigures, LmEvalResults } from "./lm-eval-files.ts";

/** What a file says about the run, beside its results. */
export interface RunDescription {
  /** The name of the model. */
  readonly model: string;
  /** What else decides what it computes: precision, backend, context. */
  readonly modelArgs?: Readonly<Record<string, unknown>>;
  /** The chat template, as its text or by its name. Default: the name of the chat format that was used. */
  readonly chatTemplate?: string;
  /** Most documents of each task, if there was a limit. */
  readonly limit?: number | undefined;
  /** What has written it: `gemma-reference 0.1.0`. */
  readonly writtenBy?: string;
  /** When the run began, in seconds since 1970. Without it the file has no date. */
  readonly date?: number;
  /** How long it took. */
  readonly seconds?: number;
  /** Groups of tasks that get a row of their own, if all their tasks were run. */
  readonly groups?: readonly TaskGroup[];
}

/** The results of several tasks, in the harness's keys. */
export function lmEvalResults(
  results: readonly TaskResult[],
  about: RunDescription,
): LmEvalResults {
  const { model, modelArgs = {}, limit, writtenBy = "gemma-reference", date, seconds } = about;
  const whole = (about.groups ?? []).flatMap((group) => {
    const own = group.tasks.map(({ name }) => results.find(({ task }) => task.name === name));
    return own.includes(undefined) ? [] : [{ group, own: own as TaskResult[] }];
  });
  const groups = Object.fromEntries(
    whole.map(({ group, own }) => {
      const size = own.reduce((sum, { documents }) => sum + documents.effective, 0);
      return [group.name, figuresOf(group.name, size, groupResult(own, group))];
    }),
  );
  const byTask = <T>(of: (result: TaskResult) => T): Record<string, T> =>
    Object.fromEntries(results.map((result) => [result.task.name, of(result)]));
  const [first] = results;
  const chat = first?.prompt.chat === undefined ? null : (about.chatTemplate ?? first.prompt.chat);
  const system = first?.prompt.system ?? null;
  return {
    results: {
      ...byTask(({ task, documents, metrics }) =>
        figuresOf(task.name, documents.effective, metrics),
      ),
      ...groups,
    },
    ...(whole.length > 0 && { groups }),
    group_subtasks: Object.fromEntries(
      whole.map(({ group }) => [group.name, group.tasks.map(({ name }) => name)]),
    ),
    configs: byTask((result) => lmEvalConfiguration(result.task, metadataOf(result, model))),
    versions: byTask(({ task }) => task.version ?? null),
    "n-shot": byTask(({ prompt }) => prompt.shots),
    higher_is_better: byTask(({ metrics }) =>
      Object.fromEntries(metrics.map(({ metric, higherIsBetter }) => [metric, higherIsBetter])),
    ),
    "n-samples": byTask(({ documents }) => documents),
    config: {
      model: "gemma-reference",
      model_args: { model, ...modelArgs },
      batch_size: 1,
      batch_sizes: [],
      device: null,
      use_cache: null,
      limit: limit ?? null,
      bootstrap_iters: first?.bootstrap ?? null,
      gen_kwargs: null,
      ...{ random_seed: 0, numpy_seed: 1234, torch_seed: 1234, fewshot_seed: 1234 },
    },
    ...(date !== undefined && { date }),
    lm_eval_version: writtenBy,
    task_hashes: byTask(({ hash }) => hash),
    model_source: "gemma-reference",
    model_name: model,
    model_name_sanitized: sanitizedName(model),
    system_instruction: system,
    system_instruction_sha: system === null ? null : sha256Hex(system),
    fewshot_as_multiturn: first?.prompt.shotsAsTurns ?? true,
    chat_template: chat,
    chat_template_sha: chat === null ? null : sha256Hex(chat),
    ...(seconds !== undefined && { total_evaluation_time_seconds: String(seconds) }),
  };
}

/** The file: indented as the harness's, NaN as null. */
export function lmEvalResultsText(results: LmEvalResults): string {
  return `${JSON.stringify(results, null, 2)}\n`;
}

/** A name that a folder can have: the harness's own way. */
export function sanitizedName(model: string): string {
  return model.replace(/["<>:/|\\?*[\]]+/g, "__");
}

/** Where Python would have no formula, or a single document, its files say "N/A". */
function figuresOf(name: string, size: number, metrics: readonly MetricResult[]): LmEvalFigures {
  const rows = metrics.flatMap(({ metric, filter, value, error }) => [
    [`${metric},${filter}`, value],
    [`${metric}_stderr,${filter}`, error ?? "N/A"],
  ]);
  return { name, alias: name, sample_len: size, ...Object.fromEntries(rows) };
}

/** What the harness does not say, and a reader of its figures wants to know. */
function metadataOf({ task, marked }: TaskResult, model: string) {
  const { truncated, joined } = marked;
  return {
    model,
    config_source: task.configuration ? "lm-evaluation-harness" : "gemma-reference",
    ...(truncated > 0 && { requests_truncated: truncated }),
    ...(joined > 0 && { requests_with_a_token_across_the_join: joined }),
    ...(task.judgedBy !== undefined && { judged_by: task.judgedBy }),
    ...(task.differsFromReport && { differs_from_report: task.differsFromReport }),
  };
}

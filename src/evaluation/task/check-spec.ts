/**
 * Tasks, checked before anything is computed: in plain JavaScript or JSON, a wrong name would do nothing.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, assertOneOf, POSITIVE } from "../../check.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { assertNames, type OptionNames } from "../../options.ts";
import { filterPipeline } from "../filters/pipeline.ts";
import { isMetricOf, metricsOf } from "./metric-list.ts";
import type { GenerationSpec, MetricSpec, ShotsSpec, TaskSpec } from "./spec.ts";

const TASK: OptionNames<TaskSpec> = {
  ...{ name: true, kind: true, splits: true, description: true, text: true, choices: true },
  ...{ target: true, prefix: true, delimiter: true, separator: true, shots: true },
  ...{ generation: true, filters: true, metrics: true, prepare: "function", score: "function" },
  ...{ source: true, report: true, differsFromReport: true, judgedBy: true, version: true },
  configuration: true,
};

const SHOTS: OptionNames<ShotsSpec> = {
  ...{ count: true, sampler: true, seed: true, leaveOut: "boolean", fixed: true, indices: true },
  ...{ text: true, choices: true, target: true, prefix: true, delimiter: true, separator: true },
};

const GENERATION: OptionNames<GenerationSpec> = {
  ...{ until: true, maxTokens: true, temperature: true, repeats: true },
};

const METRIC: OptionNames<MetricSpec> = {
  ...{ metric: true, aggregation: true, higherIsBetter: "boolean", ignore: true },
};

const KINDS = ["choice", "partial", "continuation", "rolling", "generate"];

/**
 * @throws {ArgumentError} naming the part of the task that is not as it has to be.
 * @throws {UnsupportedError} for a metric that is not known here.
 */
export function assertTask(op: string, task: TaskSpec): void {
  const named = typeof Object(task).name === "string" ? task.name : "task";
  const refuse = refusals(op, named);
  if (typeof task !== "object" || task === null) {
    throw refuse.argument("task", "a TaskSpec", brief(task));
  }
  assertNames(refuse, task, TASK, "a part of a task");
  if (typeof task.name !== "string") throw refuse.argument("name", "a text", brief(task.name));
  if (task.kind === undefined) throw refuse.argument("kind", KINDS.join(", "), "nothing");
  assertOneOf(op, "kind", task.kind, KINDS);
  if (typeof task.splits?.test !== "string") {
    throw refuse.argument("splits.test", "the name of a split", brief(task.splits?.test));
  }
  for (const part of ["text", "target"] as const) {
    if (task[part] === undefined) {
      throw refuse.argument(part, "a field, a template or a function", "nothing");
    }
  }
  const isChosen = task.kind === "choice" || task.kind === "partial";
  if (isChosen && task.choices === undefined) {
    throw refuse.argument("choices", "a list, or a field that is one", "nothing");
  }
  for (const part of ["description", "delimiter", "separator"] as const) {
    if (task[part] !== undefined && typeof task[part] !== "string") {
      throw refuse.argument(part, "a text", brief(task[part]));
    }
  }
  assertShots(op, refuse, task);
  assertGeneration(op, refuse, task);
  assertMetrics(refuse, task);
  for (const { filters } of task.filters ?? []) filterPipeline(filters);
}

function assertShots(op: string, refuse: Refusals, { shots, splits }: TaskSpec): void {
  if (shots === undefined) return;
  assertNames(refuse, shots, SHOTS, "a part of shots", "shots.");
  assertInteger(op, "shots.count", shots.count, { from: 0 });
  assertOneOf(op, "shots.sampler", shots.sampler, ["random", "first"]);
  if (shots.count > 0 && shots.fixed === undefined && splits.shots === undefined) {
    throw refuse.argument("splits.shots", "the split that shots are drawn from", "nothing");
  }
}

function assertGeneration(op: string, refuse: Refusals, { generation, kind }: TaskSpec): void {
  if (generation === undefined) return;
  if (kind !== "generate") {
    throw refuse.argument("generation", `nothing for the kind ${kind}`, brief(generation));
  }
  assertNames(refuse, generation, GENERATION, "a part of generation", "generation.");
  const { until, maxTokens, repeats = 1, temperature = 0 } = generation;
  if (maxTokens !== undefined) assertInteger(op, "generation.maxTokens", maxTokens, POSITIVE);
  assertInteger(op, "generation.repeats", repeats, POSITIVE);
  const isTexts = Array.isArray(until) && until.every((one) => typeof one === "string");
  if (until !== undefined && !isTexts) {
    throw refuse.argument("generation.until", "a list of texts", brief(until));
  }
  if (repeats > 1 && temperature === 0) {
    const hint = "greedy decoding gives the same answer each time";
    throw refuse.argument("generation.repeats", "1 without a temperature", repeats, hint);
  }
}

function assertMetrics(refuse: Refusals, task: TaskSpec): void {
  if (!Array.isArray(task.metrics) || task.metrics.length === 0) {
    throw refuse.argument("metrics", "at least one metric", brief(task.metrics));
  }
  for (const metric of task.metrics) {
    assertNames(refuse, metric, METRIC, "a part of a metric", "metrics.");
    if (task.score || isMetricOf(task.kind, metric.metric)) continue;
    const known = `a metric of the kind ${task.kind} (${metricsOf(task.kind).join(", ")})`;
    const hint = "give the task a score function for metrics of your own";
    throw refuse.unsupported("metrics.metric", known, brief(metric.metric), hint);
  }
}

/**
 * A task in the keys of the harness's YAML, with what it leaves open filled in: `configs` of its result files.
 * @module
 */
import type { FilterSpec } from "../filters/filter.ts";
import { lmEvalFilter } from "../filters/to-lm-eval.ts";
import { completed } from "../task/metric-list.ts";
import type { MetricSpec, TaskKind, TaskSpec } from "../task/spec.ts";
import { settingsOf } from "./write-samples.ts";

/** Keys of YAML, and what stands behind them. */
export type Entries = Readonly<Record<string, unknown>>;

const OUTPUT_TYPES: Readonly<Record<TaskKind, string>> = {
  choice: "multiple_choice",
  partial: "multiple_choice",
  continuation: "loglikelihood",
  rolling: "loglikelihood_rolling",
  generate: "generate_until",
};

/** Keys of a configuration that the harness keeps as they stand. */
const KEPT = [
  ...["training_split", "validation_split", "test_split", "fewshot_split", "process_docs"],
  ...["doc_to_text", "doc_to_target", "doc_to_choice", "process_results", "filter_list"],
];

/**
 * The configuration of a task. A function has no text that Python could run: its name stands for it, as
 * `!function gemma_reference.NAME`.
 * @param metadata goes beside the version into `metadata`, where the harness leaves room for what it does not know.
 */
export function lmEvalConfiguration(
  task: TaskSpec,
  metadata: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const { configuration = {}, splits, shots, delimiter = " ", separator = "\n\n" } = task;
  const kept = KEPT.flatMap((key) => {
    const value = configuration[key];
    return value === undefined || value === null ? [] : [[key, value]];
  });
  const own: Entries = task.configuration ? Object.fromEntries(kept) : described(task);
  const { count = 0, sampler = "random" } = shots ?? {};
  const ofShots = {
    sampler: sampler === "first" ? "first_n" : "default",
    split: own.fewshot_split ?? null,
    process_docs: own.process_docs ?? null,
    fewshot_indices: shots?.indices ?? null,
    samples: shots?.fixed ?? null,
    doc_to_text: written(shots?.text) ?? own.doc_to_text,
    doc_to_choice: written(shots?.choices) ?? own.doc_to_choice ?? null,
    doc_to_target: written(shots?.target) ?? own.doc_to_target,
    gen_prefix: written(shots?.prefix ?? task.prefix) ?? null,
    fewshot_delimiter: shots?.separator ?? separator,
    target_delimiter: shots?.delimiter ?? delimiter,
  };
  return {
    task: task.name,
    ...(task.configuration === undefined && { test_split: splits.test }),
    ...own,
    unsafe_code: task.judgedBy !== undefined && task.kind === "generate",
    description: task.description ?? "",
    target_delimiter: delimiter,
    fewshot_delimiter: separator,
    fewshot_config: ofShots,
    num_fewshot: count,
    metric_list: task.metrics.map((metric, i) => metricOf(metric, metricsOf(configuration)[i])),
    output_type: OUTPUT_TYPES[task.kind],
    ...(task.kind === "generate" && { generation_kwargs: generationOf(task) }),
    repeats: task.generation?.repeats ?? 1,
    should_decontaminate: false,
    metadata: { version: task.version ?? null, ...metadata },
  };
}

/** The keys of {@link KEPT}, of a task that was written here. */
function described(task: TaskSpec): Entries {
  const { splits, prepare, score, filters } = task;
  const all: Entries = {
    fewshot_split: splits.shots,
    process_docs: written(prepare),
    doc_to_text: written(task.text),
    doc_to_target: written(task.target),
    doc_to_choice: written(task.choices),
    process_results: written(score),
    filter_list: filters?.map(({ name, filters: steps }) => ({
      name,
      filter: steps.map((step: FilterSpec) => lmEvalFilter(step)),
    })),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function generationOf({ generation = {}, separator = "\n\n" }: TaskSpec): Entries {
  const { until = [separator], maxTokens = 256, temperature } = generation;
  return settingsOf({ until, maxTokens, temperature });
}

function metricsOf({ metric_list: list }: Entries): readonly Entries[] {
  return Array.isArray(list) ? list : [];
}

function metricOf(metric: MetricSpec, given: Entries | undefined): Entries {
  const { metric: name, aggregation, higherIsBetter } = completed(metric);
  const { regexesToIgnore, ignoreCase, ignorePunctuation, ignoreNumbers } = metric.ignore ?? {};
  const ignored = {
    ignore_case: ignoreCase,
    ignore_punctuation: ignorePunctuation,
    ignore_numbers: ignoreNumbers,
    regexes_to_ignore: regexesToIgnore,
  };
  const said = Object.entries(ignored).filter(([, value]) => value !== undefined);
  const own = { aggregation: written(aggregation), higher_is_better: higherIsBetter };
  return { metric: name, ...own, ...(given ?? Object.fromEntries(said)) };
}

/** A field, or the name of a function; undefined for nothing. */
function written(value: unknown): unknown {
  if (typeof value !== "function") return value;
  return `!function gemma_reference.${value.name || "anonymous"}`;
}

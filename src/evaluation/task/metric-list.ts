/**
 * The metrics that tasks have without a score function of their own, by the harness's names, and its defaults for them.
 * @module
 */
import {
  bitsPerByte,
  f1,
  matthews,
  mean,
  median,
  nanmean,
  perplexity,
  weightedPerplexity,
} from "../metrics/aggregate.ts";
import { bootstrapError, meanError } from "../metrics/standard-error.ts";
import type { Aggregation, MetricSpec, MetricValue, TaskKind } from "./spec.ts";

interface Metric {
  readonly kinds: readonly TaskKind[];
  readonly aggregation: Aggregation;
  readonly higherIsBetter: boolean;
}

const CHOICE: readonly TaskKind[] = ["choice", "partial"];
const accuracy: Metric = { kinds: CHOICE, aggregation: "mean", higherIsBetter: true };
const rolling = (aggregation: Aggregation): Metric => ({
  kinds: ["rolling"],
  aggregation,
  higherIsBetter: false,
});

const METRICS: Readonly<Record<string, Metric>> = {
  acc: { ...accuracy, kinds: [...CHOICE, "continuation"] },
  acc_norm: accuracy,
  acc_bytes: accuracy,
  acc_mutual_info: accuracy,
  /** By log p / tokens: the harness has no such metric. */
  acc_per_token: accuracy,
  exact_match: { ...accuracy, kinds: [...CHOICE, "generate"] },
  f1: { ...accuracy, aggregation: "f1" },
  mcc: { ...accuracy, aggregation: "matthews_corrcoef" },
  brier_score: {
    kinds: CHOICE,
    aggregation: (values) => mean(values as readonly number[]),
    higherIsBetter: false,
  },
  perplexity: { kinds: ["continuation"], aggregation: "perplexity", higherIsBetter: false },
  word_perplexity: rolling("weighted_perplexity"),
  byte_perplexity: rolling("weighted_perplexity"),
  bits_per_byte: rolling("bits_per_byte"),
};

export function isMetricOf(kind: TaskKind, name: string): boolean {
  return Object.hasOwn(METRICS, name) && METRICS[name].kinds.includes(kind);
}

/** Names of the metrics of a kind. */
export function metricsOf(kind: TaskKind): string[] {
  return Object.keys(METRICS).filter((name) => isMetricOf(kind, name));
}

/** The metric with what it leaves open filled in. */
export function completed(metric: MetricSpec): Required<Omit<MetricSpec, "ignore">> {
  const own = Object.hasOwn(METRICS, metric.metric) ? METRICS[metric.metric] : undefined;
  return {
    metric: metric.metric,
    aggregation: metric.aggregation ?? own?.aggregation ?? "mean",
    higherIsBetter: metric.higherIsBetter ?? own?.higherIsBetter ?? true,
  };
}

type Statistic = (values: readonly MetricValue[]) => number;

/** The aggregations, and which of them have a standard error: that of a mean, or of lists drawn anew. */
const AGGREGATIONS: Readonly<
  Record<string, { readonly statistic: unknown; readonly error?: "mean" | "bootstrap" }>
> = {
  mean: { statistic: mean, error: "mean" },
  nanmean: { statistic: nanmean, error: "bootstrap" },
  median: { statistic: median, error: "bootstrap" },
  perplexity: { statistic: perplexity, error: "bootstrap" },
  f1: { statistic: f1, error: "bootstrap" },
  matthews_corrcoef: { statistic: matthews, error: "bootstrap" },
  weighted_perplexity: { statistic: weightedPerplexity },
  bits_per_byte: { statistic: bitsPerByte },
};

export const AGGREGATION_NAMES: readonly string[] = Object.keys(AGGREGATIONS);

/**
 * One number of the values of all documents, and its standard error; undefined where there is no formula for it ("N/A" in
 * the harness's files), and of a single document.
 * @param replicates lists that are drawn for a bootstrap.
 */
export function aggregated(
  aggregation: Aggregation,
  values: readonly MetricValue[],
  replicates: number,
): { readonly value: number; readonly error: number | undefined } {
  if (typeof aggregation === "function") return { value: aggregation(values), error: undefined };
  const { statistic, error } = AGGREGATIONS[aggregation];
  const compute = statistic as Statistic;
  const value = compute(values);
  if (values.length < 2 || error === undefined) return { value, error: undefined };
  if (error === "mean") return { value, error: meanError(values as readonly number[]) };
  return {
    value,
    error: replicates === 0 ? undefined : bootstrapError(compute, values, replicates),
  };
}

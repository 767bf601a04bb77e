/**
 * Two runs compared, task by task and metric by metric, on the documents that both have.
 * @module
 */
import { table } from "../../table.ts";
import { compareRuns, type PairedDifference } from "../metrics/compare.ts";
import type { LmEvalSample } from "../results/lm-eval-files.ts";
import { metricValue } from "../results/read.ts";

/** The comparison of one metric. */
export interface MetricComparison extends PairedDifference {
  /** The name of the task. */
  readonly task: string;
  /** The name of the metric. */
  readonly metric: string;
  /** The name of the filter; "none" without one. */
  readonly filter: string;
  /** Documents that one run alone has, or whose prompts differ. */
  readonly left: number;
}

/** The samples of a run, by task. */
export type RunSamples = ReadonlyMap<string, readonly LmEvalSample[]>;

/**
 * Compares two runs. A document is the same if its hash is; where files have no hashes, if its number is. Metrics that are no single
 * number a document (perplexities of texts, BBQ's scores) are passed over, and so is one with fewer than two documents in common.
 */
export function compareSamples(first: RunSamples, second: RunSamples): MetricComparison[] {
  return [...first].flatMap(([task, own]) => {
    const other = second.get(task) ?? [];
    return metricsOf(own).flatMap(({ metric, filter }) => {
      const a = valuesOf(own, metric, filter);
      const b = valuesOf(other, metric, filter);
      const shared = [...a.keys()].filter((key) => b.has(key));
      if (shared.length < 2) return [];
      const [x, y] = [a, b].map((values) => shared.map((key) => values.get(key) as number));
      const left = a.size + b.size - 2 * shared.length;
      return [{ task, metric, filter, left, ...compareRuns(x, y) }];
    });
  });
}

function metricsOf(samples: readonly LmEvalSample[]) {
  const all = samples.flatMap(({ metrics, filter }) =>
    metrics.map((metric) => ({ metric, filter, key: `${metric},${filter}` })),
  );
  return [...new Map(all.map((one) => [one.key, one])).values()];
}

/** Finite values by document. */
function valuesOf(samples: readonly LmEvalSample[], metric: string, filter: string) {
  const values = new Map<string, number>();
  for (const sample of samples) {
    if (sample.filter !== filter) continue;
    const value = metricValue(sample, metric);
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    values.set(`${sample.doc_id} ${sample.doc_hash ?? ""}`, value);
  }
  return values;
}

/** The comparison as a table in text. */
export function comparisonText(rows: readonly MetricComparison[]): string {
  const lines = rows.map((row) => [
    row.task,
    row.filter === "none" ? row.metric : `${row.metric},${row.filter}`,
    `${row.documents}`,
    row.first.toFixed(4),
    row.second.toFixed(4),
    `${row.difference < 0 ? "−" : "+"}${Math.abs(row.difference).toFixed(4)}`,
    `± ${row.error.toFixed(4)}`,
    `± ${row.unpairedError.toFixed(4)}`,
    row.mcnemar ? `${row.mcnemar.firstOnly} : ${row.mcnemar.secondOnly}` : "",
    row.mcnemar ? row.mcnemar.p.toPrecision(2) : "",
  ]);
  const head = [
    ...["task", "metric", "documents", "first", "second", "difference", "paired", "unpaired"],
    ...["right alone", "p"],
  ];
  return table([head, ...lines], "llrrrrrrrr");
}

/**
 * From answers to samples, and from samples to figures.
 * @module
 */
import { filterPipeline } from "../filters/pipeline.ts";
import type { Continued } from "../requests/request.ts";
import type { AskedDocument } from "./build-requests.ts";
import { hashesOf } from "./hashes.ts";
import { aggregated, completed } from "./metric-list.ts";
import type { MetricResult, Sample, TaskAnswer } from "./result.ts";
import { scorer } from "./score-sample.ts";
import type { FilterRow, MetricValue, ScoredAnswer, TaskSpec } from "./spec.ts";

const PLAIN: readonly FilterRow[] = [{ name: "none", filters: [{ filter: "takeFirst" }] }];

/** The samples, row of filters by row of filters, documents in their order. */
export async function samplesOf(
  task: TaskSpec,
  all: readonly AskedDocument[],
  responses: readonly (readonly TaskAnswer[])[][],
): Promise<Sample[]> {
  const score = scorer(task);
  const samples: Sample[] = [];
  const rows = task.filters && task.filters.length > 0 ? task.filters : PLAIN;
  for (const { name: filter, filters } of rows) {
    const run = filterPipeline(filters);
    for (const [i, asked] of all.entries()) {
      const { id, document, target, requests } = asked;
      const answers = responses[i].map((repeats): ScoredAnswer => {
        const [first] = repeats;
        if ("logprob" in first) {
          const { logprob, isGreedy } = first;
          return { logprob, isGreedy, filtered: [logprob, isGreedy], responses: repeats };
        }
        const texts = (repeats as readonly Continued[]).map(({ text }) => text);
        const filtered = run(texts, document);
        return { logprob: Number.NaN, isGreedy: false, filtered, responses: repeats };
      });
      const own = responses[i].flat();
      samples.push({
        ...{ id, document, target, requests, responses: responses[i], filter },
        filtered: answers.map(({ filtered }) => filtered),
        metrics: await score(asked, answers),
        hashes: hashesOf(asked),
        truncated: own.reduce((sum, { truncated }) => sum + truncated, 0),
        joined: own.some((answer) => "joined" in answer && answer.joined),
      });
    }
  }
  return samples;
}

/** The figures, metric by metric in the order in which the samples have them. */
export function figures(
  task: TaskSpec,
  samples: readonly Sample[],
  bootstrap: number,
): MetricResult[] {
  const values = new Map<string, { metric: string; filter: string; all: MetricValue[] }>();
  for (const { filter, metrics } of samples) {
    for (const [metric, value] of Object.entries(metrics)) {
      const key = `${metric},${filter}`;
      const row = values.get(key) ?? { metric, filter, all: [] };
      values.set(key, row);
      row.all.push(value);
    }
  }
  return Array.from(values.values(), ({ metric, filter, all }) => {
    const own = task.metrics.find((one) => one.metric === metric) ?? { metric };
    const { aggregation, higherIsBetter } = completed(own);
    return { metric, filter, ...aggregated(aggregation, all, bootstrap), higherIsBetter };
  });
}

/**
 * Tasks that make one figure together: the subjects of MMLU, the 27 of BIG-Bench Hard.
 * @module
 */
import { refusals } from "../../errors.ts";
import { pooled } from "../metrics/standard-error.ts";
import type { MetricResult, TaskResult } from "./result.ts";
import type { TaskSpec } from "./spec.ts";

/** Tasks under one name. */
export interface TaskGroup {
  /** What the group is called. */
  readonly name: string;
  /** Its tasks, each run by itself. */
  readonly tasks: readonly TaskSpec[];
  /** Whether the mean is that of all documents; or that of the tasks, each counting alike. */
  readonly weightBySize: boolean;
}

/**
 * The figures that all tasks of a group have, as one: means by size or by task, errors pooled, as the harness does it.
 * @throws {ArgumentError} if there are no results, or no metric that all have.
 */
export function groupResult(
  results: readonly TaskResult[],
  { weightBySize }: Pick<TaskGroup, "weightBySize">,
): MetricResult[] {
  const [first, ...others] = results;
  const shared = (first?.metrics ?? []).flatMap((own) => {
    const rest = others.map(({ metrics }) =>
      metrics.find(({ metric, filter }) => metric === own.metric && filter === own.filter),
    );
    return rest.includes(undefined) ? [] : [[own, ...(rest as MetricResult[])]];
  });
  if (shared.length === 0) {
    const hint = "the tasks of a group have a metric in common";
    throw refusals("groupResult").argument("results", "results of a group", results.length, hint);
  }
  return shared.map((rows) => {
    const members = rows.map(({ value, error = Number.NaN }, i) => {
      return { mean: value, error, size: results[i].documents.effective };
    });
    const { mean, error } = pooled(members, { bySize: weightBySize });
    return { ...rows[0], value: mean, error: Number.isNaN(error) ? undefined : error };
  });
}

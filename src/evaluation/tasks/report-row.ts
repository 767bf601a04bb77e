/**
 * From a task to what the report has for its benchmark.
 * @module
 */
import { benchmarkRow } from "../../report/benchmark-scores.ts";
import type { BenchmarkRow } from "../../report/benchmarks.ts";
import { SAFETY, type SafetyRow } from "../../report/safety.ts";
import type { TaskSpec } from "../task/spec.ts";

/**
 * The row of the report's Table 6, or of its Tables 8 and 10; undefined where it has none. Its prompts were not published: set a figure beside
 * it, with the task's `differsFromReport`, and do not say that it was reproduced.
 *
 *     reportRow(PIQA)?.scores; // { "Gemma 2B": 77.3, ... }
 */
export function reportRow({
  report,
}: Pick<TaskSpec, "report">): BenchmarkRow | SafetyRow | undefined {
  if (report === undefined) return undefined;
  if (typeof report === "string") return benchmarkRow(report);
  return SAFETY.rows.find(({ benchmark }) => benchmark === report.safety);
}

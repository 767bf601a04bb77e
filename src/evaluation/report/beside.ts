/**
 * A figure that was measured, beside the report's. The report's prompts were not published: two such figures are not of the same
 * experiment, and no figure here reproduces one there.
 * @module
 */
import { table } from "../../table.ts";
import type { TaskResult } from "../task/result.ts";
import { reportRow } from "../tasks/report-row.ts";

/** A task that the report has figures of. */
export interface BesideReport {
  /** The name of the task. */
  readonly task: string;
  /** What was measured: `acc 79.4`, in percent. */
  readonly measured: readonly string[];
  /** Name of its row in the report. */
  readonly row: string;
  /** As it is printed, with its metric: `5-shot, top-1`. */
  readonly metric: string | undefined;
  /** What the report has, by model, in percent. */
  readonly reported: Readonly<Record<string, number>>;
  /** What the report did differently, as far as it says. */
  readonly differs: string;
}

const UNSAID = "Its prompts were not published.";

/** Those of `results` that the report has a row of. */
export function besideReport(results: readonly TaskResult[]): BesideReport[] {
  return results.flatMap(({ task, metrics }) => {
    const found = reportRow(task);
    if (!found) return [];
    const gemmas = Object.entries(found.scores).filter(([model]) => model.startsWith("Gemma"));
    return [
      {
        task: task.name,
        measured: metrics
          .filter(({ value }) => value >= 0 && value <= 1)
          .slice(0, MOST)
          .map(({ metric, filter, value }) => {
            const name = filter === "none" ? metric : `${metric},${filter}`;
            return `${name} ${(100 * value).toFixed(1)}`;
          }),
        row: found.benchmark,
        metric: found.metric,
        reported: Object.fromEntries(gemmas),
        differs: task.differsFromReport ?? UNSAID,
      },
    ];
  });
}

/** Figures of a task that are named: BBQ has 27. */
const MOST = 3;

/** The same as lines of text; nothing if there are no such tasks. */
export function besideReportText(results: readonly TaskResult[]): string {
  const rows = besideReport(results);
  if (rows.length === 0) return "";
  const models = [...new Set(rows.flatMap(({ reported }) => Object.keys(reported)))];
  const lines = rows.map(({ task, measured, row, reported }) => [
    task,
    measured.join(", "),
    row,
    ...models.map((model) => reported[model]?.toFixed(1) ?? ""),
  ]);
  const head = ["task", "here, %", "in the report", ...models];
  const differences = rows.map(({ task, differs }) => `${task}: ${differs}\n`).join("");
  return `Beside the report, whose prompts were not published (figures of other experiments):

${table([head, ...lines], `lll${"r".repeat(models.length)}`)}
${differences}`;
}

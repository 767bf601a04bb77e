/** The table of docs/evaluation.md has every task, with the data that it takes. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { TaskSpec } from "../../src/evaluation/task/spec.ts";
import { TASKS } from "../../src/evaluation/tasks/all.ts";
import { humanEval } from "../../src/evaluation/tasks/code/humaneval.ts";
import { mbpp } from "../../src/evaluation/tasks/code/mbpp.ts";
import { MATH_SUBJECTS, minervaMath, SAME_FORMULA } from "../../src/evaluation/tasks/maths/math.ts";
import { reportRow } from "../../src/evaluation/tasks/report-row.ts";
import { truthfulQa } from "../../src/evaluation/tasks/safety/truthfulqa.ts";
import { root } from "./blocks/markdown.ts";

const rows = readFileSync(root("docs/evaluation.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const runner = {
  ...{ language: "python", description: "" },
  run: async () => Promise.reject(new Error("not run")),
};
const tasks: readonly TaskSpec[] = [
  ...TASKS.values(),
  ...MATH_SUBJECTS.map((subject) => minervaMath(subject, SAME_FORMULA)),
  ...[truthfulQa("mc1", ""), truthfulQa("mc2", ""), humanEval(runner), mbpp(runner)],
];

/** Tasks that differ in their subject alone have one row. */
const nameOf = ({ name }: TaskSpec) =>
  name === "agieval_math"
    ? name
    : name.replace(/^(mmlu|minerva_math)_.*/, "$1_SUBJECT").replace(/^agieval_.*/, "agieval_SET");

it.each(tasks.map((task) => [task.name, task] as const))("%s has its row", (_, task) => {
  const row = rows.find(([name]) => name === `\`${nameOf(task)}\``);
  if (!row || !task.source) throw new Error(`no row of ${task.name} in docs/evaluation.md`);
  const [, report, data, splits, fields, shots, metrics, licence] = row;
  expect(report).toBe(reportRow(task)?.benchmark ?? "");
  const isMany = nameOf(task) !== task.name;
  if (!isMany) expect(data).toContain(task.source.dataset);
  expect(splits.split(", ")[0]).toBe(task.splits.test);
  expect(shots).toBe(String(task.shots?.count ?? 0));
  expect(fields).toBe(task.source.fields.map((field) => `\`${field}\``).join(" "));
  expect(metrics.split(", ")[0]).toBe(task.metrics[0].metric);
  expect(licence).toBe(task.source.licence);
});

it("has no row of a task that there is not", () => {
  const names = tasks.map((task) => `\`${nameOf(task)}\``);
  expect(rows.map(([name]) => name).filter((name) => !names.includes(name))).toEqual([]);
});

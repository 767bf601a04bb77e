/**
 * Tasks by the names that a user gives.
 * @module
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { refusals } from "../../errors.ts";
import { taskFromLmEval } from "../../evaluation/lm-eval/from-lm-eval.ts";
import type { TaskGroup } from "../../evaluation/task/group.ts";
import type { TaskSpec } from "../../evaluation/task/spec.ts";
import { TASKS } from "../../evaluation/tasks/all.ts";
import { humanEval } from "../../evaluation/tasks/code/humaneval.ts";
import { mbpp } from "../../evaluation/tasks/code/mbpp.ts";
import { DEMO } from "../../evaluation/tasks/demo/demo.ts";
import { MMLU } from "../../evaluation/tasks/knowledge/mmlu.ts";
import { MATH_SUBJECTS, minervaMath, SAME_FORMULA } from "../../evaluation/tasks/maths/math.ts";
import { AGIEVAL_SETS, agieval } from "../../evaluation/tasks/reasoning/agieval.ts";
import { truthfulQa } from "../../evaluation/tasks/safety/truthfulqa.ts";
import { pythonRunner } from "../../node/code-runner/python-runner.ts";
import { systemError } from "../../node/system-error.ts";
import { nearest } from "../../option-hints.ts";
import { table } from "../../table.ts";
import { UsageError } from "../command.ts";
import type { Style } from "../terminal/style.ts";

/** The tasks that are run, and the groups that get a row of their own. */
export interface ChosenTasks {
  readonly tasks: readonly TaskSpec[];
  readonly groups: readonly TaskGroup[];
}

const MATH: TaskGroup = {
  name: "minerva_math",
  tasks: MATH_SUBJECTS.map((subject) => minervaMath(subject, SAME_FORMULA)),
  weightBySize: true,
};

const AGIEVAL: TaskGroup = {
  name: "agieval",
  tasks: AGIEVAL_SETS.map(agieval),
  weightBySize: true,
};

const GROUPS: readonly TaskGroup[] = [MMLU, AGIEVAL, MATH];

/** What options say of tasks. */
export interface TaskOptions {
  readonly yaml?: readonly string[];
  readonly data?: string;
  readonly "run-code"?: boolean;
}

/** Tasks that run programs. */
const CODE = { humaneval: humanEval, mbpp } as const;

/** Tasks that take what is not given. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  humaneval: "it runs programs that the model has written: --run-code says that they may",
  mbpp: "it runs programs that the model has written: --run-code says that they may",
  realtoxicityprompts: "it takes a judge: realToxicity(judge) of gemma-reference/evaluation",
  bbh: "its examples come with the paper's data: give the harness's YAML, --yaml FILE",
};

/** The primer of TruthfulQA, in the folder of the data. */
const PRIMER = "truthfulqa.primer.txt";

const singles: ReadonlyMap<string, TaskSpec> = new Map([
  ...TASKS,
  ...[...DEMO.tasks, ...MATH.tasks].map((task) => [task.name, task] as const),
]);

/**
 * The tasks of these names, and those of YAML files.
 * @throws {UsageError} for a name that there is not, with the one that was meant.
 */
export async function tasksNamed(
  names: readonly string[],
  { yaml = [], data, "run-code": runsCode }: TaskOptions,
): Promise<ChosenTasks> {
  const tasks = new Map<string, TaskSpec>();
  const groups: TaskGroup[] = [];
  for (const name of names) {
    const group = [...GROUPS, DEMO].find((one) => one.name === name);
    if (group && group !== DEMO) groups.push(group);
    const found = group ? group.tasks : [await single(name, data, runsCode)];
    for (const task of found) tasks.set(task.name, task);
  }
  for (const path of yaml) {
    const task = await taskOfYaml(path);
    tasks.set(task.name, task);
  }
  return { tasks: [...tasks.values()], groups };
}

async function single(
  name: string,
  data: string | undefined,
  runsCode: boolean | undefined,
): Promise<TaskSpec> {
  const known = singles.get(name);
  if (known) return known;
  if (runsCode && (name === "humaneval" || name === "mbpp")) {
    return CODE[name](await pythonRunner({ confirmRunUnsafeCode: true }));
  }
  return fromData(name, data);
}

async function fromData(name: string, data: string | undefined): Promise<TaskSpec> {
  const [, variant] = /^truthfulqa_(mc1|mc2)$/.exec(name) ?? [];
  if (variant === undefined) throw unknown(name);
  const path = join(data ?? ".", PRIMER);
  try {
    return truthfulQa(variant as "mc1" | "mc2", (await readFile(path, "utf8")).trimEnd());
  } catch (error) {
    const expected = "the paper's six questions with answers (QA_PRIMER), which stand before each";
    throw systemError(refusals("eval", path), expected, error);
  }
}

function unknown(name: string): UsageError {
  const known = [...singles.keys(), ...GROUPS.map((group) => group.name), DEMO.name];
  const elsewhere = Object.keys(ELSEWHERE).find((one) => name.startsWith(one));
  const near = nearest(name, known);
  const hint = elsewhere
    ? ELSEWHERE[elsewhere]
    : near
      ? `did you mean ${near}?`
      : "eval --list lists them";
  return new UsageError(`unknown task "${name}"; ${hint}`);
}

async function taskOfYaml(path: string): Promise<TaskSpec> {
  try {
    const include = (name: string) => readFileSync(join(dirname(path), name), "utf8");
    return taskFromLmEval(await readFile(path, "utf8"), { include });
  } catch (error) {
    throw systemError(refusals("eval", path), "a task of lm-evaluation-harness", error);
  }
}

/** Every task: its name, the split and the data that it takes, its row in the report. */
export function listOfTasks(style: Style): string {
  const groups = [...GROUPS, DEMO];
  const inGroups = new Set(GROUPS.flatMap((group) => group.tasks.map(({ name }) => name)));
  const rows = [...singles.values()]
    .filter(({ name }) => !inGroups.has(name))
    .map((task) => [task.name, shotsOf(task), task.splits.test, dataOf(task), rowOf(task)]);
  const ofGroups = groups.map(({ name, tasks }) => [
    name,
    shotsOf(tasks[0]),
    tasks[0].splits.test,
    name === DEMO.name ? "" : `${tasks.length} tasks: ${tasks[0].name}, ...`,
    rowOf(tasks[0]),
  ]);
  const also = [
    ["truthfulqa_mc1", "0", "validation", `truthfulqa/truthful_qa, and ${PRIMER}`, "TruthfulQA"],
    ["truthfulqa_mc2", "0", "validation", `truthfulqa/truthful_qa, and ${PRIMER}`, "TruthfulQA"],
    ["humaneval", "0", "test", "openai/openai_humaneval; --run-code", "HumanEval"],
    ["mbpp", "3", "test", "google-research-datasets/mbpp (full); --run-code", "MBPP"],
  ];
  const head = ["task", "shots", "split", "data", "in the report"];
  const all = [head, ...[...ofGroups, ...rows, ...also].sort(([a], [b]) => (a < b ? -1 : 1))];
  const [first, ...rest] = table(all, "lrlll").split("\n");
  return `${[style("bold", first), ...rest].join("\n")}
Data is not shipped, but for demo: --data DIR has TASK.SPLIT.jsonl (docs/evaluation.md).
`;
}

const shotsOf = ({ shots }: TaskSpec) => String(shots?.count ?? 0);

function dataOf({ source }: TaskSpec): string {
  if (!source) return "with the package";
  return source.subset ? `${source.dataset} (${source.subset})` : source.dataset;
}

function rowOf({ report }: TaskSpec): string {
  if (report === undefined) return "";
  return typeof report === "string" ? report : report.safety;
}

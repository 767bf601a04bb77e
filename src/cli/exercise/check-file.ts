/**
 * Checks a learner's file once, says what was found, and keeps it.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { refusals } from "../../errors.ts";
import { DETECTIVE } from "../../exercises/detective/case.ts";
import { type Exercise, functionNames, type Task } from "../../exercises/exercise.ts";
import { type Job, told } from "../../exercises/run/job.ts";
import { type Done, keepProgress } from "../../exercises/run/progress.ts";
import { type Ending, type RunOptions, runJob } from "../../exercises/run/run-job.ts";
import { EXERCISES } from "../../exercises/tasks/all.ts";
import { fixturesPath } from "../../node/exercise-files.ts";
import { findingsText } from "./detective-text.ts";
import { FOLDER, PROGRESS, type Setting, tell } from "./setting.ts";
import { ensureFile } from "./stub.ts";
import { failureText, strangeText, successText, taskText, unusableText } from "./text.ts";

/** All that can be checked, in the order of the road: the functions of Gemma, and then the engines of others. */
export const TASKS: readonly Task[] = [...EXERCISES, DETECTIVE];

/**
 * One check. A file that is not there is written first, as the stub.
 * @returns the exit code: 0 if it passed, or was written just now.
 * @throws {UnsupportedError} if it is TypeScript, and this Node does not run that.
 */
export async function checkFile(task: Task, file: string, setting: Setting): Promise<number> {
  const { program, style } = setting;
  assertRuns(file);
  const state = await ensureFile(task, file);
  const about = { exercise: task.name, file };
  if (state !== "written") {
    const text = taskText(task, file, state === "untouched", program, style);
    await tell(setting, { ...about, state, task: task.task.replace(/\s+/g, " ") }, text);
    return state === "new" ? 0 : 1;
  }
  const found = await check(task, file, setting);
  await keep(task, { file, ...found.done });
  await tell(setting, { ...about, ...found.object }, found.text);
  return found.done.passed ? 0 : 1;
}

async function check(task: Task, file: string, setting: Setting): Promise<Found> {
  const one = EXERCISES.find(({ name }) => name === task.name);
  const about = { fixtures: fixturesPath(), file: urlOf(file) };
  const job: Job = one
    ? { kind: "check", exercise: one.name, ...about }
    : { kind: "detective", ...about };
  const ending = await runJob(job, runOptions(setting));
  const why = told(ending.messages).why;
  if (why !== undefined) return unusable(task, why, setting);
  const found = one
    ? foundIn(one, ending, file, setting)
    : foundByDetective(task, ending, file, setting);
  if (found) return found;
  const { endless, left } = ending;
  return endless
    ? unusable(task, `No end after ${setting.seconds} s: ${endless}. Does the loop end?`, setting)
    : unusable(task, `The program was ended: ${left}. Is there a process.exit?`, setting);
}

/** How a job is run for this call: what a file prints goes to stderr, as stdout may be JSON. */
export function runOptions({ io, seconds }: Setting): RunOptions {
  const onConsole = (text: string) => void io.stderr.write(text);
  return { seconds, signal: io.signal, onConsole };
}

/** The file of today: a worker imports it anew. */
export function urlOf(file: string): string {
  return pathToFileURL(file).href;
}

interface Found {
  readonly object: object;
  readonly text: string;
  readonly done: Done;
}

const FAILED: Done = { passed: false, tried: true };
const PASSED: Done = { passed: true, tried: true };

function unusable(task: Task, why: string, { style }: Setting): Found {
  return { object: { state: "unusable", why }, text: unusableText(task, why, style), done: FAILED };
}

function untouched(task: Task, file: string, { program, style }: Setting): Found {
  const text = taskText(task, file, true, program, style);
  return { object: { state: "untouched" }, text, done: {} };
}

/** Undefined if the check did not come to an end. */
function foundIn(one: Exercise, ending: Ending, file: string, setting: Setting): Found | undefined {
  const { style } = setting;
  const { verdict, said } = told(ending.messages);
  if (verdict && "failure" in verdict) {
    const { failure } = verdict;
    if (failure.unwritten) {
      if (functionNames(one).length === 1) return untouched(one, file, setting);
      return unusable(one, failure.why.join(" "), setting);
    }
    const text = failureText(one, failure, said, style);
    return { object: { state: "failed", failure, said }, text, done: FAILED };
  }
  if (!verdict || (!said && !one.isBeside)) return undefined;
  const { success } = verdict;
  const isRight = said?.right ?? true;
  const object = { state: isRight ? "passed" : "failed", success, said };
  if (said && !isRight) return { object, text: strangeText(one, said, style), done: FAILED };
  return { object, text: successText(one, success, said, next(one, setting), style), done: PASSED };
}

/** Undefined if the check did not come to an end. */
function foundByDetective(
  task: Task,
  ending: Ending,
  file: string,
  setting: Setting,
): Found | undefined {
  const { findings } = told(ending.messages);
  if (!findings) return undefined;
  if (findings[0].isUnwritten) return untouched(task, file, setting);
  const passed = findings.every(({ mistake }) => mistake !== undefined);
  const text = findingsText(task, findings, next(task, setting), setting.style);
  const object = { state: passed ? "passed" : "failed", findings };
  return { object, text, done: passed ? PASSED : FAILED };
}

function next(task: Task, { program }: Setting): string {
  const following = TASKS[TASKS.indexOf(task) + 1];
  return following
    ? `Next: ${program} ${following.name}`
    : `Next: ${program} play runs all of yours; ${program} lists what is left`;
}

async function keep(one: Task, done: Done): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await keepProgress(PROGRESS, one.name, done);
}

/** @throws {UnsupportedError} if a file is TypeScript that this Node does not run. */
function assertRuns(file: string): void {
  if (!/^\.[cm]?ts$/.test(extname(file))) return;
  const { typescript } = process.features as { typescript?: unknown };
  if (typescript) return;
  const got = `TypeScript, and Node ${process.versions.node}`;
  const hint = "Node runs TypeScript from 22.18 on; with this one write JavaScript, types in JSDoc";
  throw refusals("exercise", file).unsupported(undefined, "a file that this Node runs", got, hint);
}

/**
 * Checks a learner's file once, says what was found, and keeps it.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { refusals } from "../../errors.ts";
import { type Exercise, functionNames } from "../../exercises/exercise.ts";
import { told } from "../../exercises/run/job.ts";
import { type Done, keepProgress } from "../../exercises/run/progress.ts";
import { type Ending, type RunOptions, runJob } from "../../exercises/run/run-job.ts";
import { EXERCISES } from "../../exercises/tasks/all.ts";
import { fixturesPath } from "../../node/exercise-files.ts";
import { FOLDER, PROGRESS, type Setting, tell } from "./setting.ts";
import { ensureFile } from "./stub.ts";
import { failureText, strangeText, successText, taskText, unusableText } from "./text.ts";

/**
 * One check. A file that is not there is written first, as the stub.
 * @returns the exit code: 0 if it passed, or was written just now.
 * @throws {UnsupportedError} if it is TypeScript, and this Node does not run that.
 */
export async function checkFile(one: Exercise, file: string, setting: Setting): Promise<number> {
  const { program, style } = setting;
  assertRuns(file);
  const state = await ensureFile(one, file);
  const about = { exercise: one.name, file };
  if (state !== "written") {
    const text = taskText(one, file, program, style);
    await tell(setting, { ...about, state, task: one.task.replace(/\s+/g, " ") }, text);
    return state === "new" ? 0 : 1;
  }
  const ending = await runJob(
    { kind: "check", fixtures: fixturesPath(), exercise: one.name, file: urlOf(file) },
    runOptions(setting),
  );
  const found = foundIn(one, ending, file, setting);
  await keep(one, { file, ...found.done });
  await tell(setting, { ...about, ...found.object }, found.text);
  return found.done.passed ? 0 : 1;
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

function foundIn(one: Exercise, ending: Ending, file: string, setting: Setting): Found {
  const { style, program, seconds } = setting;
  const { verdict, said, why } = told(ending.messages);
  const failed: Done = { passed: false, tried: true };
  const unusable = (why: string): Found => ({
    object: { state: "unusable", why },
    text: unusableText(one, why, style),
    done: failed,
  });

  if (why !== undefined) return unusable(why);
  if (verdict && "failure" in verdict) {
    const { failure } = verdict;
    if (failure.unwritten && functionNames(one).length === 1) {
      const text = taskText(one, file, program, style);
      return { object: { state: "untouched" }, text, done: {} };
    }
    const text = failure.unwritten
      ? unusableText(one, failure.why.join(" "), style)
      : failureText(one, failure, said, style);
    return { object: { state: "failed", failure, said }, text, done: failed };
  }
  if (ending.endless) {
    return unusable(`No end after ${seconds} s: ${ending.endless}. Does the loop end?`);
  }
  if (!verdict || !said) {
    return unusable(`The program was ended: ${ending.left}. Is there a process.exit?`);
  }
  const { success } = verdict;
  const object = { state: said.right ? "passed" : "failed", success, said };
  if (!said.right) return { object, text: strangeText(one, said, style), done: failed };
  const next = EXERCISES[EXERCISES.indexOf(one) + 1];
  const then = next ? `Next: ${program} ${next.name}` : `That was the last: ${program} play`;
  const text = successText(one, success, said, then, style);
  return { object, text, done: { passed: true, tried: true } };
}

async function keep(one: Exercise, done: Done): Promise<void> {
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

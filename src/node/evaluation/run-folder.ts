/**
 * A folder with runs in it, laid out as lm-evaluation-harness does: `MODEL/results_DATE.json` and `MODEL/samples_TASK_DATE.jsonl`;
 * beside them `answers.jsonl`, from which an interrupted run goes on, and `runs.json`, which knows when each run began.
 * @module
 */
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { refusals } from "../../errors.ts";
import type { LmEvalResults, LmEvalSample } from "../../evaluation/results/lm-eval-files.ts";
import { parseLmEvalSamples } from "../../evaluation/results/read.ts";
import { lmEvalResultsText, sanitizedName } from "../../evaluation/results/write-results.ts";
import { lmEvalSampleLines } from "../../evaluation/results/write-samples.ts";
import type { TaskResult } from "../../evaluation/task/result.ts";
import { parseJsonObject } from "../../source/json.ts";
import { sha256Hex } from "../../source/sha256.ts";
import { errorCode, systemError } from "../system-error.ts";
import { writeFileAtomically } from "../write-atomically.ts";

/** The file of answers in a folder of runs: see `withAnswerFile`. */
export function answersPath(folder: string): string {
  return join(folder, "answers.jsonl");
}

/**
 * When a run with these settings began, in whole seconds since 1970: `now`, or what was said the first time. So a run that goes on after
 * an interruption writes the files that it would have written, under the same names.
 * @param settings all that decides what is asked, as plain JSON.
 */
export async function beginning(folder: string, settings: unknown, now: number): Promise<number> {
  const path = join(folder, "runs.json");
  const key = sha256Hex(JSON.stringify(settings)).slice(0, 16);
  const known = await runsOf(path);
  const before = known[key];
  if (typeof before === "number") return before;
  const runs = { ...known, [key]: Math.floor(now) };
  await writeFileAtomically(path, bytesOf(`${JSON.stringify(runs, null, 2)}\n`));
  return Math.floor(now);
}

async function runsOf(path: string): Promise<Record<string, unknown>> {
  try {
    return parseJsonObject(new Uint8Array(await readFile(path)), "eval", path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return {};
    throw systemError(refusals("eval", path), "the beginnings of runs", error);
  }
}

/** Writes the two kinds of file. @returns the path of the results. */
export async function writeRun(
  folder: string,
  results: LmEvalResults,
  tasks: readonly TaskResult[],
): Promise<string> {
  const own = join(folder, sanitizedName(String(results.model_name)));
  const date = dateOf(Number(results.date ?? 0));
  await mkdir(own, { recursive: true }).catch((error) => {
    throw systemError(refusals("eval", own), "a folder to write into", error);
  });
  for (const result of tasks) {
    const file = join(own, `samples_${result.task.name}_${date}.jsonl`);
    await writeFileAtomically(file, bytesOf(lmEvalSampleLines(result)));
  }
  const path = join(own, `results_${date}.json`);
  await writeFileAtomically(path, bytesOf(lmEvalResultsText(results)));
  return path;
}

/** `2026-11-27T01-12-05`: as the harness has it in names of files. */
export function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(":", "-");
}

/**
 * The samples of a run by task: of a file, or of all files in a folder and the folders in it. Where a task has several, the one with the latest
 * date counts.
 * @throws {SourceError} if there are none.
 */
export async function readRunSamples(path: string): Promise<Map<string, LmEvalSample[]>> {
  const newest = new Map<string, string>();
  for (const file of (await sampleFiles(path)).sort()) {
    const [, task] = NAME.exec(basename(file)) ?? [];
    const name = task ?? basename(file).replace(/\.jsonl$/, "");
    const before = newest.get(name);
    if (before === undefined || basename(before) <= basename(file)) newest.set(name, file);
  }
  if (newest.size === 0) {
    const hint = "eval --out DIR writes them, and lm_eval with --log_samples --output_path DIR";
    throw refusals("eval", path).source(undefined, "files samples_*.jsonl", "none", hint);
  }
  const all = new Map<string, LmEvalSample[]>();
  for (const [task, file] of newest) {
    all.set(task, parseLmEvalSamples(await readFile(file, "utf8"), file));
  }
  return all;
}

const NAME = /^samples_(.*)_\d{4}-\d\d-\d\dT[\d.-]+\.jsonl$/;

async function sampleFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const all = await readdir(path, { recursive: true });
    return all
      .filter((file) => /^samples_.*\.jsonl$/.test(basename(file)))
      .map((file) => join(path, file));
  } catch (error) {
    throw systemError(refusals("eval", path), "a folder with a run in it", error);
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

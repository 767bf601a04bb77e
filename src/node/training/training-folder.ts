/**
 * The folder of a run. Whatever ends the process, a run goes on from its last save, and is the run that it would have been.
 *
 *     run.json           the settings that it began with
 *     run.safetensors    the run as it was saved last: written beside, then renamed
 *     log.jsonl          what each step reported, a line of JSON each
 *
 * @module
 */
import { appendFile, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { type JsonValue, parseJsonObject } from "../../source/json.ts";
import { withLock } from "../file-lock.ts";
import { fileSource } from "../file-source.ts";
import { errorCode, systemError } from "../system-error.ts";
import { assertFree, writeFileAtomically } from "../write-atomically.ts";

/** Options of {@link withTrainingFolder}. */
export interface TrainingFolderOptions {
  /** What decides what is learnt, as plain JSON: it must be the same when a run goes on. Default: nothing. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
  /** Whether a run that is there goes on. Where there is none, one begins. Default false: a run that is there is refused. */
  readonly resume?: boolean;
  /** Stops the wait for another process that has the folder. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<TrainingFolderOptions> = {
  settings: true,
  resume: "boolean",
  signal: true,
};

/** What is logged of a step: at least which it is. */
export interface LoggedStep {
  /** Which step, from 1. */
  readonly step: number;
}

/** The folder of a run, while it is worked on. */
export interface TrainingFolder {
  /** The run that was saved there: `resume` of `train`. Undefined if none was. */
  readonly saved: ByteSource | undefined;
  /** What was logged so far, steps behind the last save included. */
  readonly logged: readonly LoggedStep[];
  /** Saves a run: `save` of `train`. */
  save(file: FileStream): Promise<void>;
  /** Logs a step. Those that were logged before and are being done again go out. */
  log(report: LoggedStep): Promise<void>;
}

const OP = "withTrainingFolder";
const [RUN, SETTINGS, LOG] = ["run.safetensors", "run.json", "log.jsonl"];

/**
 * Does `work` with the folder at `path`, which is made if it is not there. One process at a time has it; another waits. If `work`
 * fails before anything was saved, nothing of the run stays, and another one may begin there.
 * @throws {ArgumentError} if other files are there; if a run is, and is not to go on; if it began with other settings.
 * @throws {SourceError} if the disk refuses.
 */
export async function withTrainingFolder<T>(
  path: string,
  options: TrainingFolderOptions,
  work: (folder: TrainingFolder) => Promise<T>,
): Promise<T> {
  assertOptions(OP, options, NAMES);
  const { settings = {}, resume = false, signal } = options;
  if (await begun(path)) assertResumes(path, resume);
  else if (!(await isBeginning(path))) await assertFree(path);
  return withLock(join(path, "run.lock"), signal, async () => {
    const before = await begun(path);
    if (before) {
      assertResumes(path, resume);
      assertSettings(path, before, settings);
    } else await writeText(join(path, SETTINGS), `${JSON.stringify(settings, null, 2)}\n`);
    const folder = await opened(path);
    try {
      return await work(folder);
    } catch (error) {
      if (!(await isSaved(path))) await removeRun(path);
      throw error;
    } finally {
      await folder.saved?.close?.();
    }
  });
}

/** Whether there is something to go on from. */
async function isSaved(path: string): Promise<boolean> {
  return (await readdir(path)).includes(RUN);
}

/** Removes what a run has left that failed before its first save, so that another one may begin there. */
async function removeRun(path: string): Promise<void> {
  for (const name of [LOG, SETTINGS]) await rm(join(path, name), { force: true });
}

async function opened(path: string): Promise<TrainingFolder> {
  const [run, log] = [join(path, RUN), join(path, LOG)];
  const saved = await fileSource(run).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const logged = stepsOf((await readIfThere(log)) ?? "");
  let isCut = false;
  return {
    saved,
    logged,
    async save({ chunks }) {
      await saved?.close?.(); // it was read when the run went on from it; some systems do not replace what is open
      await writeFileAtomically(run, chunks());
    },
    async log(report) {
      const line = `${JSON.stringify(report)}\n`;
      const kept = logged.filter(({ step }) => step < report.step);
      if (isCut) return await append(log, line);
      isCut = true;
      await writeText(log, kept.map((step) => `${JSON.stringify(step)}\n`).join("") + line);
    },
  };
}

/** The steps of a log; a line that was being written when the process was killed is none. */
function stepsOf(text: string): LoggedStep[] {
  return text
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      try {
        const value = JSON.parse(line) as LoggedStep;
        return Number.isInteger(value?.step) ? [value] : [];
      } catch {
        return [];
      }
    });
}

/** The settings of the run that is there. */
async function begun(path: string): Promise<Record<string, JsonValue> | undefined> {
  const file = join(path, SETTINGS);
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  return parseJsonObject(new TextEncoder().encode(text), OP, file) as Record<string, JsonValue>;
}

/** Whether all that is there is of a run that was killed before it had begun. */
async function isBeginning(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => []);
  return names.length > 0 && names.every((name) => name.startsWith("run."));
}

function assertResumes(path: string, resume: boolean): void {
  if (resume) return;
  const hint = "resume (--resume) goes on with it; another folder begins anew";
  throw refusals(OP, path).argument(undefined, "a folder without a run", "one with a run", hint);
}

function assertSettings(
  path: string,
  before: Readonly<Record<string, JsonValue>>,
  now: Readonly<Record<string, JsonValue>>,
): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [old, own] = [before[name] ?? null, now[name] ?? null];
    if (JSON.stringify(old) === JSON.stringify(own)) continue;
    const hint = "a run goes on as it began; another folder begins anew";
    throw refusals(OP, path).argument(name, `${brief(old)}, as it began`, brief(own), hint);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw systemError(refusals(OP, path), "the files of a run", error);
  }
}

const isMissing = (error: unknown) => errorCode((error as Error).cause) === "ENOENT";

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomically(path, new TextEncoder().encode(text));
}

async function append(path: string, line: string): Promise<void> {
  try {
    await appendFile(path, line);
  } catch (error) {
    throw systemError(refusals(OP, path), "to write it", error);
  }
}

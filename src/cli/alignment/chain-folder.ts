/**
 * The folder of a chain: a folder of each stage, and which of them are done.
 *
 *     align.json      the settings that it began with, and what has come of each stage that is done
 *     sft, reward, …  the runs
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { withLock } from "../../node/file-lock.ts";
import { errorCode, systemError } from "../../node/system-error.ts";
import { assertFree, writeFileAtomically } from "../../node/write-atomically.ts";
import { type JsonValue, parseJsonObject } from "../../source/json.ts";

const OP = "align";
const FILE = "align.json";

/** Settings that decide what is learnt. */
export type ChainSettings = Readonly<Record<string, JsonValue>>;

/** The folder, while it is worked on. */
export interface ChainFolder {
  /** What has come of a stage; undefined if it is not done. */
  result(stage: string): JsonValue | undefined;
  /** Keeps what has come of a stage: it is done. */
  keep(stage: string, result: JsonValue): Promise<void>;
}

/**
 * Does `work` with the folder, which is made if it is not there. One process at a time has it.
 * @throws {ArgumentError} if other files are there; if a chain is, and is not to go on; if it began with other settings.
 */
export async function withChainFolder<T>(
  path: string,
  { settings, resume, signal }: { settings: ChainSettings; resume: boolean; signal: AbortSignal },
  work: (folder: ChainFolder) => Promise<T>,
): Promise<T> {
  const file = join(path, FILE);
  if (await begun(file)) assertResumes(path, resume);
  else {
    await assertFree(path);
    await mkdir(path, { recursive: true }).catch((error) => {
      throw systemError(refusals(OP, path), "a folder to write into", error);
    });
  }
  return withLock(join(path, "align.lock"), signal, async () => {
    const before = await begun(file);
    if (before) {
      assertResumes(path, resume);
      assertSettings(path, before.settings, settings);
    }
    const results: Record<string, JsonValue> = { ...before?.results };
    const write = () => {
      const json = `${JSON.stringify({ settings, results }, null, 2)}\n`;
      return writeFileAtomically(file, new TextEncoder().encode(json));
    };
    await write();
    return await work({
      result: (stage) => results[stage],
      async keep(stage, result) {
        results[stage] = result;
        await write();
      },
    });
  });
}

interface Kept {
  readonly settings: ChainSettings;
  readonly results: Readonly<Record<string, JsonValue>>;
}

async function begun(file: string): Promise<Kept | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw systemError(refusals(OP, file), "the file of a chain", error);
  }
  const { settings, results } = parseJsonObject(new Uint8Array(bytes), OP, file);
  return { settings: settings as ChainSettings, results: results as Kept["results"] };
}

function assertResumes(path: string, resume: boolean): void {
  if (resume) return;
  const hint = "--resume goes on with it; another folder begins anew";
  throw refusals(OP, path).argument(
    undefined,
    "a folder without a chain",
    "one with a chain",
    hint,
  );
}

function assertSettings(path: string, before: ChainSettings, now: ChainSettings): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [old, own] = [before[name] ?? null, now[name] ?? null];
    if (JSON.stringify(old) === JSON.stringify(own)) continue;
    const hint = "a chain goes on as it began; another folder begins anew";
    throw refusals(OP, path).argument(name, `${brief(old)}, as it began`, brief(own), hint);
  }
}

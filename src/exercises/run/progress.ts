/**
 * What a learner has done so far: `progress.json` beside the files. It can be removed at any time: a check writes it
 * again.
 * @module
 */
import { readFile } from "node:fs/promises";
import { FormatError, refusals } from "../../errors.ts";
import { writeFileAtomically } from "../../node/write-atomically.ts";
import { isObject, parseJsonObject } from "../../source/json.ts";

/** What is known of one exercise. */
export interface Done {
  /** The file that was checked last, as it was given. */
  readonly file?: string;
  /** Whether it passed. */
  readonly passed?: boolean;
  /** Whether a check has failed once: from then on the solution is shown. */
  readonly tried?: boolean;
  /** How many hints were shown. */
  readonly hints?: number;
}

/** By the name of the exercise. */
export type Progress = Readonly<Record<string, Done>>;

/**
 * Reads it; nothing is done yet where there is no such file.
 * @throws {FormatError} if it is not JSON.
 */
export async function readProgress(path: string): Promise<Progress> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!bytes) return {};
  const json = parsed(bytes, path);
  return Object.fromEntries(Object.entries(json).filter(([, done]) => isObject(done))) as Progress;
}

function parsed(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    return parseJsonObject(bytes, "exercise", path);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const hint = "remove it: your files stay, and each check writes its tick again";
    throw refusals("exercise", path).format(
      undefined,
      "a JSON object",
      cause.got ?? "",
      hint,
      cause,
    );
  }
}

/** Writes what is new of one exercise. The folder has to be there. */
export async function keepProgress(path: string, exercise: string, done: Done): Promise<void> {
  const before = await readProgress(path);
  const all = { ...before, [exercise]: { ...before[exercise], ...done } };
  await writeFileAtomically(path, new TextEncoder().encode(`${JSON.stringify(all, null, 2)}\n`));
}

/**
 * Writing a file whole or not at all.
 * @module
 */
import type { Stats } from "node:fs";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ArgumentError } from "../errors.ts";
import { errorCode, systemError } from "../node/system-error.ts";

const op = "writeFile";

/**
 * Refuses a path that cannot be written to, before minutes of work are spent on what is to be written.
 * @throws {ArgumentError} if its folder is missing, or it is a folder itself.
 */
export async function assertWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const parent = await statIfThere(folder);
  if (!parent?.isDirectory()) {
    const got = parent ? "a file" : "no such folder";
    throw new ArgumentError({ op, file: folder, expected: "a folder to write into", got });
  }
  if ((await statIfThere(path))?.isDirectory()) {
    const hint = "give the name of a file in it";
    throw new ArgumentError({ op, file: path, expected: "a file name", got: "a folder", hint });
  }
}

/**
 * Writes `bytes`, whole or as they come, under a temporary name beside `path`, then renames: nobody ever sees half a file, and
 * an older file of that name stays until the new one is complete. Links are followed. What is no file,
 * such as a pipe or /dev/null, is written to, never replaced.
 * @throws {ArgumentError} if the file system refuses.
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  let temporary: string | undefined;
  try {
    const old = await statIfThere(path);
    if (old && !old.isFile()) return await writeFile(path, bytes);
    const target = old ? await realpath(path) : path;
    temporary = `${target}.${process.pid}.tmp`;
    await writeFile(temporary, bytes);
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    if (errorCode(error) === undefined) throw error; // of who made the bytes: an abort, a damaged source
    throw systemError(op, path, "to write it", error);
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw systemError(op, path, "a path to write to", error);
  }
}

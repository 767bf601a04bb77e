/**
 * Writing a file, or a folder of files, whole or not at all.
 * @module
 */
import type { Stats } from "node:fs";
import { mkdir, readdir, realpath, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
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
 * Refuses a path that no new folder can have: nothing that is there is ever replaced by a folder.
 * @throws {ArgumentError} unless it is free, or an empty folder.
 */
export async function assertFree(path: string): Promise<void> {
  const there = await statIfThere(path);
  if (!there) return await assertWritable(resolve(path));
  const expected = "a name that is free, or an empty folder";
  const got = !there.isDirectory()
    ? "a file"
    : (await readdir(path)).length > 0
      ? "a folder with files in it"
      : undefined;
  if (got === undefined) return;
  const hint = "give another name, or remove what is there";
  throw new ArgumentError({ op, file: path, expected, got, hint });
}

/**
 * Writes `bytes`, whole or as they come, under a temporary name beside `path`, then renames: nobody ever
 * sees half a file, and an older file of that name stays until the new one is complete. Links are followed. What is no file,
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

/**
 * Calls `fill` with a new folder under a temporary name beside `path`, then renames it.
 * @throws {ArgumentError} if the file system refuses, or `path` is taken ({@link assertFree}).
 */
export async function writeFolderAtomically(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  await assertFree(path);
  const target = resolve(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await mkdir(temporary);
    await fill(temporary);
    if (await statIfThere(target)) await rmdir(target); // which only an empty folder lets happen
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (errorCode(error) === undefined) throw error;
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

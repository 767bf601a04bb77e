/**
 * Writing a file, or a folder of files, whole or not at all.
 * @module
 */
import type { BigIntStats } from "node:fs";
import {
  mkdir,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ArgumentError } from "../errors.ts";
import { errorCode, systemError } from "./system-error.ts";
import { removeAbandoned, temporaryName } from "./temporary-name.ts";

const op = "writeFile";

/**
 * Refuses a path that cannot be written to, before minutes of work are spent on what is to be written.
 * @throws {ArgumentError} if its folder is missing, or it is a folder itself.
 */
export async function assertWritable(path: string): Promise<void> {
  const there = await statIfThere(resolve(path)); // of "", the working directory
  if (there?.isDirectory()) {
    const hint = "give the name of a file in it";
    throw new ArgumentError({ op, file: path, expected: "a file name", got: "a folder", hint });
  }
  if (there) return;
  const folder = dirname(await targetOf(path));
  const parent = await statIfThere(folder);
  if (parent?.isDirectory()) return;
  const got = parent ? "a file" : "no such folder";
  throw new ArgumentError({ op, file: folder, expected: "a folder to write into", got });
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
 * Refuses to write over what is being read.
 * @throws {ArgumentError} if `path` is one of the files `read`, by whatever name.
 */
export async function assertNoneOf(path: string, read: Iterable<string>): Promise<void> {
  const there = await statIfThere(path);
  if (!there) return;
  for (const file of read) {
    const other = await statIfThere(file).catch(() => undefined); // a URL may be too long for a path
    if (other?.ino !== there.ino || other.dev !== there.dev) continue;
    const expected = "another file than those that are read";
    const hint = "give another name, and rename the file afterwards";
    throw new ArgumentError({ op, file: path, expected, got: file, hint });
  }
}

/**
 * Writes `bytes`, whole or as they come, under a temporary name beside `path`, then renames: nobody ever
 * sees half a file, and an older file of that name stays until the new one is complete. Links are
 * followed, also to where nothing is yet. What is no file, such as a pipe or /dev/null, is written to,
 * never replaced.
 * @throws {ArgumentError} if the file system refuses.
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    const old = await statIfThere(path);
    if (old && !old.isFile()) return await writeFile(path, bytes);
    await throughTemporary(path, async (temporary, target) => {
      await writeFile(temporary, bytes, { flush: true }); // or a power cut might keep the name alone
      await rename(temporary, target);
    });
  } catch (error) {
    throw refusal(path, error);
  }
}

/**
 * Calls `fill` with a new folder under a temporary name beside `path`, then renames it. Links are
 * followed.
 * @throws {ArgumentError} if the file system refuses, or `path` is taken ({@link assertFree}).
 */
export async function writeFolderAtomically(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  try {
    await assertFree(path);
    await throughTemporary(path, async (temporary, target) => {
      await mkdir(temporary);
      await fill(temporary);
      if (await statIfThere(target)) await rmdir(target); // which only an empty folder lets happen
      await rename(temporary, target);
    });
  } catch (error) {
    throw refusal(path, error);
  }
}

/** Calls `write` with a free name beside the target of `path`; if it fails, what has it is removed. */
async function throughTemporary(
  path: string,
  write: (temporary: string, target: string) => Promise<void>,
): Promise<void> {
  const target = await targetOf(resolve(path));
  await removeAbandoned(target);
  const temporary = await temporaryName(target);
  try {
    await write(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // the first error counts
    throw error;
  }
}

/** An error of who made the bytes (an abort, a damaged source) stays as it is. */
function refusal(path: string, error: unknown): unknown {
  return errorCode(error) === undefined ? error : systemError(op, path, "to write it", error);
}

/** Where links lead, whether or not something is there. What is no link is its own target. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw systemError(op, path, "a path to write to", error);
    const link = await readlink(path).catch(() => undefined);
    return link === undefined ? path : targetOf(resolve(dirname(path), link));
  }
}

/** In whole numbers: an inode of Windows has 64 bits. */
async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw systemError(op, path, "a path to write to", error);
  }
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
}

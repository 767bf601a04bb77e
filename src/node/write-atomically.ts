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
import { refusals } from "../errors.ts";
import { errorCode, systemError } from "./system-error.ts";
import { removeAbandoned, temporaryName } from "./temporary-name.ts";

const refusalsFor = (path: string) => refusals("writeFile", path);

/**
 * Refuses a path that cannot be written to, before minutes of work are spent on the content.
 * @throws {SourceError} if its folder is missing.
 * @throws {ArgumentError} if it is a folder itself, or in a file.
 */
export async function assertWritable(path: string): Promise<void> {
  const there = await statIfThere(resolve(path)); // "" is the working directory
  if (there?.isDirectory()) {
    throw refusalsFor(path).argument(undefined, "a file name", "a folder", "name a file in it");
  }
  if (there) return;
  const folder = dirname(await targetOf(path));
  const parent = await statIfThere(folder);
  if (parent?.isDirectory()) return;
  const refuse = refusalsFor(folder);
  if (parent) throw refuse.argument(undefined, "a folder to write into", "a file");
  throw refuse.source(undefined, "a folder to write into", "no such folder");
}

/**
 * Refuses a path that no new folder can have: a folder never replaces a file, or a folder with files.
 * @throws {ArgumentError} unless it is free, or an empty folder.
 * @throws as {@link assertWritable}.
 */
export async function assertFree(path: string): Promise<void> {
  const there = await statIfThere(path);
  if (!there) return await assertWritable(resolve(path));
  const inside = there.isDirectory() ? await listing(path) : undefined;
  if (inside?.length === 0) return;
  const got = there.isDirectory() ? "a folder with files in it" : "a file";
  const hint = "give another name, or remove what is there";
  const expected = "a name that is free, or an empty folder";
  throw refusalsFor(path).argument(undefined, expected, got, hint);
}

async function listing(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw typed(path, error);
  }
}

/**
 * Refuses to write over a file that is being read.
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
    throw refusalsFor(path).argument(undefined, expected, file, hint);
  }
}

/**
 * Writes `bytes`, whole or as they come, under a temporary name beside `path`, then renames it: half a file
 * is never seen, and an older file of that name stays until the new one is complete. Links are followed,
 * also to a file that is not there yet. A pipe or a device, such as /dev/null, is written to and never
 * replaced.
 * @throws {SourceError} if the file system refuses.
 * @throws {ArgumentError} if its name is too long, or its folder is a file.
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
    throw typed(path, error);
  }
}

/**
 * Calls `fill` with a new folder under a temporary name beside `path`, then renames it. Links are
 * followed.
 * @throws {SourceError} if the file system refuses.
 * @throws {ArgumentError} if `path` is taken ({@link assertFree}).
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
      if (await statIfThere(target)) await rmdir(target); // fails unless it is empty
      await rename(temporary, target);
    });
  } catch (error) {
    throw typed(path, error);
  }
}

/** Calls `write` with a free name beside the target of `path`; if `write` fails, that name is removed. */
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

/** An error in the making of the bytes (an abort, a damaged source) stays as it is. */
function typed(path: string, error: unknown): unknown {
  return errorCode(error) === undefined
    ? error
    : systemError(refusalsFor(path), "to write it", error);
}

/** The path that links lead to, whether or not something is there; without links, `path` itself. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw systemError(refusalsFor(path), "a path to write to", error);
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
    throw systemError(refusalsFor(path), "a path to write to", error);
  }
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
}

/**
 * A folder on disk.
 * @module
 */
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { refusals } from "../errors.ts";
import { assertFileName, type Folder } from "../source/folder.ts";
import { fileSource } from "./file-source.ts";
import { errorCode, systemError } from "./system-error.ts";

const refusalsFor = (path: string) => refusals("openFolder", path);

/**
 * The folder at `path`. Nothing is read yet: a folder that is missing is an error when a file is opened.
 * Links are followed: the Hugging Face cache consists of them.
 *
 *     const checkpoint = await openCheckpoint(openFolder("gemma-2b"));
 */
export function openFolder(path: string): Folder {
  return {
    name: path,
    async open(file) {
      assertFileName("openFolder", file);
      const whole = join(path, file);
      if (!(await exists(whole))) {
        await assertFolder(path);
        return undefined;
      }
      return fileSource(whole);
    },
    async list() {
      try {
        return (await readdir(path)).sort();
      } catch (error) {
        throw systemError(refusalsFor(path), "a folder", error);
      }
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    if (errorCode(error) === "ENOTDIR") return false; // its folder is a file: assertFolder refuses it
    throw systemError(refusalsFor(path), "a file that can be read", error);
  }
  try {
    await stat(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw systemError(refusalsFor(path), "a file", error);
    const hint = "the download is incomplete, or the cache was cleaned; download it again";
    throw refusalsFor(path).source(undefined, "a file", "a link to a file that is not there", hint);
  }
  return true;
}

async function assertFolder(path: string): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw systemError(refusalsFor(path), "a folder", error);
  }
  if (isFolder) return;
  const hint = "give the folder that contains it";
  throw refusalsFor(path).argument(undefined, "a folder", "a file", hint);
}

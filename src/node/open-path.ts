/**
 * What lies at a path: a folder, or a file.
 * @module
 */
import { stat } from "node:fs/promises";
import type { ByteSource } from "../checkpoint/byte-source.ts";
import type { Folder } from "../checkpoint/folder.ts";
import { fileSource } from "./file-source.ts";
import { openFolder } from "./folder.ts";

/**
 * The folder or the file at `path`, for `openCheckpoint`. Where there is nothing, a folder whose
 * opening says so.
 * @throws {ArgumentError} if it is a file that may not be read.
 */
export async function openPath(path: string): Promise<Folder | ByteSource> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? fileSource(path) : openFolder(path);
}

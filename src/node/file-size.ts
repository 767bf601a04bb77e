/**
 * Whether a file is there, and complete.
 * @module
 */
import { stat } from "node:fs/promises";

/** The size of the file at `path`, links followed; undefined if there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}

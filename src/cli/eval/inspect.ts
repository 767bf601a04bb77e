/**
 * Logs for Inspect's viewer: one file a task, named as Inspect names them.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { refusals } from "../../errors.ts";
import { inspectLog, inspectLogText } from "../../evaluation/results/inspect-log.ts";
import { type RunDescription, sanitizedName } from "../../evaluation/results/write-results.ts";
import type { TaskResult } from "../../evaluation/task/result.ts";
import { dateOf } from "../../node/evaluation/run-folder.ts";
import { systemError } from "../../node/system-error.ts";
import { writeFileAtomically } from "../../node/write-atomically.ts";

/** @returns the paths of the logs. */
export async function writeInspectLogs(
  folder: string,
  results: readonly TaskResult[],
  about: RunDescription,
): Promise<string[]> {
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw systemError(refusals("eval", folder), "a folder to write into", error);
  });
  const paths: string[] = [];
  for (const result of results) {
    const log = inspectLog(result, about);
    const name = `${dateOf(about.date ?? 0)}+00-00_${sanitizedName(result.task.name)}_${log.eval.task_id}.json`;
    const path = join(folder, name);
    await writeFileAtomically(path, new TextEncoder().encode(inspectLogText(log)));
    paths.push(path);
  }
  return paths;
}

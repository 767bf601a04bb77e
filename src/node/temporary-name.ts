/**
 * The name of a file while it is being written. A later run can tell by it that its process has ended:
 * `gemma-2b.gguf.3f2a90c1.4711.tmp` is written by the process 4711. A process that is killed cannot clean up, and
 * may leave gigabytes of a checkpoint.
 * @module
 */
import { createHash } from "node:crypto";
import { readdir, readlink, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { hasEnded } from "./process-has-ended.ts";

/** Characters of the target's name in it: names are limited to 255 bytes, and a character may take 4. */
const SHOWN = 50;

/** The path, beside `target`, that this process writes it under. */
export async function temporaryName(target: string): Promise<string> {
  return join(dirname(target), `${await prefixOf(target)}${process.pid}.tmp`);
}

/** Removes the files for `target` of processes that have ended. A file that cannot be removed stays. */
export async function removeAbandoned(target: string): Promise<void> {
  const prefix = await prefixOf(target);
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const [, pid] = /^(\d+)\.tmp$/.exec(name.slice(prefix.length)) ?? [];
    // One with our own number was left by an earlier process: we have not begun yet.
    const isAbandoned = Number(pid) === process.pid || hasEnded(Number(pid));
    if (pid === undefined || !isAbandoned) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function prefixOf(target: string): Promise<string> {
  const name = basename(target);
  // A folder may be shared: on another machine or in a container, another process has the same number.
  const processes = await readlink("/proc/self/ns/pid").catch(() => "");
  const hash = createHash("sha256").update(`${hostname()}\n${processes}\n${name}`).digest("hex");
  return `${[...name].slice(0, SHOWN).join("")}.${hash.slice(0, 8)}.`;
}

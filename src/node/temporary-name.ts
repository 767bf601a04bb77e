/**
 * The name of a file while it is being written, from which a later run can tell that nobody writes it any
 * more: `gemma-2b.gguf.3f2a90c1.4711.tmp` is written by the process 4711. A process that is killed
 * cannot clean up; what it leaves of a checkpoint may be gigabytes.
 * @module
 */
import { createHash } from "node:crypto";
import { readdir, readlink, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { hasEnded } from "./has-ended.ts";

/** Characters of the target's name to recognise it by: names end at 255 bytes, and one may have 4. */
const SHOWN = 50;

/** The name for this process to write `target` under, beside it. */
export async function temporaryName(target: string): Promise<string> {
  return join(dirname(target), `${await prefixOf(target)}${process.pid}.tmp`);
}

/** Removes what processes that have ended left of `target`. What cannot be removed stays. */
export async function removeAbandoned(target: string): Promise<void> {
  const prefix = await prefixOf(target);
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const [, pid] = /^(\d+)\.tmp$/.exec(name.slice(prefix.length)) ?? [];
    // Under our own number nothing has been begun yet.
    const isAbandoned = Number(pid) === process.pid || hasEnded(Number(pid));
    if (pid === undefined || !isAbandoned) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function prefixOf(target: string): Promise<string> {
  const name = basename(target);
  // A folder may be shared: the same number is another process on another machine, and in a container.
  const processes = await readlink("/proc/self/ns/pid").catch(() => "");
  const hash = createHash("sha256").update(`${hostname()}\n${processes}\n${name}`).digest("hex");
  return `${[...name].slice(0, SHOWN).join("")}.${hash.slice(0, 8)}.`;
}

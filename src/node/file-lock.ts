/**
 * One process at a time. Node has no flock, so the lock is a file that only one can create, and that its
 * owner touches while it works.
 *
 * Locks are numbered: who finds the newest one released or abandoned creates the next. Of several, one
 * succeeds; and as the newest is never removed but by the owner of a newer one, nobody takes for free what
 * has been taken meanwhile.
 * @module
 */
import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { hasEnded } from "./has-ended.ts";
import { errorCode } from "./system-error.ts";

/** Milliseconds: between two touches; between two looks; without a touch, until a lock counts as abandoned. */
const TIMES = { touch: 5_000, look: 250, abandoned: 60_000 };

/** What a lock says when it is released. One that says nothing is just being written. */
const FREE = "free";

interface Newest {
  readonly number: number;
  readonly path: string;
  /** Who holds it: `host pid`, or {@link FREE}; and when it was last touched. */
  readonly owner: string;
  readonly touched: number;
}

/**
 * Does `work` when no other process does work under the lock `path`.
 * @throws the signal's reason, if it is aborted while another one works.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  times: typeof TIMES = TIMES,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const own = await acquire(path, signal, times);
  const touching = setInterval(() => {
    const now = new Date();
    utimes(own, now, now).catch(() => {}); // then it will count as abandoned: nothing better is known
  }, times.touch);
  touching.unref();
  try {
    return await work();
  } finally {
    clearInterval(touching);
    await writeFile(own, FREE).catch(() => {});
  }
}

async function acquire(
  path: string,
  signal: AbortSignal | undefined,
  times: typeof TIMES,
): Promise<string> {
  let seen: Newest | undefined;
  let since = 0; // on our own clock: another machine's may be wrong, and this one may have slept
  for (;;) {
    signal?.throwIfAborted();
    const newest = await newestOf(path);
    if (newest?.number !== seen?.number || newest?.touched !== seen?.touched) {
      [seen, since] = [newest, performance.now()];
    }
    const isFree = !newest || newest.owner === FREE || isGone(newest.owner);
    if (isFree || performance.now() - since > times.abandoned) {
      const own = await create(path, (newest?.number ?? 0) + 1);
      if (own !== undefined) return own;
      continue;
    }
    await setTimeout(times.look, undefined, { signal }).catch(() => {}); // the reason is thrown above
  }
}

/** The path of the lock of that number, unless another process has it, or a newer one. */
async function create(path: string, number: number): Promise<string | undefined> {
  const own = `${path}.${number}`;
  try {
    const handle = await open(own, "wx");
    await handle.writeFile(`${hostname()} ${process.pid}`).finally(() => handle.close());
  } catch (error) {
    if (errorCode(error) === "EEXIST") return undefined;
    throw error;
  }
  const numbers = await numbersOf(path);
  if (Math.max(...numbers) > number) return undefined;
  const older = numbers.filter((other) => other < number);
  await Promise.all(older.map((other) => rm(`${path}.${other}`, { force: true })));
  return own;
}

async function newestOf(path: string): Promise<Newest | undefined> {
  const number = Math.max(0, ...(await numbersOf(path)));
  if (number === 0) return undefined;
  const own = `${path}.${number}`;
  try {
    const [owner, { mtimeMs: touched }] = await Promise.all([readFile(own, "utf8"), stat(own)]);
    return { number, path: own, owner, touched };
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return newestOf(path); // removed by the owner of a newer one
  }
}

async function numbersOf(path: string): Promise<number[]> {
  const start = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)));
}

/** Whether it was a process of this machine that is there no more. */
function isGone(owner: string): boolean {
  const [host, pid] = owner.split(" ");
  return host === hostname() && Number(pid) !== process.pid && hasEnded(Number(pid));
}

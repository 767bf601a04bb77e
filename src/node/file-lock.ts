/**
 * One process at a time. Node has no flock, so the lock is a file that only one can create, and that its
 * owner touches while it works.
 *
 * Locks are numbered: a process that finds the newest lock released or abandoned creates the next number; of
 * several, exactly one succeeds. Only the owner of a newer lock removes older ones, so a lock taken in
 * between is never mistaken for a free one.
 * @module
 */
import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { hasEnded } from "./process-has-ended.ts";
import { errorCode } from "./system-error.ts";

/** How time passes for locks. Specs have a clock of their own. */
export interface LockClock {
  /** Milliseconds between two touches of one's own lock. */
  readonly touch: number;
  /** Milliseconds between two looks at another's lock. */
  readonly look: number;
  /** Milliseconds without a touch after which a lock counts as abandoned. */
  readonly abandoned: number;
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Resolves after `wait` milliseconds; rejects when the signal is aborted. */
  sleep(wait: number, signal: AbortSignal | undefined): Promise<unknown>;
}

/** The clock of this process. */
export const CLOCK: LockClock = {
  touch: 5_000,
  look: 250,
  abandoned: 60_000,
  now: () => performance.now(),
  sleep: (wait, signal) => setTimeout(wait, undefined, { signal }),
};

/** The content of a lock that is released. A lock without content is just being written. */
const FREE = "free";

interface Newest {
  readonly number: number;
  /** `host pid` of its owner, or {@link FREE}. */
  readonly owner: string;
  /** Time of its last touch. */
  readonly touched: number;
}

/**
 * Does `work` when no other process works under the lock `path`.
 * @throws the signal's reason, if it is aborted while another process works.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  clock: LockClock = CLOCK,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const own = await acquire(path, signal, clock);
  const touching = setInterval(() => {
    const now = new Date();
    utimes(own, now, now).catch(() => {}); // it will then count as abandoned: nothing better is known
  }, clock.touch);
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
  clock: LockClock,
): Promise<string> {
  let seen: Newest | undefined;
  let since = 0; // on our own clock: another machine's may be wrong, and this one may have slept
  for (;;) {
    signal?.throwIfAborted();
    const newest = await newestOf(path);
    if (newest?.number !== seen?.number || newest?.touched !== seen?.touched) {
      [seen, since] = [newest, clock.now()];
    }
    const isFree = !newest || newest.owner === FREE || isGone(newest.owner);
    if (isFree || clock.now() - since > clock.abandoned) {
      const own = await create(path, (newest?.number ?? 0) + 1);
      if (own !== undefined) return own;
      continue;
    }
    await clock.sleep(clock.look, signal).catch(() => {}); // the reason is thrown above
  }
}

/** The path of the lock of that number, unless another process has that lock or a newer one. */
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
    return { number, owner, touched };
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

/** Whether the owner was a process of this machine that has ended. */
function isGone(owner: string): boolean {
  const [host, pid] = owner.split(" ");
  return host === hostname() && Number(pid) !== process.pid && hasEnded(Number(pid));
}

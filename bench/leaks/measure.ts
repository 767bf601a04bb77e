/**
 * Runs one case in a process of its own and writes its measurements, as JSON, to stdout:
 *
 *     node --expose-gc --import tsx bench/leaks/measure.ts CASE FOLDERS
 */
import { existsSync, readdirSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CASES } from "./cases.ts";

export interface Sample {
  /** Bytes of the process in memory. */
  readonly rss: number;
  /** Bytes of living objects. */
  readonly heap: number;
  /** Bytes of typed arrays. */
  readonly arrays: number;
  /**
   * Files that the round left open, counted before garbage is collected, because Node then closes files
   * without a holder, with a warning. 0 where files cannot be counted.
   */
  readonly files: number;
}

export interface Measurement {
  readonly samples: readonly Sample[];
  /** Resources that the work left behind and that would keep the process alive. */
  readonly pending: readonly string[];
}

/** Collects garbage; another thread gives back the memory of typed arrays, a moment later. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await sleep(5);
  }
}

function openFiles(): number {
  const folder = "/proc/self/fd";
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** Resources that were there before, such as the pipes of the TypeScript compiler, are not ours. */
function without(before: readonly string[], now: readonly string[]): string[] {
  const left = [...now];
  for (const resource of before) {
    if (left.includes(resource)) left.splice(left.indexOf(resource), 1);
  }
  return left;
}

const before = process.getActiveResourcesInfo();
const [name, folders] = process.argv.slice(2);
const { warmUp, rounds, start } = CASES[name];
const work = await start(JSON.parse(folders));
const samples: Sample[] = [];
for (let i = -warmUp; i < rounds; i++) {
  const filesBefore = openFiles();
  await work.round(i + warmUp);
  const files = openFiles() - filesBefore;
  await settle();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  if (i >= 0) samples.push({ rss, heap: heapUsed, arrays: arrayBuffers, files });
}
await work.end();
await settle();
// Not through process.stdout, which would itself be a resource. The process must now end by itself.
const pending = without(before, process.getActiveResourcesInfo());
const measurement: Measurement = { samples, pending };
writeSync(1, JSON.stringify(measurement));

/**
 * Does memory stay flat? Each case of leaks/cases.ts runs in a process of its own:
 *
 *     npx tsx bench/leaks.ts [CASE...]
 *
 * After every round the garbage is collected and memory is measured. Resident memory and the memory
 * of typed arrays may grow by at most 2 % from the first quarter of the rounds to the last, the memory
 * of objects by 4 %. No round may leave a file open, nothing may be pending at the end, and the
 * process has to end by itself. Exit code 1 if a case fails any of this.
 *
 * Resident memory is lent to the process by the system, whether the process uses it or not: Node moves
 * it by up to 20 MB, up and down, as it sees fit. So the parts of it that cannot hold a leak of ours are
 * kept still; the flags below say which.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CASES } from "./leaks/cases.ts";
import type { Measurement, Sample } from "./leaks/measure.ts";
import { writeRandomCheckpoint } from "./leaks/random-checkpoint.ts";

/**
 * The most that each kind of memory may grow. Objects may grow a little more: V8 goes on compiling for some
 * hundred rounds, and its code counts as objects (between the 300th and the 700th load a heap snapshot
 * shows 36 kB more code, 18 kB more of V8's own lists, and no other new objects).
 */
const MEMORY = {
  rss: ["resident memory", 0.02],
  arrays: ["memory of arrays", 0.02],
  heap: ["memory of objects", 0.04],
} as const;
const STILL = [
  "--expose-gc",
  // The space for young objects would grow from 1 to 16 MB, twice; objects that leak are moved out of it.
  "--min-semi-space-size=1",
  "--max-semi-space-size=1",
  // A compiler on its own thread takes and returns memory at times of its choice.
  "--no-concurrent-recompilation",
  // So does the collector, when it finds the process idle.
  "--no-memory-reducer",
];
/** For glibc: one heap, not one for each of Node's threads; large arrays are returned when they are freed. */
const STILL_MALLOC = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "131072" };

function measure(name: string, folders: object): Measurement | string {
  const script = fileURLToPath(new URL("leaks/measure.ts", import.meta.url));
  const args = [...STILL, ...process.execArgv, script, name, JSON.stringify(folders)];
  const { stdout, stderr, error, status } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...STILL_MALLOC },
    encoding: "utf8",
    timeout: 300_000,
  });
  if (error || status !== 0) return error ? `did not end: ${error.message}` : stderr;
  return JSON.parse(stdout);
}

/**
 * A quarter of the rounds as one number: the median for resident memory; the least for arrays and objects,
 * because a round's last garbage may outlive it, while a leak shows in every round.
 */
function summary(samples: readonly Sample[], key: keyof Sample): number {
  const values = samples.map((sample) => sample[key]).sort((a, b) => a - b);
  return key === "rss" ? values[values.length >> 1] : values[0];
}

/** The summaries of the first and of the last quarter. */
function ends(samples: readonly Sample[], key: keyof Sample): [first: number, last: number] {
  const quarter = Math.ceil(samples.length / 4);
  return [summary(samples.slice(0, quarter), key), summary(samples.slice(-quarter), key)];
}

function growth([first, last]: [first: number, last: number]): number {
  return first === 0 ? 0 : last / first - 1;
}

function verdict({ samples, pending }: Measurement): string {
  const complaints: string[] = [];
  for (const [key, [what, most]] of Object.entries(MEMORY)) {
    if (growth(ends(samples, key as keyof Sample)) > most) complaints.push(`${what} grows`);
  }
  if (samples.some(({ files }) => files > 0)) complaints.push("files stay open");
  if (pending.length > 0) complaints.push(`pending: ${pending.join(", ")}`);
  return complaints.join("; ") || "flat";
}

const WIDTHS = [-47, 16, 10, 16, 15, 7, 5];

/** Cells in columns, left-aligned where the width is negative; further cells follow unpadded. */
function line(...cells: readonly string[]): string {
  const align = (cell: string, width = -1) =>
    width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  return cells.map((cell, i) => align(cell, WIDTHS[i])).join("");
}

function report({ samples }: Measurement): string[] {
  const mb = (key: keyof Sample, digits: number) => {
    const [first, last] = ends(samples, key).map((bytes) => (bytes / 1e6).toFixed(digits));
    return `${first} → ${last}`;
  };
  const percent = `${(growth(ends(samples, "rss")) * 100).toFixed(2)} %`;
  const files = Math.max(...samples.map((sample) => sample.files));
  return [mb("rss", 1), percent, mb("arrays", 1), mb("heap", 2), `${files}`];
}

const scratch = mkdtempSync(join(tmpdir(), "gemma-leaks-"));
try {
  const folders = { large: join(scratch, "large"), broken: join(scratch, "broken") };
  writeRandomCheckpoint(folders.large);
  writeRandomCheckpoint(folders.broken, { missing: "model.norm.weight" });

  console.log(`Node ${process.version}; MB, first → last quarter of the rounds\n`);
  console.log(line("", "resident", "growth", "arrays", "objects", "files", "s"));
  const named = process.argv.slice(2);
  for (const name of named.length > 0 ? named : Object.keys(CASES)) {
    const begin = performance.now();
    const measured = measure(name, folders);
    const seconds = `${Math.round((performance.now() - begin) / 1000)}`;
    const failed = typeof measured === "string";
    const judged = failed ? measured : verdict(measured);
    const cells = failed ? ["", "", "", "", ""] : report(measured);
    console.log(line(CASES[name].title, ...cells, seconds, `  ${judged}`));
    if (judged !== "flat") process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}

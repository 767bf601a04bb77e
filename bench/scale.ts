/**
 * A checkpoint of the 2B's size, opened, run and converted:
 *
 *     npx tsx bench/scale.ts [ROUNDS]          needs 16 GB of disk and 7 GB of memory
 *
 * Each case runs in a process of its own, interleaved, once with the files in the system's cache and once
 * without. The time to the first token is compared with the time to read the files once: through one
 * buffer, and into memory that is kept, as a model has to. Exit code 1 if a bar is missed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./scale/measure.ts";
import { writeSynthetic2b } from "./scale/synthetic-2b.ts";

const rounds = Number(process.argv[2] ?? 5);
const scratch = mkdtempSync(join(tmpdir(), "gemma-scale-"));
const folder = join(scratch, "2b");
const out = join(scratch, "out");
const script = fileURLToPath(new URL("scale/measure.ts", import.meta.url));

/** Takes the files out of the system's cache: this makes GNU dd call POSIX_FADV_DONTNEED. */
function forget(paths: readonly string[]): void {
  for (const path of paths) {
    execFileSync("dd", [`of=${path}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"], {
      stdio: "ignore",
    });
  }
}

function measure(name: string): Measurement {
  const args = [...process.execArgv, script, name, folder, out];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

let missed = false;
function report(what: string, got: number, bar: number, unit: string): void {
  const isMet = got <= bar;
  missed ||= !isMet;
  console.log(`${what.padEnd(52)} ${got.toFixed(2)} ${unit}, bar ${bar}${isMet ? "" : "  MISSED"}`);
}

try {
  const shards = await writeSynthetic2b(folder);
  const size = shards.reduce((sum, path) => sum + statSync(path).size, 0);
  console.log(`Node ${process.version}; ${(size / 1e9).toFixed(2)} GB in ${shards.length} shards`);
  const CASES = ["read", "read and keep", "first token, loaded before", "first token"];
  let peak = 0;
  for (const cache of ["cached", "not cached"]) {
    const seconds = new Map<string, number[]>(CASES.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of CASES) {
        if (cache === "not cached") forget(shards);
        const measured = measure(name);
        seconds.get(name)?.push(measured.seconds);
        if (name.startsWith("first")) peak = Math.max(peak, measured.peak);
      }
    }
    const middle = (name: string) => median(seconds.get(name) ?? []);
    console.log(`\n${cache}; medians of ${rounds} interleaved rounds`);
    for (const name of CASES) console.log(`  ${name.padEnd(50)} ${middle(name).toFixed(2)} s`);
    report(
      "  first token ÷ read and keep",
      middle("first token") / middle("read and keep"),
      1.3,
      "×",
    );
    console.log(`  first token ÷ read: ${(middle("first token") / middle("read")).toFixed(2)} ×`);
  }
  console.log("");
  report("peak resident memory ÷ size of the files", peak / size, 1.1, "×");
  for (const name of ["GGUF", "Q8_0", "a folder", "npz"]) {
    const converted = measure(`convert to ${name}`);
    report(`convert to ${name}: peak resident memory`, converted.peak / 1e6, 300, "MB");
    console.log(`  ${converted.seconds.toFixed(0)} s`);
    for (const path of [out, `${out}.gguf`, `${out}.npz`])
      rmSync(path, { recursive: true, force: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = missed ? 1 : 0;

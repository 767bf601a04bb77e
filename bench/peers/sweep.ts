/**
 * The read sweep that `gemma-reference bench` measures, beside the same in C: is it the machine's limit, or ours?
 *
 *     npx tsx bench/peers/sweep.ts [--threads 2] [--rounds 5] [--write]        needs gcc
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LimitsMeter } from "../../src/bench/limits/limits.ts";
import { comparisonOptions, conclude, Rates } from "./comparison.ts";

const BYTES = 2e9;
const { threads, rounds, write } = comparisonOptions();
const scratch = mkdtempSync(join(tmpdir(), "sweep-"));
try {
  const program = join(scratch, "sweep");
  const source = fileURLToPath(new URL("sweep.c", import.meta.url));
  execFileSync("gcc", ["-O3", "-o", program, source, "-lpthread"]);
  const meter = await LimitsMeter.start({ threads, bytes: BYTES });
  const rates = new Rates();
  for (let round = 0; round < rounds; round++) {
    const said = execFileSync(program, [`${BYTES}`, `${threads}`, "3"], { encoding: "utf8" });
    rates.add("theirs", Number(said));
    for (let i = 0; i < 3; i++) await meter.round();
    rates.add("ours", meter.best.sweepGigabytesPerSecond);
  }
  meter.end();
  const command = `npx tsx bench/peers/sweep.ts --threads ${threads}`;
  const what = `read sweep, threads: ${threads}`;
  const measured = { ours: rates.best("ours"), theirs: rates.best("theirs") };
  conclude([{ peer: "C", what, ...measured, unit: "GB/s", command }], write);
} finally {
  rmSync(scratch, { recursive: true });
}

/** What becomes of a testee, and of the model written for it, when this process ends in the middle. */
import { mkdtempSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { isGone, turnsUntil } from "../../support/processes.ts";
import { startNode } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const scratch = scratchFolder("at-exit");
const program = join(scratch, "program.mjs");

/** Loads a model into a testee that has started another process, and then ends in the way that it is told to. */
const PROGRAM = `
  import { processTestee } from "./src/node/testee/process-testee.ts";
  import { NANO_MODELS, seededTensors } from "./src/conformance/vectors/nano.ts";
  const [bad, way] = process.argv.slice(2);
  const testee = await processTestee(process.execPath, [bad, "starts others"], { onLog: console.error });
  const [{ name, config, tensors }] = NANO_MODELS;
  await testee.load({ name, config, tensors: seededTensors(tensors) });
  const heard = () => testee.reset().then(() => process.exit(7));
  if (way === "hears signals") process.on("SIGTERM", heard); // its own business: the testee still answers
  console.log("loaded");
  if (way === "exits") process.exit(5);
  if (way === "throws") throw new Error("thrown");
  if (way !== "closes") setInterval(() => {}, 2 ** 30);
  else await testee.close();
`;

beforeAll(async () => {
  const stdin = { contents: PROGRAM, resolveDir: here("../../.."), loader: "ts" } as const;
  await build({ stdin, outfile: program, bundle: true, platform: "node", format: "esm" });
});

const isWindows = process.platform === "win32";
describe.skipIf(isWindows)("a process with a testee", { concurrent: true }, () => {
  it.each<[way: string, signal: NodeJS.Signals | undefined, code: number]>([
    ["closes", undefined, 0],
    ["exits", undefined, 5],
    ["throws", undefined, 1],
    ["waits", "SIGINT", 128 + constants.signals.SIGINT],
    ["waits", "SIGTERM", 128 + constants.signals.SIGTERM],
    ["hears signals", "SIGTERM", 7],
  ])("that %s, by %s, leaves no process and no file behind", async (way, signal, code) => {
    const tmp = mkdtempSync(join(scratch, "tmp-"));
    const bad = here("../../support/bad-testee.mjs");
    const { child, ended, seen } = startNode([program, bad, way], { TMPDIR: tmp });
    await turnsUntil(() => seen.out.includes("loaded") || child.exitCode !== null);
    if (signal) child.kill(signal);
    const status = (await ended) ?? 128 + constants.signals[child.signalCode ?? "SIGKILL"];
    expect([status, seen.out]).toEqual([code, "loaded\n"]);
    const pids = [...seen.err.matchAll(/^process (\d+)$/gm)].map(([, pid]) => Number(pid));
    expect(pids.length).toBe(2);
    await turnsUntil(() => pids.every(isGone));
    expect(readdirSync(tmp).filter((name) => name.startsWith("gemma-"))).toEqual([]);
  });
});

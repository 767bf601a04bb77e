/**
 * `kill -9` in the middle of a run, at random moments: the same command goes on, and comes to the model, to the bit, and to the log of
 * a run that nobody killed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { xoshiro128 } from "../../../src/random.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { readFixture } from "../../support/goldens.ts";
import { buildProgram, startNode } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const KILLS = 20;

describe.runIf(IS_LONG)("a run that is killed", () => {
  const folder = scratchFolder("killed-run");
  const data = join(folder, "rows.jsonl");
  let program: string;
  beforeAll(async () => {
    program = await buildProgram(folder);
    const text = new TextDecoder().decode(readFixture("learning/tales/sft-valid.jsonl"));
    writeFileSync(data, `${text.split("\n").slice(0, 40).join("\n")}\n`);
  });

  const start = (out: string, options: readonly string[]) =>
    startNode([program, "sft", data, "--out", out, "--resume", "--batch", "4", ...options]);
  const modelOf = (out: string) => readFileSync(join(out, "model.safetensors"));
  const runOf = (out: string) => readFileSync(join(out, "run.safetensors"));
  /** What is logged, but for times. */
  const logOf = (out: string) =>
    readFileSync(join(out, "log.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { tokensPerSecond: _, secondsLeft: __, ...rest } = JSON.parse(line);
        return rest;
      });

  it.each([
    ["all weights", ["--steps", "60", "--lr", "1e-3", "--save-every", "4"]],
    ["factors", ["--steps", "60", "--lr", "5e-3", "--save-every", "3", "--lora", "--rank", "4"]],
  ])(`${KILLS} times, %s, goes on to the same bits`, async (kind, options) => {
    const [whole, out] = [join(folder, `${kind} whole`), join(folder, `${kind} killed`)];
    const began = performance.now();
    expect(await start(whole, options).ended).toBe(0);
    const takes = performance.now() - began;
    const random = xoshiro128(16);
    let [kills, runs] = [0, 0];
    const reached: number[] = [];
    while (kills < KILLS) {
      // A run that came to its end before all kills were done is checked; another begins.
      const here = `${out} ${runs}`;
      const { child, ended, seen } = start(here, options);
      await wait(takes * (0.1 + 0.5 * random()));
      child.kill("SIGKILL");
      const code = await ended;
      if (code === null) kills++;
      else {
        expect([code, seen.err]).toEqual([0, expect.stringContaining("step 60/60")]);
        runs++;
      }
      const step = /step (\d+)\/60 .*\n$/.exec(seen.err)?.[1];
      if (step) reached.push(Number(step));
    }
    expect(await start(`${out} ${runs}`, options).ended).toBe(0);
    for (let i = 0; i <= runs; i++) {
      const here = `${out} ${i}`;
      expect(modelOf(here).equals(modelOf(whole))).toBe(true);
      expect(runOf(here).equals(runOf(whole))).toBe(true);
      expect(logOf(here)).toEqual(logOf(whole));
    }
    // Kills came at many places of a run.
    expect(new Set(reached).size).toBeGreaterThan(5);
  });

  it("by Ctrl-C has saved its last step, and says how to go on", async () => {
    const options = ["--steps", "60", "--lr", "1e-3", "--save-every", "1000"];
    const out = join(folder, "interrupted");
    const { child, ended, seen } = start(out, options);
    while (!seen.err.includes("step 5/60")) await wait(10);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(seen.err).toMatch(/Stopped after step \d+\. The run is in .*--resume goes on\.\n$/);
    const again = start(out, options);
    expect(await again.ended).toBe(0);
    expect(again.seen.err).not.toContain("step 1/60");
    expect(modelOf(out).equals(modelOf(join(folder, "all weights whole")))).toBe(true);
  });
});

/**
 * `kill -9` in the middle of an evaluation, at random moments: the same command goes on, no answer is computed twice, and the files are
 * those of a run that nobody killed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { xoshiro128 } from "../../../src/random.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { buildProgram, startNode } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const KILLS = 20;

describe.runIf(IS_LONG)("an evaluation that is killed", () => {
  const folder = scratchFolder("killed");
  let program: string;
  beforeAll(async () => {
    program = await buildProgram(folder);
  });

  /** Slow enough to be hit: the definition in float64, one thread. */
  const start = (out: string) =>
    startNode(
      [program, "eval", "demo", "--backend", "cpu", "--precision", "float64", "--out", out],
      { SOURCE_DATE_EPOCH: "1700000000" },
    );
  const filesOf = (out: string) => {
    const own = join(out, "tiny-stories-it");
    return readdirSync(own).map((file) => [file, readFileSync(join(own, file), "utf8")]);
  };
  const answersOf = (out: string) => {
    try {
      return readFileSync(join(out, "answers.jsonl"), "utf8").split("\n").filter(Boolean);
    } catch {
      return [];
    }
  };

  it(`${KILLS} times, goes on where it was`, async () => {
    const [whole, out] = [join(folder, "whole"), join(folder, "out")];
    const began = performance.now();
    expect(await start(whole).ended).toBe(0);
    const takes = performance.now() - began;
    const random = xoshiro128(15);
    let [kills, finished] = [0, 0];
    const seen: number[] = [];
    for (let round = 0; kills < KILLS; round++) {
      // Each folder is gone on with until it is done; then another begins.
      const here = `${out}${finished}`;
      const { child, ended } = start(here);
      await wait(takes * (0.3 + 0.7 * random()));
      child.kill("SIGKILL");
      if ((await ended) === 0) finished++;
      else kills++;
      seen.push(answersOf(here).length);
      expect(round).toBeLessThan(10 * KILLS);
    }
    for (let i = 0; i <= finished; i++) {
      const here = `${out}${i}`;
      const { ended, seen: said } = start(here);
      expect([await ended, said.err]).toEqual([0, ""]);
      expect(filesOf(here)).toEqual(filesOf(whole));
      const keys = answersOf(here).map((line) => JSON.parse(line).key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBe(answersOf(whole).length);
    }
    // Some kills came while answers were given, or nothing was shown.
    expect(seen.filter((count) => count > 0 && count < 80).length).toBeGreaterThan(3);
  });
});

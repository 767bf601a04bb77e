/** The chain: each stage in its folder, none done twice, and a comparison in the end. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { talesPath } from "../../../src/node/training/demo-tales.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { parseXml } from "../../support/xml.ts";

const scratch = scratchFolder("align");
const at = (name: string) => join(scratch, name);
const FILES = ["sft", "pairs", "prompts"] as const;
const OWN = FILES.flatMap((name) => [`--${name}`, at(`${name}.jsonl`)]);
const TINY = ["--sft-steps", "1", "--reward-steps", "2", "--rlhf-steps", "1", "--batch", "1"]
  .concat("--prompts-per-step", "1", "--group", "2", "--samples", "2", "--max-tokens", "4")
  .concat("--answers", "1", "--rlhf-lr", "1e-3");

interface Line {
  readonly stage?: string;
  readonly step?: number;
  readonly result?: object;
  readonly comparison?: { readonly judge: string; readonly preference: { readonly rate: number } };
}

beforeAll(() => {
  for (const name of FILES) {
    const lines = readFileSync(talesPath(`${name}-train`), "utf8").split("\n");
    writeFileSync(at(`${name}.jsonl`), `${lines.slice(0, 2).join("\n")}\n`);
  }
});

describe("align", () => {
  it("goes through the stages, killed or not, and does none twice", async () => {
    const out = at("chain");
    const command = ["align", ...OWN, ...TINY, "--out", out];
    const stop = new AbortController();
    const onWrite = (text: string) => {
      if (text.includes('"stage":"reward"')) stop.abort();
    };
    const stopped = await cli([...command, "--json"], { signal: stop.signal, onWrite });
    expect([stopped.code, stopped.err]).toEqual([
      130,
      expect.stringContaining("Stopped after step 1. The run is in"),
    ]);
    expect(jsonLines<Line>(stopped.out).map(({ stage, step }) => [stage, step])).toEqual([
      ["sft", 1],
      ["sft", undefined],
      ["reward", 1],
    ]);
    expect((await cli(command)).err).toContain("--resume goes on with it");
    const other = await cli([...command, "--resume", "--beta", "0.5"]);
    expect(other.err).toContain('"beta" expected 0.1, as it began, got 0.5');

    const tuned = statSync(join(out, "sft/model.safetensors")).mtimeMs;
    const resumed = await cli([...command, "--resume"]);
    expect(resumed.code).toBe(0);
    expect(statSync(join(out, "sft/model.safetensors")).mtimeMs).toBe(tuned);
    expect(resumed.out).toMatch(/1 of 4: sft {2}done before\n1 steps, .*: loss \d\.\d\d to/);
    expect(resumed.out).toContain("2 of 4: reward  gemma-reference reward ");
    expect(resumed.out).toContain("3 of 4: rlhf  gemma-reference rlhf");
    expect(resumed.out).toMatch(/The aligned model's answer is better in \d+(\.\d)? % \(/);
    // Two answers of four tokens are scored by the pupil's own teacher, and that is said.
    expect(resumed.out).toContain("the reward model itself says");
    expect(resumed.err).toMatch(/^step 1\/1 {2}reward/m);

    const again = await cli([...command, "--resume", "--json"]);
    const [line, ...rest] = jsonLines<Line>(again.out);
    expect([rest, line.comparison?.judge]).toEqual([[], "reward"]);
    expect(readdirSync(out).filter((name) => !name.startsWith("align.lock"))).toEqual(
      ["align.json", "pairs.jsonl", "report.html", "report.json", "reward", "rlhf", "sft"].sort(),
    );
    parseXml(readFileSync(join(out, "report.html"), "utf8").replace("<!DOCTYPE html>\n", ""));
    const pairs = jsonLines<{ answers: string[] }>(readFileSync(join(out, "pairs.jsonl"), "utf8"));
    expect(pairs.map(({ answers }) => answers.length)).toEqual([2, 2]);
    const gemma = await Gemma.load(join(out, "rlhf"));
    await gemma.dispose();
  });

  it.each<[string[], string]>([
    [[], "expected demo, or --sft, --pairs and --prompts FILE, got no --sft"],
    [["rows.jsonl"], "files are options"],
    [["demo"], "expected --out DIR"],
    [["demo", "--sft", "a"], "demo has --sft of its own"],
    [["demo", "--out", "x", "--beta", "-1"], "--beta expects 0 or a positive number"],
    [["demo", "--out", "x", "--answers", "0"], "--answers expects an integer of 1 or more"],
  ])("refuses %j: %s", async (argv, message) => {
    const { code, err } = await cli(["align", ...argv]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync("x")).toBe(false);
  });
});

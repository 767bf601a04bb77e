/** The command: what it writes opens as a model, and a run that Ctrl-C stopped goes on to the same bits. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openFolder } from "../../../src/node/folder.ts";
import { readAdapter } from "../../../src/tuning/peft/read.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { checkpoint, readFixture } from "../../support/goldens.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("dpo");
const at = (name: string) => join(scratch, name);
const [DATA, VALID] = [at("pairs.jsonl"), at("valid.jsonl")];
const RUN = ["--steps", "2", "--batch", "1", "--lr", "1e-3", "--valid", VALID];

beforeAll(() => {
  const text = new TextDecoder().decode(readFixture("learning/tales/pairs-valid.jsonl"));
  const lines = text.split("\n");
  writeFileSync(DATA, `${lines.slice(0, 2).join("\n")}\n`);
  writeFileSync(VALID, `${lines[2]}\n`);
});

describe("dpo", () => {
  it("reports both answers, and goes on after Ctrl-C to the same bits", async () => {
    const [out, page] = [at("whole"), at("curve.html")];
    const command = ["dpo", DATA, ...RUN, "--json", "--html", page];
    const { code, out: said, err } = await cli([...command, "--out", out]);
    expect([code, err]).toEqual([0, ""]);
    const lines = jsonLines<Record<string, unknown>>(said);
    expect(lines.map(({ step }) => step)).toEqual([1, 2, undefined]);
    expect(lines[0].loss).toBeCloseTo(Math.LN2, 12);
    expect(lines[0].figures).toMatchObject({ accuracy: 0.5, chosenChange: 0, rejectedChange: 0 });
    expect(lines[2]).toEqual({ out, validFigures: lines[1].validFigures });
    expect(readFileSync(page, "utf8")).toContain("by the preferences of pairs.jsonl");

    const stop = new AbortController();
    const stopped = [...command, "--out", at("stopped")];
    const halted = await cli(stopped, { signal: stop.signal, onWrite: () => stop.abort() });
    expect(halted.code).toBe(130);
    const other = await cli([...stopped, "--resume", "--beta", "0.2"]);
    expect(other.err).toContain('"beta" expected 0.1, as it began, got 0.2');
    const resumed = await cli([...stopped, "--resume"]);
    expect(jsonLines(resumed.out).at(-1)).toMatchObject({ validFigures: lines[1].validFigures });
    const bytes = (folder: string) => readFileSync(join(folder, "model.safetensors"));
    expect(bytes(at("stopped")).equals(bytes(out))).toBe(true);
  });

  it.runIf(IS_LONG)(
    "writes factors as PEFT reads them, and says what has come of both",
    async () => {
      const out = at("factors");
      const { code, out: said } = await cli(["dpo", DATA, "--out", out, ...RUN, "--lora"]);
      expect(code).toBe(0);
      expect(said).toMatch(/Of those, .* % are ordered as they were labelled; margin/);
      expect(said).toMatch(/preferred {2}log p .*\nthe other {2}log p /);
      const { config } = await checkpoint("tiny-stories-it");
      const adapter = await readAdapter(await openFolder(join(out, "adapter")), config);
      expect(adapter.pairs.size).toBeGreaterThan(0);
    },
  );

  it.runIf(IS_LONG)("shows itself on the tales that come with the package", async () => {
    const { code, out } = await cli(["dpo", "demo"]);
    expect(code).toBe(0);
    expect(out).toContain("240 pairs, 30 steps");
    expect(Number(/([\d.]+) % are ordered/.exec(out)?.[1])).toBeGreaterThan(55);
  });

  it.each<[string[], string]>([
    [[], "expected one file PAIRS.jsonl, or demo, got nothing"],
    [["a", "b"], "got 2 files"],
    [["a"], "expected --out DIR"],
    [["demo", "--beta", "0"], "--beta expects a number above 0"],
    [["demo", "--smoothing", "0.7"], "--smoothing expects a number from 0 to 0.5"],
    [["demo", "--label_smoothing", "0.1"], "did you mean --smoothing?"],
    [["demo", "--ref-model", "m"], "the model is held to what it is at the beginning"],
    [["demo", "--rank", "4"], "--rank needs --lora"],
    [["demo", "--valid", "v"], "demo has --valid rows of its own"],
  ])("refuses %j: %s", async (argv, message) => {
    const { code, err } = await cli(["dpo", ...argv]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("says which row is no preference", async () => {
    const path = at("bad.jsonl");
    writeFileSync(path, '{"messages": [{"role": "user", "content": "Hi"}]}\n');
    const { code, err } = await cli(["dpo", path, "--out", at("bad")]);
    expect(code).not.toBe(0);
    expect(err).toContain("bad.jsonl");
    expect(err).toContain("preference");
  });
});

/** The command: what it writes opens as a model, and a run that Ctrl-C stopped goes on to the same bits. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { demoTalesPath } from "../../../src/node/training/demo-tales.ts";
import { readAdapter } from "../../../src/tuning/peft/read.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { readFixture } from "../../support/goldens.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("sft");
const at = (name: string) => join(scratch, name);
const [DATA, VALID] = [at("rows.jsonl"), at("valid.jsonl")];
const RUN = ["--steps", "2", "--batch", "1", "--lr", "1e-3"];

beforeAll(() => {
  const lines = new TextDecoder().decode(readFixture("learning/tales/sft-valid.jsonl")).split("\n");
  const rows = lines.filter((line) => line.includes("Tell a short tale")); // sums it knows already
  writeFileSync(DATA, `${rows.slice(0, 6).join("\n")}\n`);
  writeFileSync(VALID, `${rows.slice(6, 7).join("\n")}\n`);
});

describe("sft", () => {
  it("reports each step, and writes a log, a page, and a model that opens", async () => {
    const out = at("whole");
    const page = at("curve.html");
    const more = ["--json", "--html", page, "--valid", VALID, "--valid-every", "1"];
    const { code, out: said, err } = await cli(["sft", DATA, "--out", out, ...RUN, ...more]);
    expect([code, err]).toEqual([0, ""]);
    const lines = jsonLines<Record<string, number>>(said);
    expect(lines.map(({ step }) => step)).toEqual([1, 2, undefined]);
    expect(lines[0].loss).toBeGreaterThan(4);
    expect(lines[1].validLoss).toBeLessThan(lines[0].validLoss);
    expect(Object.keys(lines[0]).sort()).toEqual(
      ["step", "steps", "loss", "targets", "gradientNorm", "lr", "tokensPerSecond"]
        .concat("secondsLeft", "leftOut", "validLoss")
        .sort(),
    );
    expect(lines[2]).toEqual({ out });
    const logged = readFileSync(join(out, "log.jsonl"), "utf8");
    expect(logged).toBe(`${said.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
    expect(readFileSync(page, "utf8")).toContain("tiny-stories-it, tuned on rows.jsonl");
    const gemma = await Gemma.load(out);
    expect(gemma.config.numHiddenLayers).toBe(4);
    expect([...gemma.model.sources.values()][0].dtype).toBe("bfloat16");
    expect(
      await gemma
        .generate(gemma.encodeChat([{ role: "user", content: "Hi" }]), { maxTokens: 2 })
        .text(),
    ).not.toBe("");
    await gemma.dispose();
  });

  it("stopped by Ctrl-C says how to go on, and goes on to the same bits", async () => {
    const out = at("stopped");
    const stop = new AbortController();
    const command = ["sft", DATA, "--out", out, ...RUN, "--json"];
    const { code, err } = await cli(command, { signal: stop.signal, onWrite: () => stop.abort() });
    expect(code).toBe(130);
    expect(err).toBe(
      `Stopped after step 1. The run is in ${out}: the same command with --resume goes on.\n`,
    );
    expect(readdirSync(out)).not.toContain("model.safetensors");
    expect((await cli(command)).err).toContain("resume (--resume) goes on with it");
    const other = [...command.slice(0, -2), "2e-3", "--resume"];
    expect((await cli(other)).err).toContain('"lr" expected 0.001, as it began, got 0.002');
    const resumed = await cli([...command, "--resume"]);
    expect(resumed.code).toBe(0);
    expect(jsonLines<{ step: number }>(resumed.out)[0].step).toBe(2);
    const bytes = (folder: string) => readFileSync(join(folder, "model.safetensors"));
    expect(bytes(out).equals(bytes(at("whole")))).toBe(true);
    const again = await cli([...command.slice(0, -1), "--resume"]);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("nothing left to learn")]);
  });

  it("with --lora writes the factors as PEFT reads them, and the model with them merged in", async () => {
    const out = at("lora");
    const lora = ["--lora", "--rank", "2", "--alpha", "6", "--targets", "q_proj,v_proj"];
    const { code } = await cli(["sft", DATA, "--out", out, ...RUN, ...lora]);
    expect(code).toBe(0);
    const gemma = await Gemma.load(out);
    const { settings, pairs } = await readAdapter(openFolder(join(out, "adapter")), gemma.config);
    expect([settings.r, settings.alpha, pairs.size]).toEqual([2, 6, 8]);
    await gemma.dispose();
  });

  it("says in words what came of it, and how to talk to it", async () => {
    const more = ["--valid", VALID, "--answers", "--out", at("answers")];
    const { out, err } = await cli(["sft", DATA, ...RUN, ...more]);
    expect(err).toMatch(/^step 1\/2 .*\nstep 2\/2 .*\n$/);
    expect(out).toMatch(/^Loss \d\.\d+ in step 2, \d\.\d+ on what it did not learn\.\n/);
    expect(out).toContain("\nbefore\n");
    expect(out).toMatch(/After, {2}\d of 1 answers were as expected, \d ended their turn\./);
    expect(out).toContain(`gemma-reference chat --model ${at("answers")}`);
  });

  it.each<[string[], string]>([
    [[], "expected one file DATA.jsonl, or demo, got nothing"],
    [["a", "b"], "got 2 files"],
    [[DATA], "expected --out DIR"],
    [["demo", "--resume"], "--resume needs --out DIR"],
    [["demo", "--rank", "4"], "--rank needs --lora"],
    [["demo", "--valid", VALID], "demo has --valid rows of its own"],
    [["demo", "--valid-every", "4"], "--valid-every needs --valid FILE"],
    [[DATA, "--answers", "--out", "x"], "--answers needs --valid FILE"],
    [["demo", "--batch", "4294967296"], "--batch expects an integer from 1 to 1048576"],
    [["demo", "--lora", "--rank", "65"], "--rank expects at most 64, the smaller side of model.la"],
    [["demo", "--tokens", "99999"], "--tokens expects at most 512, as the model has positions for"],
    [["demo", "--lr", "0"], "--lr expects a number above 0, got"],
    [["demo", "--steps", "10", "--warmup", "11"], "--warmup expects at most the 10 steps"],
    [["demo", "--precision", "bf16"], "a step below 2⁻⁹ of such a weight changes nothing"],
    [["demo", "--precision", "float64", "--backend", "simd"], "did you mean wasm?"],
    [["demo", "--precision", "float64", "--backend", "wasm"], "float64 is computed by cpu"],
    [["demo", "--backend", "webgpu"], "training is computed by wasm or cpu"],
    [["demo", "--optimizer", "muon"], "an Optimizer: docs/training.md"],
    [["demo", "--optimizer", "adafactor", "--decay", "1"], "--decay is of adamw"],
    [["demo", "--train-on", "questions"], "answers | last | all"],
  ])("refuses %j: %s", async (argv, message) => {
    const { code, err } = await cli(["sft", ...argv]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("learns each row once an epoch, in steps that end with the epoch", async () => {
    const argv = ["sft", DATA, "--epochs", "2", "--batch", "4", "--out", at("epochs"), "--json"];
    const { code, out } = await cli(argv);
    const lines = jsonLines<{ steps?: number; targets: number }>(out).slice(0, -1);
    expect([code, lines.length, lines[0].steps]).toEqual([0, 4, 4]); // 4, 2, 4 and 2 rows
    const targets = lines.map((line) => line.targets);
    expect(targets[0] + targets[1]).toBe(targets[2] + targets[3]);
  });

  it("stops where the run diverges: no model is written, and another run may begin there", async () => {
    const out = at("diverged");
    for (const steps of ["1", "3"]) {
      const argv = ["sft", DATA, "--steps", steps, "--batch", "1", "--lr", "1e30", "--out", out];
      const { code, err, out: said } = await cli(argv);
      expect([code, said]).toEqual([1, ""]);
      expect(err).toContain("the run has diverged: begin again with a lower learning rate");
      expect(readdirSync(out).filter((name) => !name.startsWith("run.lock"))).toEqual([]);
    }
  });

  it.each([
    ["", "expected a row at least, got no rows; a JSON object a line"],
    ["\n\n", "expected a row at least, got no rows"],
    [
      '{"messages":[{"role":"user","content":"Hi"}]}\n',
      'line 1: "messages" expected a last message',
    ],
    [
      '{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}',
      "; --system puts it before the first message of the user",
    ],
  ])("says what is wrong with a file: %j", async (text, message) => {
    const bad = at("wrong.jsonl");
    writeFileSync(bad, text);
    const { code, err } = await cli(["sft", bad, "--out", at("wrong")]);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
    expect(err).toContain("wrong.jsonl");
    expect(readdirSync(scratch)).not.toContain("wrong");
  });

  it("says where a row cannot be learnt from", async () => {
    const bad = at("bad.jsonl");
    writeFileSync(bad, '{"prompt":"Hi","chosen":"a","rejected":"b"}\n');
    const { code, err } = await cli(["sft", bad, "--out", at("none")]);
    expect([code, err]).toEqual([1, expect.stringContaining("bad.jsonl, line 1")]);
    expect(readdirSync(scratch)).not.toContain("none");
  });
});

it.runIf(IS_LONG)("the demo learns, and shows it", async () => {
  const { code, out } = await cli(["sft", "demo"]);
  expect(code).toBe(0);
  expect(Number(/, (\d\.\d+) on what/.exec(out)?.[1])).toBeLessThan(1);
  expect(demoTalesPath()).toMatch(/sft-valid\.jsonl$/);
});

/** The command: answers are drawn, judged and learnt from; what it writes opens as a model, and a stopped run goes on to the same bits. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { Gemma } from "../../../src/gemma.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { talesPath } from "../../../src/node/training/demo-tales.ts";
import { writeFiles } from "../../../src/node/training/model-folder.ts";
import { rewardModelFiles } from "../../../src/preference/reward/files.ts";
import { RewardModel } from "../../../src/preference/reward/reward-model.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("rlhf");
const at = (name: string) => join(scratch, name);
const PROMPTS = at("prompts.jsonl");
const MODEL = new URL("../../../fixtures/tiny-stories-it", import.meta.url).pathname;
const REWARD = at("reward");
const RUN = [
  "--model",
  MODEL,
  "--reward",
  REWARD,
  "--steps",
  "2",
  "--batch",
  "1",
  "--group",
  "2",
].concat("--max-tokens", "4", "--samples", "2", "--lr", "1e-3");
const JUDGED = ["--judge", "rule"];

beforeAll(async () => {
  // A head that nobody trained: its rewards differ from answer to answer.
  const checkpoint = await openCheckpoint(openFolder(MODEL));
  const model = await RewardModel.from(checkpoint, { trains: () => false, headSeed: 1 });
  await writeFiles(REWARD, rewardModelFiles(model, checkpoint));
  await checkpoint.close();
  const lines = readFileSync(talesPath("prompts-train"), "utf8").split("\n");
  writeFileSync(PROMPTS, `${lines.slice(0, 2).join("\n")}\n`);
});

describe("rlhf", () => {
  it("reports each step, and writes a log, a page, and a model that opens", async () => {
    const [out, page] = [at("whole"), at("curves.html")];
    const more = [...JUDGED, "--json", "--html", page];
    const { code, out: said, err } = await cli(["rlhf", PROMPTS, "--out", out, ...RUN, ...more]);
    expect([code, err]).toEqual([0, ""]);
    const lines = jsonLines<Record<string, unknown>>(said);
    expect(lines.map(({ step }) => step)).toEqual([1, 2, undefined]);
    const names = ["reward", "shaped", "k1", "k2", "k3", "length", "entropy", "closed", "distinct"];
    expect(Object.keys(lines[0])).toEqual(
      expect.arrayContaining([...names, "gap", "judge", "warnings"]),
    );
    expect([lines[0].targets, lines[0].k1, lines[0].judge]).toEqual([
      2,
      expect.closeTo(0, 4), // the policy has not moved; float32 sums in another order
      -3, // not closed, and without what was asked for
    ]);
    expect(lines[1].k1).not.toBeCloseTo(0, 4);
    expect(lines[2]).toEqual({
      out,
      optimum: expect.objectContaining({ referenceReward: expect.any(Number) }),
    });
    const logged = readFileSync(join(out, "log.jsonl"), "utf8");
    expect(logged).toBe(`${said.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
    const html = readFileSync(page, "utf8");
    for (const part of ["<h2>Reward</h2>", "<h2>KL</h2>", "rule: the second judge"]) {
      expect(html).toContain(part);
    }
    const gemma = await Gemma.load(out);
    expect(gemma.config.numHiddenLayers).toBe(4);
    await gemma.dispose();
  });

  it("stopped by Ctrl-C goes on to the same bits, and does not ask again what the best would be", async () => {
    const out = at("stopped");
    const stop = new AbortController();
    const command = ["rlhf", PROMPTS, "--out", out, ...RUN, ...JUDGED, "--json"];
    const { code, err } = await cli(command, { signal: stop.signal, onWrite: () => stop.abort() });
    expect([code, err]).toEqual([130, expect.stringContaining("Stopped after step 1. The run is")]);
    const file = join(out, "run.optimum.json");
    const kept = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...kept, optimum: { ...kept.optimum, objective: 77 } }));
    const other = [...command, "--resume", "--beta", "0.3"];
    expect((await cli(other)).err).toContain('"beta" expected 0.1, as it began, got 0.3');
    const resumed = await cli([...command, "--resume"]);
    const lines = jsonLines<{ step?: number; optimum: { objective: number } }>(resumed.out);
    expect([resumed.code, lines[0].step, lines[1].optimum.objective]).toEqual([0, 2, 77]);
    const bytes = (folder: string) => readFileSync(join(folder, "model.safetensors"));
    expect(bytes(out).equals(bytes(at("whole")))).toBe(true);
  });

  it("says in words how far it got, and --lora writes the factors, too", async () => {
    const out = at("lora");
    const more = ["--lora", "--rank", "2", "--targets", "q_proj"];
    const { code, out: said, err } = await cli(["rlhf", PROMPTS, "--out", out, ...RUN, ...more]);
    expect(code).toBe(0);
    expect(err).toMatch(/^step 1\/2 {2}reward \S+ {2}KL \S+ {2}R \S+ {2}closed .*2 answers/);
    expect(said).toMatch(/^Before it learns, its answers have a reward of −?\d/);
    expect(said).toMatch(/\nReward from \S+ to \S+, KL \S+: one step each\.\n/);
    expect(said).toMatch(/ % of the way to the best policy/);
    expect(said).toContain(`gemma-reference chat --model ${out}`);
    expect(readdirSync(join(out, "adapter"))).toContain("adapter_config.json");
  });

  it.each<[string[], string]>([
    [[], "expected one file PROMPTS.jsonl, got nothing"],
    [[PROMPTS], "expected --reward MODEL"],
    [[PROMPTS, "--reward", "rule"], "expected --out DIR"],
    [[PROMPTS, "--monitor", "shout"], "--monitor expects warn | stop"],
    [[PROMPTS, "--inner", "2"], "--inner above 1 needs --clip-ratio X"],
    [[PROMPTS, "--clip-ratio", "0.2"], "--clip-ratio needs --inner 2 or more"],
    [[PROMPTS, "--group", "1"], "--group 1 needs --baseline moving-average"],
    [[PROMPTS, "--baseline", "rloo2"], "--baseline expects leave-one-out | moving-average"],
    [[PROMPTS, "--beta", "-1"], "--beta expects 0 or a positive number"],
    [[PROMPTS, "--rank", "2"], "--rank needs --lora"],
    [[PROMPTS, "--level", "word"], "--level expects sequence | token"],
    [[PROMPTS, "--precision", "float64", "--backend", "wasm"], "float64 is computed by cpu"],
  ])("refuses %j: %s", async (argv, message) => {
    const { code, err } = await cli(["rlhf", ...argv]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each([
    ["", "expected a row at least, got no rows"],
    ['{"text":"Once"}\n', "line 1 expected a prompt, got a text"],
    ['{"prompt":[]}\n', "line 1"],
  ])("says what is wrong with a file: %j", async (text, message) => {
    const bad = at("wrong.jsonl");
    writeFileSync(bad, text);
    const { code, err } = await cli(["rlhf", bad, "--reward", "rule", "--out", at("wrong")]);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
    expect(readdirSync(scratch)).not.toContain("wrong");
  });

  it("refuses a reward model that is none", async () => {
    const argv = [PROMPTS, "--model", MODEL, "--reward", MODEL, "--out", at("none")];
    const { code, err } = await cli(["rlhf", ...argv]);
    expect([code, err]).toEqual([1, expect.stringContaining("the head of a reward model")]);
    expect(readdirSync(scratch)).not.toContain("none");
  });
});

/** The command: what it writes opens as a reward model, goes on after Ctrl-C, and can be asked. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openFolder } from "../../../src/node/folder.ts";
import { openRewardModel } from "../../../src/preference/reward/files.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { readFixture } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("reward");
const at = (name: string) => join(scratch, name);
const [DATA, VALID, ASKED] = [at("pairs.jsonl"), at("valid.jsonl"), at("asked.jsonl")];
const RUN = ["--steps", "2", "--batch", "1", "--lr", "1e-3"];

beforeAll(() => {
  const lines = new TextDecoder()
    .decode(readFixture("learning/tales/pairs-valid.jsonl"))
    .split("\n");
  writeFileSync(DATA, `${lines.slice(0, 4).join("\n")}\n`);
  writeFileSync(VALID, `${lines.slice(4, 6).join("\n")}\n`);
  const { prompt, chosen } = JSON.parse(lines[4]);
  writeFileSync(ASKED, `${JSON.stringify({ prompt, completion: chosen })}\n`);
});

describe("reward", () => {
  it("learns pairs, says how good it is, and can be asked", async () => {
    const out = at("judge");
    const page = at("curve.html");
    const more = ["--json", "--html", page, "--valid", VALID, "--type", "F32"];
    const { code, out: said, err } = await cli(["reward", DATA, "--out", out, ...RUN, ...more]);
    expect([code, err]).toEqual([0, ""]);
    const lines = jsonLines<Record<string, unknown>>(said);
    expect(lines.map(({ step }) => step)).toEqual([1, 2, undefined]);
    expect(lines[0]).toMatchObject({
      targets: 1,
      figures: { accuracy: 0.5, margin: 0, reward: 0 },
    });
    expect(Math.abs((lines[0].loss as number) - Math.log(2))).toBeLessThan(1e-6);
    const { calibration, probes } = lines[2] as Record<string, Record<string, number>>;
    expect(calibration.accuracy).toBe(lines[1].validAccuracy);
    expect(calibration.loss).toBeCloseTo(lines[1].validLoss as number, 6);
    expect(probes.answers).toBe(2);
    expect(readFileSync(page, "utf8")).toContain("tiny-stories-it, judging as in pairs.jsonl");
    const { model, checkpoint } = await openRewardModel(await openFolder(out));
    expect(model.score.data.some((x) => x !== 0)).toBe(true);
    await checkpoint.close();
    const asked = await cli(["reward", "--score", ASKED, "--model", out, "--json"]);
    const [{ reward }] = jsonLines<{ reward: number }>(asked.out);
    const pairs = await cli(["reward", "--score", VALID, "--model", out, "--json"]);
    const scored = jsonLines<{ chosen: number; calibration: { accuracy: number } }>(pairs.out);
    expect(scored.length).toBe(3);
    expect(scored[0].chosen).toBeCloseTo(reward, 6);
    expect(scored[2].calibration.accuracy).toBe(calibration.accuracy);
    const text = await cli(["reward", "--score", ASKED, "--model", out]);
    expect(text.out).toMatch(/^ +-?\d\.\d{4} {2}\S/);
    // As a model of text it is refused, and says what it is.
    const chat = await cli(["generate", "Hi", "--model", out]);
    expect(chat.err).toContain("that of a model that scores or classifies");
  });

  it("stopped by Ctrl-C goes on to the same bits", async () => {
    const out = at("stopped");
    const stop = new AbortController();
    const command = ["reward", DATA, "--out", out, ...RUN, "--json", "--type", "F32"];
    const stopped = await cli(command, { signal: stop.signal, onWrite: () => stop.abort() });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain("Stopped after step 1");
    const other = await cli([...command, "--resume", "--centring", "0.1"]);
    expect(other.err).toContain('"centring" expected 0, as it began, got 0.1');
    expect((await cli([...command, "--resume"])).code).toBe(0);
    const weights = (name: string) => readFileSync(join(at(name), "model.safetensors"));
    expect(weights("stopped").equals(weights("judge"))).toBe(true);
  });

  it("learns factors, with the head beside them as PEFT reads them", async () => {
    const out = at("lora");
    const more = ["--lora", "--rank", "2", "--steps", "1", "--batch", "1", "--lr", "1e-2"];
    const { code, err, out: said } = await cli(["reward", DATA, "--out", out, ...more]);
    expect([code, err.split("\n").length]).toEqual([0, 2]);
    expect(said).toContain(join(out, "adapter"));
    const config = JSON.parse(readFileSync(join(out, "adapter", "adapter_config.json"), "utf8"));
    expect(config.task_type).toBe("SEQ_CLS");
    const { model, checkpoint } = await openRewardModel(await openFolder(out));
    expect(model.score.data.length).toBe(model.config.hiddenSize);
    await checkpoint.close();
  });

  it("refuses what does not go together, before anything is opened", async () => {
    const refused = async (...argv: string[]) => (await cli(["reward", ...argv])).err;
    expect(await refused()).toContain("expected one file PAIRS.jsonl, or demo, got nothing");
    expect(await refused(DATA)).toContain("expected --out DIR");
    expect(await refused("demo", "--valid", VALID)).toContain("demo has --valid rows of its own");
    expect(await refused("--score", DATA)).toContain("--score needs --model");
    expect(await refused("--score", DATA, "--model", "x", "--lr", "1")).toContain(
      "--lr is of learning; --score learns nothing",
    );
    expect(await refused(DATA, "--score", DATA)).toContain("no file but that of --score");
    expect(await refused(DATA, "--out", at("x"), "--centring", "-1")).toContain("--centring");
    expect(await refused(ASKED, "--out", at("x"))).toContain(
      "asked.jsonl, line 1 expected a preference: prompt, chosen and rejected, got a row of completion",
    );
    const tiny = fixture("tiny-stories-it");
    expect(await refused("--score", ASKED, "--model", tiny)).toContain("expected a reward model");
  });

  it.runIf(IS_LONG)("has a demo that orders tales in a minute", async () => {
    const { code, out } = await cli(["reward", "demo", "--json"]);
    expect(code).toBe(0);
    const { calibration } = jsonLines<{ calibration: { accuracy: number } }>(out).at(
      -1,
    ) as never as {
      calibration: { accuracy: number };
    };
    // A coin is right half of the time; of 60 pairs, 5 standard errors are 0.32, and the rule itself gets 0.82.
    expect(calibration.accuracy).toBeGreaterThan(0.6);
  });
});

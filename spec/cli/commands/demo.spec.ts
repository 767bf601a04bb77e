import { describe, expect, it } from "vitest";
import type { NpyArray } from "../../../src/checkpoint/numpy/npy.ts";
import {
  compareWithGoogle,
  isWithinPromise,
} from "../../../src/conformance/distance-from-google.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import type { Folder } from "../../../src/source/folder.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { cli } from "../../support/cli.ts";
import { goldens, readJson } from "../../support/goldens.ts";

const greedy = readJson<{ greedy_text: string }[]>("tiny-stories-it/greedy.json");
const answers = greedy
  .slice(0, 2)
  .map(({ greedy_text }) => greedy_text.replace("<end_of_turn>", ""));

describe("demo", () => {
  it("tells the story and the sum Google's code tells, and is as close to it as promised", async () => {
    const { code, out } = await cli(["demo", "--json"]);
    const { answers: given, comparison } = JSON.parse(out);
    expect(code).toBe(0);
    expect(given.map(({ answer }: { answer: string }) => answer)).toEqual(answers);
    expect(comparison).toMatchObject({ prompts: 4, positions: 130, vocabSize: 1024 });
    expect(comparison.float64).toBeLessThan(1e-12 * comparison.largest);
    expect(comparison.googleFloat32).toBeCloseTo(2.3884872986101868e-5, 18);
    expect(comparison.float32).toBeLessThan(comparison.googleFloat32);
  });

  it("reads the same in words on a terminal that wants no colour, without a control character", async () => {
    const { code, out, err } = await cli(["demo"], { terminal: true, env: { NO_COLOR: "1" } });
    expect([code, err]).toEqual([0, ""]);
    const flowing = out.replace(/\s+/g, " ");
    for (const answer of answers) expect(flowing).toContain(answer);
    expect(out).toMatch(/^ {2}Google's gemma_pytorch {2}float32 +2\.4e-5$/m);
    expect(out).toContain("In float64 the two agree to 14 digits");
    expect(out).toContain("  gemma-reference generate --chat");
    expect(out).not.toContain("\x1b");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([
    ["a terminal", true],
    ["a file", false],
  ])("is coloured on a terminal, and nowhere else: %s", async (_, terminal) => {
    // The greeting is enough to see it.
    const interrupt = new AbortController();
    const onWrite = () => interrupt.abort();
    const { out } = await cli(["demo"], { terminal, signal: interrupt.signal, onWrite });
    expect(out.includes("\x1b[1m")).toBe(terminal);
    expect(out.includes("\x1b")).toBe(terminal);
  });

  it("ends at Ctrl-C with exit code 130", async () => {
    const interrupt = new AbortController();
    const { code, out } = await cli(["demo"], {
      signal: interrupt.signal,
      onWrite: (text) => text.includes("fox") && interrupt.abort(),
    });
    expect(code).toBe(130);
    expect(out).not.toContain("3 plus 4");
  });

  it("does not take logits that are not a number for close ones", async () => {
    const { data, shape } = goldens("tiny-stories-it/prompt-0.npz").get("logits.f64") as NpyArray;
    const broken = async () => tensor(Float64Array.from(data).fill(Number.NaN, 7, 8), shape);
    const onlyOne: Folder = {
      ...openFolder(tinyModelPath()),
      list: async () => ["config.json", "prompt-0.npz"],
    };
    const logitsOf = { float64: broken, float32: broken };
    expect(isWithinPromise(await compareWithGoogle(onlyOne, logitsOf))).toBe(false);
  });

  it("does not call a comparison kept that is too far, or not a number", () => {
    const good = {
      prompts: 1,
      positions: 1,
      vocabSize: 1,
      largest: 30,
      float64: 1e-13,
      float32: 5e-6,
      googleFloat32: 2e-5,
    };
    expect(isWithinPromise(good)).toBe(true);
    expect(isWithinPromise({ ...good, float64: 1e-10 })).toBe(false);
    expect(isWithinPromise({ ...good, float32: 3e-5 })).toBe(false);
    expect(isWithinPromise({ ...good, float64: Number.POSITIVE_INFINITY })).toBe(false);
    expect(isWithinPromise({ ...good, float32: Number.NaN })).toBe(false);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sketchCommand } from "../../../src/cli/commands/sketch.ts";
import type { Io, Output } from "../../../src/cli/io.ts";
import { readSketch } from "../../../src/conformance/real/sketch.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** What it wrote to stdout and stderr. */
async function run(...argv: string[]): Promise<{ out: string; err: string }> {
  const written = { out: "", err: "" };
  const output = (key: "out" | "err"): Output => ({
    isTerminal: false,
    columns: undefined,
    async write(text) {
      written[key] += text;
    },
  });
  const { signal } = new AbortController();
  const io: Io = {
    stdin: { isTerminal: true, async *[Symbol.asyncIterator]() {} },
    stdout: output("out"),
    stderr: output("err"),
    signal,
    interruptible: (work) => work(signal),
    env: {},
    program: "gemma-reference",
  };
  await sketchCommand.run(argv, io);
  return written;
}

const folder = scratchFolder("sketch");

describe("verify sketch", () => {
  it("writes the sketch of a model, with budgets for the classes asked for", async () => {
    const file = `${folder}/tiny.json`;
    const model = ["--model", fixture("tiny-stories-it"), "--out", file];
    const { out, err } = await run(
      ...model,
      "--ids",
      "2,7,9",
      "--text",
      "Hi",
      "--continue",
      "1",
      "--accuracy",
      "bf16",
      "--json",
    );
    const bytes = new Uint8Array(readFileSync(file));
    expect(JSON.parse(out)).toEqual({ out: file, bytes: bytes.length, prompts: 2 });
    expect(err).toContain("prompt-1: bfloat16 in 7 ways\n");
    const { name, prompts } = readSketch(bytes, file);
    expect(name).toBe("tiny-stories-it");
    expect(prompts.map(({ ids, given }) => [ids.slice(0, -1), given])).toEqual([
      [[2, 7, 9], 3],
      [[2, 996, 979], 3],
    ]);
    expect(prompts.map(({ budgets }) => Object.keys(budgets))).toEqual([
      ["bfloat16"],
      ["bfloat16"],
    ]);
  });

  it.runIf(IS_LONG)("takes texts of ours where none are given", async () => {
    const file = `${folder}/ours.json`;
    await run("--out", file, "--continue", "0", "--accuracy", "f64", "--all-ways");
    const { prompts } = readSketch(new Uint8Array(readFileSync(file)), file);
    expect(prompts.length).toBe(3);
    expect(prompts[0].budgets.float64?.ways.length).toBe(4);
  });

  it("says what it does not understand", async () => {
    const refused = (...argv: string[]) => expect(run(...argv)).rejects;
    await refused().toThrow("expected --out FILE.json");
    await refused("--out", "x.json", "y").toThrow("expected no argument, got y");
    await refused("--out", "x.json", "--accuracy", "f8").toThrow(
      /^--accuracy expects float64 \| .*, got "f8"$/,
    );
    await refused("--out", "x.json", "--continue", "-1").toThrow("--continue expects");
    await refused("--out", `${folder}/x.json`, "--model", fixture("mqa")).toThrow(
      /mqa has no tokenizer: give --ids$/,
    );
  });
});

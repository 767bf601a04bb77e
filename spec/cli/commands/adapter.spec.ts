/** --adapter: beside a model, merged on conversion; and what inspect says of one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { Gemma } from "../../../src/gemma.ts";
import { openPath } from "../../../src/node/open-path.ts";
import { cli } from "../../support/cli.ts";
import { golden } from "../../support/goldens.ts";
import { relativeError } from "../../support/learning.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("adapter");
const BASE = fixture("gqa");
const SEVEN = fixture("adapters/seven");
const GGUF = fixture("adapters/llama-cpp.gguf");
const numbers = (name: string) => golden("adapters/logits.npz", name);
const IDS = [...numbers("ids")];

async function logits(path: string): Promise<ArrayLike<number>> {
  const gemma = await Gemma.load(path, { precision: "float64" });
  const { data } = await gemma.logits(IDS);
  await gemma.dispose();
  return data;
}

const run = async (...argv: string[]) => {
  const { code, out, err } = await cli(argv);
  expect([code, err]).toEqual([0, ""]);
  return out;
};

describe("--adapter", () => {
  it.each([
    ["a folder", SEVEN, "seven"],
    ["a GGUF file", GGUF, "llama-cpp"],
  ])("runs %s beside the model", async (_, path, name) => {
    const given = ["--model", BASE, "--ids", IDS.join(","), "--precision", "float64", "--json"];
    const { logprobs } = JSON.parse(await run("score", ...given, "--adapter", path));
    const gemma = await Gemma.load(BASE, { adapter: path, precision: "float64" });
    const expected = await gemma.score(IDS);
    expect(relativeError(logprobs, expected.logprobs)).toBeLessThan(1e-12);
    expect(JSON.parse(await run("score", ...given)).logprobs).not.toEqual(logprobs);
    expect(name).not.toBe("");
    await gemma.dispose();
  });

  it("is refused where there is none, before anything is computed", async () => {
    const { code, err } = await cli([
      "generate",
      "--model",
      BASE,
      "--ids",
      "2",
      "--adapter",
      fixture("mqa"),
    ]);
    expect(code).toBe(1);
    expect(err).toContain("adapter_config.json");
  });

  it("is what --lora is called here", async () => {
    for (const name of ["--lora", "--adapter-path"]) {
      const { code, err } = await cli(["generate", "a", name, "x"]);
      expect([code, err]).toEqual([2, expect.stringContaining("did you mean --adapter?")]);
    }
  });
});

describe("serve --adapter", () => {
  it("takes several by name, and one for all", async () => {
    const tiny = ["serve", "--port", "0", "--json"];
    for (const given of [
      ["poet=a", "poet=b"],
      ["a", "b"],
    ]) {
      const { code, err } = await cli([...tiny, ...given.flatMap((one) => ["--adapter", one])]);
      expect([code, err]).toEqual([2, expect.stringContaining("got it twice")]);
    }
    const { code, err } = await cli([...tiny, "--adapter", `poet=${SEVEN}`]);
    expect([code, err]).toEqual([1, expect.stringContaining("it is of another model")]);
  });
});

describe("convert --adapter", () => {
  it("writes W + s · B A, rounded once, as a folder, GGUF or .npz", async () => {
    for (const [out, type, most] of [
      ["merged", "F32", 1e-6],
      ["merged.gguf", "F32", 1e-6],
      ["merged.npz", "F32", 1e-6],
      ["narrow", undefined, 0.1], // the base is bfloat16
      ["small.gguf", "F16", 0.01],
    ] as const) {
      const path = join(scratch, out);
      const json = ["--json", ...(type ? ["--type", type] : [])];
      const said = JSON.parse(await run2("convert", BASE, path, "--adapter", SEVEN, ...json));
      expect(said).toMatchObject({ from: "gqa", adapter: "seven" });
      expect([out, relativeError(await logits(path), numbers("seven")) < most]).toEqual([
        out,
        true,
      ]);
      const checkpoint = await openCheckpoint(await openPath(path));
      const dtypes = [...checkpoint.tensors.values()]
        .filter(({ shape }) => shape.length > 1)
        .map(({ dtype }) => dtype);
      const expected = { F32: "float32", F16: "float16", none: "bfloat16" }[type ?? "none"];
      expect(new Set(dtypes)).toEqual(new Set([expected]));
      await checkpoint.close();
    }
    const beside = JSON.parse(readFileSync(join(scratch, "merged.gguf.json"), "utf8"));
    expect(beside.adapter).toBe("seven");
  });

  it("writes the adapter alone with --adapter-only, for llama.cpp", async () => {
    const path = join(scratch, "seven.lora.gguf");
    const json = await run("convert", BASE, path, "--adapter", SEVEN, "--adapter-only", "--json");
    expect(JSON.parse(json)).toMatchObject({ adapter: "seven", file: "seven.lora.gguf" });
    const gemma = await Gemma.load(BASE, { adapter: path, precision: "float64" });
    const { data } = await gemma.logits(IDS);
    expect(relativeError(data, numbers("seven"))).toBeLessThan(1e-12);
    await gemma.dispose();
    for (const [out, more, says] of [
      ["x.gguf", [], "needs --adapter DIR"],
      ["x", ["--adapter", SEVEN], "expected OUT.gguf, got"],
      ["x.gguf", ["--adapter", SEVEN, "--type", "Q8_0"], "an adapter has no Q8_0"],
    ] as const) {
      const { code, err } = await cli([
        "convert",
        BASE,
        join(scratch, out),
        "--adapter-only",
        ...more,
      ]);
      expect([code, err]).toEqual([2, expect.stringContaining(says)]);
    }
  });

  /** A model without a tokenizer is noted. */
  const run2 = async (...argv: string[]) => {
    const { code, out, err } = await cli(argv);
    expect([code, err.replace(/^Note: there is no tokenizer.*\n/, "")]).toEqual([0, ""]);
    return out;
  };
});

describe("inspect ADAPTER", () => {
  it("says the base, ranks and projections of PEFT's files, safetensors or torch", async () => {
    const seven = JSON.parse(await run("inspect", SEVEN, "--json"));
    expect(seven).toMatchObject({
      format: "PEFT",
      base: "gqa",
      task: "CAUSAL_LM",
      ranks: [2],
      alpha: 3,
      rsLora: false,
      blocks: [0, 1],
      whole: [],
    });
    expect(seven.targets.toSorted()).toEqual([
      "down_proj",
      "gate_proj",
      "k_proj",
      "o_proj",
      "q_proj",
      "up_proj",
      "v_proj",
    ]);
    expect(seven.bytes).toBe(4 * seven.parameters);
    const two = JSON.parse(await run("inspect", fixture("adapters/two-ranks"), "--json"));
    expect(two).toMatchObject({ ranks: [2, 3], alpha: 7, rsLora: true });
    const out = await run("inspect", fixture("adapters/query-value"));
    for (const part of ["A LoRA adapter (PEFT)", "gqa", "q_proj, v_proj", "0 to 1", "--adapter"])
      expect(out).toContain(part);
  });

  it("says them of a GGUF file", async () => {
    const file = JSON.parse(await run("inspect", GGUF, "--json"));
    expect(file).toMatchObject({
      format: "GGUF",
      base: null,
      ranks: [2, 3],
      alpha: 5,
      blocks: [0, 1],
    });
    expect(file.targets).toHaveLength(7);
    expect(await run("inspect", GGUF)).toContain("A LoRA adapter (GGUF)");
  });
});

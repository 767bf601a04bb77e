import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { relativeError } from "../src/conformance/metrics.ts";
import {
  ArgumentError,
  cpuBackend,
  FormatError,
  filesFolder,
  Gemma,
  type GemmaOptions,
} from "../src/index.ts";
import { golden, promptIds } from "./support/goldens.ts";
import { fixture } from "./support/paths.ts";

const files = (model: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, readFileSync(fixture(`${model}/${name}`))]));

const opened: Gemma[] = [];
afterEach(() => Promise.all(opened.splice(0).map((gemma) => gemma.dispose())));

/** As Gemma.load, for a model that lives as long as a test. */
async function load(...args: Parameters<typeof Gemma.load>): Promise<Gemma> {
  const gemma = await Gemma.load(...args);
  opened.push(gemma);
  return gemma;
}

describe("Gemma.load", () => {
  it("takes a path, files in memory, or an open checkpoint", async () => {
    const inMemory = filesFolder(
      files("tiny-stories-it", "config.json", "model.safetensors", "tokenizer.model"),
    );
    const ids = promptIds("tiny-stories-it", "prompt-1");
    const expected = golden("tiny-stories-it/prompt-1.npz", "logits.f64");
    for (const source of [fixture("tiny-stories-it"), inMemory]) {
      const gemma = await Gemma.load(source, { precision: "float64" });
      const { data, shape } = await gemma.logits(ids);
      expect(shape).toEqual([ids.length, 1024]);
      expect(relativeError(data, expected)).toBeLessThan(1e-12);
      await gemma.dispose();
    }
  });

  it("takes one file as bytes or as a File, and a URL as its text", async () => {
    const bytes = new Uint8Array(readFileSync(fixture("gguf/model.Q4_0.gguf")));
    const expected = await (await load(fixture("gguf/model.Q4_0.gguf"))).logits([2, 7]);
    for (const source of [bytes, bytes.buffer, new Blob([bytes]), new File([bytes], "q.gguf")]) {
      expect((await (await load(source)).logits([2, 7])).data).toEqual(expected.data);
    }
    await expect(Gemma.load(new File(["no"], "notes.txt"))).rejects.toThrow("notes.txt");
    await expect(Gemma.load(new URL("file:///no/where"))).rejects.toThrow("/no/where");
  });

  it.each([null, undefined, 5, {}, new Map(), () => {}])(
    "refuses %o, which is no source",
    async (source) => {
      const loading = Gemma.load(source as never);
      await expect(loading).rejects.toThrow(/"source" expected a path or URL, a File, bytes/);
      await expect(loading).rejects.toThrow(ArgumentError);
    },
  );

  it("computes the same while the weights arrive in the background", async () => {
    const ids = promptIds("tiny-stories-it", "prompt-1");
    const seen: number[] = [];
    const gemma = await Gemma.load(fixture("tiny-stories-it"), {
      background: true,
      onProgress: ({ loaded, total }) => seen.push(loaded / total),
    });
    expect(seen.length).toBeLessThan(38);
    const calls = [gemma.logits(ids), gemma.logits(ids.slice(0, 3))];
    const [all, three] = await Promise.all(calls);
    await gemma.model.arrived;
    expect([seen.length, seen.at(-1)]).toEqual([38, 1]);
    const foreground = await Gemma.load(fixture("tiny-stories-it"));
    expect(all.data).toEqual((await foreground.logits(ids)).data);
    expect(three.data).toEqual(all.data.subarray(0, 3 * 1024));
    await Promise.all([gemma.dispose(), foreground.dispose()]);
  });

  it("does without a tokenizer, until text is asked for", async () => {
    const gemma = await load(fixture("mqa"));
    expect((await gemma.logits([2, 7, 9])).shape).toEqual([3, 320]);
    expect(() => gemma.encode("text")).toThrow(/pass token ids instead/);
    await expect(gemma.score("text")).rejects.toThrow(/pass token ids instead/);
    expect(() => gemma.generate([2], { stop: "x" })).toThrow(/without a tokenizer/);
    const steps = [];
    for await (const step of gemma.generate([2, 7], { maxTokens: 3 })) steps.push(step);
    expect(steps).toHaveLength(3);
    expect(steps.every(({ text }) => text === "")).toBe(true);
  });

  it("refuses a tokenizer with more pieces than the model has rows", async () => {
    const mixed = filesFolder({
      ...files("mqa", "config.json", "model.safetensors"),
      ...files("tiny-stories", "tokenizer.model"),
    });
    await expect(Gemma.load(mixed)).rejects.toThrow(FormatError);
    await expect(Gemma.load(mixed)).rejects.toThrow(/192 to 320 pieces.*got 1024/);
  });

  it("takes a backend of one's own, in its own precision", async () => {
    const backend = cpuBackend({ precision: "float64" });
    const gemma = await load(fixture("mqa"), { backend });
    expect((await gemma.logits([2])).data).toBeInstanceOf(Float64Array);
    await expect(Gemma.load(fixture("mqa"), { backend, precision: "float32" })).rejects.toThrow(
      ArgumentError,
    );
    await expect(Gemma.load(fixture("mqa"), { backend: "gpu" as never })).rejects.toThrow(/"cpu"/);
  });

  it.each([
    ["bf16", "did you mean bfloat16?"],
    ["fp32", "did you mean float32?"],
    ["fp64", "did you mean float64?"],
    ["torch.bfloat16", "did you mean bfloat16?"],
    ["float16", "weights in float16 are read, whatever the precision of the arithmetic"],
    ["int8", "for fewer bits open a GGUF file"],
    ["exact", undefined],
  ])("refuses the precision %s in its own name", async (precision, hint) => {
    const error = await Gemma.load("/nowhere", { precision: precision as never }).catch((e) => e);
    expect(error).toMatchObject({ op: "Gemma.load", argument: "precision" });
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
    const own = () => cpuBackend({ precision: precision as never });
    expect(own).toThrow(/^cpuBackend: "precision"/);
  });

  it("offers the released models' rounded √D in any precision", async () => {
    const scale = async (options: GemmaOptions) =>
      (await load(fixture("gqa"), options)).model.embedScale;
    expect(await scale({ embedScale: "exact" })).toBe(Math.sqrt(72));
    expect(await scale({ embedScale: "bfloat16" })).toBe(8.5);
    expect(await scale({ precision: "bfloat16" })).toBe(8.5);
  });
});

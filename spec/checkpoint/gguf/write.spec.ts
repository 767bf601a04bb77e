/** Against the files that llama.cpp's own converter and quantiser made of the same safetensors. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import type { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { openGguf } from "../../../src/checkpoint/gguf/open.ts";
import { readGguf } from "../../../src/checkpoint/gguf/read.ts";
import { type GgufOptions, writeGguf } from "../../../src/checkpoint/gguf/write.ts";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { Model } from "../../../src/model/model.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { checkpoint, promptIds, promptLogits, readFixture } from "../../support/goldens.ts";
import { greedyGoldens } from "../../support/greedy.ts";
import { goldens } from "../../support/tokenizer-fixture.ts";
import { whole } from "../../support/whole.ts";

async function converted(from: Checkpoint, options?: GgufOptions): Promise<Checkpoint> {
  return openGguf(bytesSource(await whole(writeGguf(from, options)), "out.gguf"));
}

describe.each(["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const)("%s", (type) => {
  it("is what llama.cpp writes, tensor by tensor and byte by byte", async () => {
    const bytes = await whole(writeGguf(await checkpoint("gguf"), { type }));
    const ours = (await readGguf(bytesSource(bytes))).tensors;
    const theirs = (await readGguf(bytesSource(readFixture(`gguf/model.${type}.gguf`)))).tensors;
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [name, expected] of theirs) {
      const got = ours.get(name)!;
      expect([name, got.shape, got.dtype]).toEqual([name, expected.shape, expected.dtype]);
      const [rows] = got.shape;
      expect(Buffer.compare(await got.rows(0, rows), await expected.rows(0, rows))).toBe(0);
    }
  });

  it("says of the model what llama.cpp says", async () => {
    const bytes = await whole(writeGguf(await checkpoint("gguf"), { type }));
    const ours = (await readGguf(bytesSource(bytes))).metadata;
    const theirs = (await readGguf(bytesSource(readFixture(`gguf/model.${type}.gguf`)))).metadata;
    for (const [key, value] of theirs) {
      if (key !== "general.name") expect([key, ours.get(key)]).toEqual([key, value]);
    }
  });
});

describe("there and back", () => {
  it.each(["mqa", "mha-wide-heads", "gqa"])("%s: the same logits, bit for bit", async (name) => {
    const from = await checkpoint(name);
    const ids = promptIds(name, "prompt-7");
    const logits = async ({ config, tensors }: Checkpoint) => {
      const backend = cpuBackend({ precision: "float64" });
      return promptLogits(await Model.load({ config, tensors, backend }), ids);
    };
    const expected = await logits(from);
    const once = await converted(from);
    expect(once.config).toEqual(from.config);
    expect(await logits(once)).toEqual(expected);
    expect(await logits(await converted(once))).toEqual(expected);
  });

  it("the tokenizer comes along, and the model answers as before", async () => {
    const [golden] = greedyGoldens("tiny-stories-it");
    const gemma = await Gemma.load(await converted(await checkpoint("tiny-stories-it")));
    for (const { text, ids } of goldens().encode)
      expect(gemma.tokenizer?.encode(text)).toEqual(ids);
    const answer = gemma.generate(golden.prompt, { maxTokens: golden.greedy_ids.length });
    expect(`${await answer.text()}<end_of_turn>`).toBe(golden.greedy_text);
  });

  it("rows that are no whole blocks become F16", async () => {
    const { tensors } = await converted(await checkpoint("mha-wide-heads"), { type: "Q8_0" });
    expect(tensors.get("model.layers.0.mlp.gate_proj.weight")?.dtype).toBe("float16"); // 48 columns
    expect(tensors.get("model.layers.0.self_attn.o_proj.weight")?.dtype).toBe("q8_0"); // 64
  });

  it("a table with more rows than the vocabulary has a token for each", async () => {
    const from = await checkpoint("tiny-stories-it");
    const table = from.tensors.get("model.embed_tokens.weight")!;
    const rows: typeof table.rows = async (begin, end) => {
      const known = await table.rows(begin, Math.min(1024, end));
      const all = new Uint8Array((end - begin) * 256);
      all.set(known);
      return all;
    };
    const tensors = new Map(from.tensors).set("model.embed_tokens.weight", {
      ...table,
      shape: [1030, 128],
      rows,
      rowsInto: undefined,
    });
    const bytes = await whole(writeGguf({ ...from, tensors }));
    const { metadata } = await readGguf(bytesSource(bytes));
    const tokens = metadata.get("tokenizer.ggml.tokens") as string[];
    expect([tokens.length, tokens.at(-1)]).toEqual([1030, "[PAD1029]"]);
    const { config } = await openGguf(bytesSource(bytes));
    expect(config.vocabSize).toBe(1024);
  });

  it("calls the model as asked", async () => {
    const bytes = await whole(writeGguf(await checkpoint("mqa"), { name: "my-model" }));
    const { metadata } = await readGguf(bytesSource(bytes));
    expect(metadata.get("general.name")).toBe("my-model");
  });

  it("leaves an output projection out only if it is the table, unless the config says it is not", async () => {
    const from = await checkpoint("mqa");
    const table = from.tensors.get("model.embed_tokens.weight")!;
    const head = { ...table, name: "lm_head.weight" };
    const same = { ...from, tensors: new Map(from.tensors).set("lm_head.weight", head) };
    expect(await whole(writeGguf(same))).toEqual(await whole(writeGguf(from)));
    const untied = { ...same, config: { ...from.config, tieWordEmbeddings: false } as const };
    const { tensors } = await readGguf(bytesSource(await whole(writeGguf(untied))));
    expect(tensors.get("output.weight")?.shape).toEqual(table.shape);
    for (const change of [
      { rows: async (begin: number, end: number) => new Uint8Array((end - begin) * 128) },
      { shape: [100, 64] },
      { shape: [320, 32] },
    ]) {
      const other = new Map(from.tensors).set("lm_head.weight", { ...head, ...change });
      const writing = whole(writeGguf({ ...from, tensors: other }));
      await expect(writing).rejects.toThrow(UnsupportedError);
      await expect(writing).rejects.toThrow(
        '"lm_head.weight" expected the numbers of model.embed_tokens.weight, got others; config.tieWordEmbeddings: false writes an output projection of its own',
      );
    }
  });

  it("refuses a tensor that llama.cpp has no name for, and stops for a signal", async () => {
    const from = await checkpoint("mqa");
    const tensors = new Map(from.tensors).set(
      "model.extra",
      from.tensors.get("model.norm.weight")!,
    );
    expect(() => writeGguf({ ...from, tensors })).toThrow(FormatError);
    const abort = new AbortController();
    const chunks = writeGguf(from).chunks(abort.signal);
    await chunks.next();
    abort.abort("enough");
    await expect(chunks.next()).rejects.toBe("enough");
  });
});

/** LoRA adapters in llama.cpp's files: what NumPy wrote is read in adapters.spec.ts; here it is written, and refused. */
import { describe, expect, it } from "vitest";
import { GgufBuilder } from "../../src/checkpoint/gguf/builder.ts";
import { openGguf } from "../../src/checkpoint/gguf/open.ts";
import { readGguf } from "../../src/checkpoint/gguf/read.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { heldWeight } from "../../src/tensor/held.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { type Adapter, newAdapter } from "../../src/tuning/lora/adapter.ts";
import { readLoraGguf } from "../../src/tuning/lora-gguf/read.ts";
import { writeLoraGguf } from "../../src/tuning/lora-gguf/write.ts";
import { readAdapter } from "../../src/tuning/peft/read.ts";
import { writeAdapter } from "../../src/tuning/peft/write.ts";
import { fixtureFolder, readFile } from "../support/files.ts";
import { checkpoint } from "../support/goldens.ts";
import { relativeError } from "../support/learning.ts";
import { whole } from "../support/whole.ts";

const { config } = await checkpoint("gqa");
const FILE = readFile("fixtures/adapters/llama-cpp.gguf");
const read = (bytes: Uint8Array) => readLoraGguf(bytesSource(bytes, "lora.gguf"), config);

/** s · B A of each weight. */
function changes({ pairs }: Adapter): Map<string, Float64Array> {
  return new Map(
    [...pairs].map(([name, { a, b, scale }]) => {
      const [[F, r], D] = [b.shape, a.shape[1]];
      const product = new Float64Array(F * D);
      for (let f = 0; f < F; f++)
        for (let d = 0; d < D; d++)
          for (let j = 0; j < r; j++) product[f * D + d] += scale * b.get(f, j) * a.get(j, d);
      return [name, product];
    }),
  );
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A file with these metadata, and tensors of zeros. */
function file(metadata: Readonly<Record<string, string | number>>, tensors: readonly Entry[]) {
  const builder = new GgufBuilder();
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string") builder.string(key, value);
    else builder.float32(key, value);
  }
  let offset = 0;
  for (const { name, shape } of tensors) {
    builder.tensor(name, shape, 0, offset);
    offset += Math.ceil((4 * shape[0] * shape[1]) / 32) * 32;
  }
  const header = builder.finish(tensors.length, 32);
  const bytes = new Uint8Array(header.length + offset);
  bytes.set(header);
  return bytes;
}

const SAID = { "general.type": "adapter", "general.architecture": "gemma", "adapter.type": "lora" };
const { hiddenSize: D } = config;
const N = config.numAttentionHeads * config.headDim;
const Q = "blk.0.attn_q.weight";
const pairOf = (stored: string, F = N, r = 2): Entry[] => [
  { name: `${stored}.lora_a`, shape: [r, D] },
  { name: `${stored}.lora_b`, shape: [F, r] },
];

describe("a LoRA GGUF file", () => {
  it("is written, and read again: the same product, whatever ranks and scales", async () => {
    const ranks = await readAdapter(fixtureFolder("adapters/two-ranks"), config);
    for (const [adapter, type, most] of [
      [await read(FILE), "F32", 0],
      [ranks, "F32", 1e-7], // a quotient of scales in B, rounded once at 2⁻²⁴
      [ranks, "F16", 1e-3],
    ] as const) {
      const bytes = await whole(writeLoraGguf(adapter, { type, name: "mine" }));
      const { metadata } = await readGguf(bytesSource(bytes));
      expect(metadata.get("general.name")).toBe("mine");
      const [ours, theirs] = [changes(await read(bytes)), changes(adapter)];
      expect([...ours.keys()]).toEqual([...theirs.keys()]);
      for (const [name, change] of theirs) {
        expect(relativeError(ours.get(name) ?? [], change)).toBeLessThanOrEqual(most);
      }
    }
  });

  it("becomes one of PEFT's, by whole names and a pattern of ranks", async () => {
    const adapter = await read(FILE);
    expect([...new Set([...adapter.pairs.values()].map(({ scale }) => scale))]).toEqual([
      2.5,
      5 / 3,
    ]);
    const files = [...writeAdapter(adapter)].map(
      async ([name, stream]) => [name, await whole(stream)] as const,
    );
    const again = await readAdapter(
      filesFolder(Object.fromEntries(await Promise.all(files))),
      config,
    );
    expect([...again.pairs]).toEqual([...adapter.pairs]);
  });

  it("has scale 1 without an alpha, as llama.cpp does it", async () => {
    for (const more of [{}, { "adapter.lora.alpha": 0 }] as Record<string, number>[]) {
      const adapter = await read(
        file({ ...SAID, ...more }, [...pairOf(Q), ...pairOf("blk.1.attn_q.weight", N, 3)]),
      );
      expect([...adapter.pairs.values()].map(({ scale }) => scale)).toEqual([1, 1]);
      const files = [...writeAdapter(adapter)].map(
        async ([name, stream]) => [name, await whole(stream)] as const,
      );
      const again = await readAdapter(
        filesFolder(Object.fromEntries(await Promise.all(files))),
        config,
      );
      expect([...again.pairs]).toEqual([...adapter.pairs]);
    }
  });

  it("stops on abort", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readLoraGguf(bytesSource(FILE), config, { signal })).rejects.toThrow("enough");
  });

  it.each<
    [what: string, metadata: Record<string, string | number>, tensors: Entry[], says: string]
  >([
    ["a model", { "general.type": "model" }, pairOf(Q), "general.type"],
    ["no type", { "general.architecture": "gemma" }, pairOf(Q), "general.type"],
    ["another kind", { ...SAID, "adapter.type": "control" }, pairOf(Q), "adapter.type"],
    ["another architecture", { ...SAID, "general.architecture": "llama" }, pairOf(Q), "llama"],
    ["activated LoRA", { ...SAID, "adapter.alora.invocation_tokens": 1 }, pairOf(Q), "activated"],
    ["an alpha in words", { ...SAID, "adapter.lora.alpha": "8" }, pairOf(Q), "adapter.lora.alpha"],
    ["one factor", SAID, pairOf(Q).slice(1), `${Q}.lora_a`],
    ["the other factor", SAID, pairOf(Q).slice(0, 1), `${Q}.lora_b`],
    ["no factors", SAID, [], "no tensors"],
    ["another tensor", SAID, [...pairOf(Q), { name: Q, shape: [N, D] }], "another tensor"],
    ["a block too many", SAID, [...pairOf(Q), ...pairOf("blk.9.attn_q.weight")], "blk.9"],
    ["factors of the table", SAID, pairOf("token_embd.weight", config.vocabSize), "projections"],
    ["another shape", SAID, pairOf(Q, N + 1), `[${N}, 2], got [${N + 1}, 2]`],
  ])("is refused: %s", async (_, metadata, tensors, says) => {
    await expect(read(file(metadata, tensors))).rejects.toThrow(says);
  });

  it("is no model: the error says with what it is loaded", async () => {
    await expect(openGguf(bytesSource(FILE))).rejects.toThrow(
      "Gemma.load(BASE, { adapter: FILE })",
    );
  });

  it("has no place for what was trained whole", () => {
    const name = "model.norm.weight";
    const norm = heldWeight(name, tensor(new Float32Array(D), [D]));
    const adapter = { ...newAdapter(config), whole: new Map([[name, norm]]) };
    expect(() => writeLoraGguf(adapter)).toThrow("factors alone");
  });
});

import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import type { GemmaConfig } from "../../../src/config.ts";
import { FormatError } from "../../../src/errors.ts";
import { Model } from "../../../src/model/model.ts";
import { matchWeights } from "../../../src/model/weights/match.ts";
import type { Progress } from "../../../src/progress.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { checkpoint, load, promptIds, promptLogits } from "../../support/goldens.ts";

const EMBEDDING = "model.embed_tokens.weight";
const LM_HEAD = "lm_head.weight";
const Q = "model.layers.0.self_attn.q_proj.weight";

async function changed(
  change: (tensors: Map<string, RowSource>) => void,
): Promise<{ config: GemmaConfig; tensors: Map<string, RowSource> }> {
  const { config, tensors } = await checkpoint("mqa");
  const copy = new Map(tensors);
  change(copy);
  return { config, tensors: copy };
}

/** `source` with the shape of more or fewer rows, and those past its end filled with garbage. */
function withRows(source: RowSource, rows: number): RowSource {
  return {
    name: source.name,
    dtype: source.dtype,
    shape: [rows, ...source.shape.slice(1)],
    async rows(begin, end, signal) {
      const there = await source.rows(begin, Math.min(end, source.shape[0]), signal);
      const bytes = new Uint8Array(
        (there.length / (Math.min(end, source.shape[0]) - begin)) * (end - begin),
      );
      bytes.fill(0x7f);
      bytes.set(there);
      return bytes;
    },
  };
}

function source(tensors: Map<string, RowSource>, name: string): RowSource {
  return tensors.get(name) ?? expect.unreachable(name);
}

describe("a checkpoint", () => {
  it("may have padding rows behind the vocabulary, which are never looked at", async () => {
    const { config, tensors } = await changed((map) =>
      map.set(EMBEDDING, withRows(source(map, EMBEDDING), 448)),
    );
    const backend = cpuBackend({ precision: "float64" });
    const ids = promptIds("mqa", "prompt-7");
    const padded = await promptLogits(await Model.load({ config, tensors, backend }), ids);
    expect(padded).toEqual(await promptLogits(await load("mqa", "float64"), ids));
  });

  /** The embedding once more, as the output projection: in float32, and of some rows. */
  async function wideHead(map: Map<string, RowSource>, rows: number): Promise<RowSource> {
    const embedding = source(map, EMBEDDING);
    const stored = await embedding.rows(0, 320);
    const wide = new Uint16Array(rows * 64 * 2); // a bfloat16 is the upper half of a float32
    const bits = new Uint16Array(stored.slice().buffer);
    bits.forEach((half, i) => {
      if (i < rows * 64) wide[2 * i + 1] = half;
    });
    const bytes = new Uint8Array(wide.buffer);
    return {
      name: LM_HEAD,
      dtype: "float32",
      shape: [rows, 64],
      rows: async (begin, end) => bytes.slice(begin * 256, end * 256),
    };
  }

  it.each<[string, (map: Map<string, RowSource>) => Promise<RowSource> | RowSource]>([
    ["in its dtype", (map) => ({ ...source(map, EMBEDDING), name: LM_HEAD })],
    ["in a wider dtype", (map) => wideHead(map, 320)],
    ["with rows of padding", (map) => wideHead(map, 384)],
  ])("may store the embedding as its output projection, too: %s", async (_, make) => {
    const { config, tensors } = await changed(() => {});
    tensors.set(LM_HEAD, await make(tensors));
    const untied = { ...config, tieWordEmbeddings: false } as const;
    for (const given of [config, untied]) {
      const matched = await matchWeights(given, tensors);
      expect([...matched.weights.keys()]).not.toContain(LM_HEAD);
      expect(matched.config).toEqual(config);
    }
    // For training, which moves the two apart, the config's word counts.
    const kept = await matchWeights(untied, tensors, "m", undefined, "keep");
    expect([...kept.weights.keys()].at(-1)).toBe(LM_HEAD);
    expect(kept.weights.get(LM_HEAD)?.shape).toEqual([320, 64]);
    expect(kept.config).toEqual(untied);
    const { config: tied } = await matchWeights(config, tensors, "m", undefined, "keep");
    expect(tied).toEqual(config);
  });

  it("may say that one matrix has both names: then it is one, whatever its config says", async () => {
    const { config, tensors } = await changed((map) => map.set(LM_HEAD, source(map, EMBEDDING)));
    const untied = { ...config, tieWordEmbeddings: false } as const;
    const matched = await matchWeights(untied, tensors);
    expect([...matched.weights.keys()]).not.toContain(LM_HEAD);
    expect(matched.config).toEqual(config);
  });

  it("has an output projection of its own if one number of it is another", async () => {
    const { config, tensors } = await changed((map) => {
      const embedding = source(map, EMBEDDING);
      const rows: RowSource["rows"] = async (begin, end) => {
        const bytes = await embedding.rows(begin, end);
        if (end === 320) bytes[bytes.length - 1] ^= 1; // the last number of the last row
        return bytes;
      };
      const { dtype, shape } = embedding;
      map.set(LM_HEAD, { name: LM_HEAD, dtype, shape, rows });
    });
    const matched = await matchWeights(config, tensors);
    expect(matched.config).toEqual({ ...config, tieWordEmbeddings: false });
    expect(matched.weights.get(LM_HEAD)).toBe(tensors.get(LM_HEAD));
    const wide = await wideHead(tensors, 384);
    tensors.set(LM_HEAD, {
      ...wide,
      rows: async (begin, end) => (await wide.rows(begin, end)).fill(0),
    });
    const { weights } = await matchWeights(config, tensors);
    expect(weights.get(LM_HEAD)).toMatchObject({ dtype: "float32", shape: [320, 64] });
  });

  it.each<[string, Partial<RowSource>, string]>([
    ["too few rows", { shape: [319, 64] }, "[320, 64], got [319, 64]"],
    ["more rows than padding is", { shape: [449, 64] }, "[320, 64], got [449, 64]"],
    ["another width", { shape: [320, 32] }, "[320, 64], got [320, 32]"],
    ["no element", { shape: [0] }, "[320, 64], got [0]"],
  ])("is refused if its output projection has %s", async (_, change, message) => {
    const { config, tensors } = await changed((map) =>
      map.set(LM_HEAD, { ...source(map, EMBEDDING), name: LM_HEAD, ...change }),
    );
    for (const given of [config, { ...config, tieWordEmbeddings: false } as const]) {
      const loading = Model.load({ config: given, tensors, backend: cpuBackend() });
      await expect(loading).rejects.toThrow(FormatError);
      await expect(loading).rejects.toThrow(
        `"lm_head.weight" expected a tensor of shape ${message}; config.json and weights may be`,
      );
    }
  });

  it("has to store an output projection if its config says that it has one", async () => {
    const { config, tensors } = await checkpoint("mqa");
    const untied = { ...config, tieWordEmbeddings: false } as const;
    await expect(matchWeights(untied, tensors)).rejects.toThrow(
      '"lm_head.weight" expected a tensor of that name, as the config\'s tie_word_embeddings is false, got none',
    );
  });

  it("without a single tensor is said to be a vocabulary", async () => {
    const { config } = await checkpoint("mqa");
    await expect(matchWeights(config, new Map())).rejects.toThrow(
      "got no tensors at all; this file has a vocabulary and no weights",
    );
  });

  it.each([
    "model.layers.0.self_attn.rotary_emb.inv_freq",
    "model.layers.0.self_attn.rotary_emb.cos_cached",
    "model.rotary_emb.inv_freq",
    "model.rotary_emb.original_inv_freq",
    "rotary_emb.inv_freq",
  ])("may hold the rotary buffers some exporters write: %s", async (name) => {
    const { config, tensors } = await changed((map) => map.set(name, source(map, Q)));
    expect((await matchWeights(config, tensors)).weights.size).toBe(20);
  });

  it.each([
    "model.layers.0.self_attn.q_proj._extra_state",
    "model.layers.0.mlp.down_proj.SCB",
    "lora_A.weight",
    "else",
  ])("may hold tensors without an element, whatever they are called: %s", async (name) => {
    const { config, tensors } = await changed((map) =>
      map.set(name, { ...source(map, Q), name, shape: [0] }),
    );
    expect((await matchWeights(config, tensors)).weights.size).toBe(20);
  });

  it.each([
    [
      "misses a tensor",
      (map: Map<string, RowSource>) => map.delete(Q),
      /q_proj.*no tensor of that name/,
    ],
    [
      "has a tensor of another shape",
      (map: Map<string, RowSource>) => map.set(Q, withRows(source(map, Q), 65)),
      /q_proj.*\[64, 64\], got \[65, 64\]/,
    ],
    [
      "has too few vocabulary rows",
      (map: Map<string, RowSource>) => map.set(EMBEDDING, withRows(source(map, EMBEDDING), 319)),
      /embed_tokens.*\[320, 64\], got \[319, 64\]/,
    ],
    [
      "has a tensor too many",
      (map: Map<string, RowSource>) => map.set("model.layers.2.mlp.up_proj.weight", source(map, Q)),
      /layers\.2.*an extra tensor/,
    ],
  ])("is refused if it %s", async (_, change, message) => {
    const { config, tensors } = await changed(change);
    const matching = matchWeights(config, tensors, "folder");
    await expect(matching).rejects.toThrow(FormatError);
    await expect(matching).rejects.toThrow(message);
  });

  it("is called by its name in errors", async () => {
    const { config } = await checkpoint("mqa");
    const options = { config, tensors: new Map(), backend: cpuBackend(), name: "my-model" };
    await expect(Model.load(options)).rejects.toMatchObject({ file: "my-model" });
  });

  it("loads with progress in bytes, and stops on abort", async () => {
    const { config, tensors } = await checkpoint("mqa");
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await Model.load({ config, tensors, backend: cpuBackend(), onProgress });
    const { total } = seen[0];
    expect(seen).toHaveLength(20);
    const file = expect.stringMatching(/model.safetensors$/);
    expect(seen.at(-1)).toEqual({ phase: "load", file, loaded: total, total });

    const controller = new AbortController();
    const loading = Model.load({
      config,
      tensors,
      backend: cpuBackend(),
      signal: controller.signal,
      onProgress: () => controller.abort("enough"),
    });
    await expect(loading).rejects.toBe("enough");
  });

  it("stays in its stored dtype: bfloat16 matrices are not widened in memory", async () => {
    const { weights } = await load("mqa", "float64");
    expect(weights.embedTokens.stored.data).toBeInstanceOf(Uint16Array);
    expect(weights.layers[0].downProj.stored.data).toBeInstanceOf(Uint16Array);
  });
});

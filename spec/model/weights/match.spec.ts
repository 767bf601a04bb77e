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

  it("may store the tied output projection, if it is the embedding", async () => {
    const { config, tensors } = await changed((map) =>
      map.set("lm_head.weight", { ...source(map, EMBEDDING), name: "lm_head.weight" }),
    );
    await Model.load({ config, tensors, backend: cpuBackend() });
  });

  it("is refused if its output projection is another", async () => {
    const { config, tensors } = await changed((map) => {
      const embedding = source(map, EMBEDDING);
      const rows: RowSource["rows"] = async (begin, end) => {
        const bytes = await embedding.rows(begin, end);
        bytes[bytes.length - 1] ^= 1;
        return bytes;
      };
      const { dtype, shape } = embedding;
      map.set("lm_head.weight", { name: "lm_head.weight", dtype, shape, rows });
    });
    await expect(Model.load({ config, tensors, backend: cpuBackend() })).rejects.toThrow(
      /a copy of model.embed_tokens.weight/,
    );
  });

  it("may hold the rotary buffers some exporters write", async () => {
    const { config, tensors } = await changed((map) =>
      map.set("model.layers.0.self_attn.rotary_emb.inv_freq", source(map, Q)),
    );
    expect(matchWeights(config, tensors).size).toBe(20);
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
    expect(() => matchWeights(config, tensors, "folder")).toThrow(FormatError);
    expect(() => matchWeights(config, tensors, "folder")).toThrow(message);
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

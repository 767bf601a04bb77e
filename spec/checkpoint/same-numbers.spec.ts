/** The same weights through every format that keeps all their bits: bitwise the same logits. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { bytesSource } from "../../src/checkpoint/byte-source.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { filesFolder } from "../../src/checkpoint/folder.ts";
import { writeGguf } from "../../src/checkpoint/gguf-write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors-write.ts";
import { Model } from "../../src/model/model.ts";
import type { RowSource } from "../../src/tensor/stored.ts";
import {
  ALL_PROMPTS,
  checkpoint,
  NANO_MODELS,
  promptIds,
  promptLogits,
  readFixture,
  STORY_MODELS,
} from "../support/goldens.ts";
import { type TensorToSave, torchFile } from "./torch-file.ts";
import { whole } from "./whole.ts";

type Tensors = ReadonlyMap<string, RowSource>;

const config = (model: string) => ({ "config.json": readFixture(`${model}/config.json`) });
const bytesOf = ({ rows, shape }: RowSource) => rows(0, shape[0]);
const safetensors = (tensors: Tensors) => whole(writeSafetensors(tensors));

/** bfloat16 tensors, as torch saves them. */
async function saved(tensors: Tensors): Promise<Record<string, TensorToSave>> {
  const all: Record<string, TensorToSave> = {};
  for (const [name, tensor] of tensors) {
    const bytes = await bytesOf(tensor);
    all[name] = { storage: "BFloat16", shape: tensor.shape, bytes };
  }
  return all;
}

/** As gemma_pytorch names them, with q, k and v in one matrix. */
async function fused(tensors: Tensors): Promise<Record<string, TensorToSave>> {
  const all: Record<string, TensorToSave> = {};
  for (const [name, tensor] of Object.entries(await saved(tensors))) {
    if (/[kv]_proj/.test(name)) continue;
    if (!name.includes("q_proj")) {
      all[name === "model.embed_tokens.weight" ? "embedder.weight" : name] = tensor;
      continue;
    }
    const parts = ["q_proj", "k_proj", "v_proj"].map(
      (part) => tensors.get(name.replace("q_proj", part)) as RowSource,
    );
    const bytes = Buffer.concat(await Promise.all(parts.map(bytesOf)));
    const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
    all[name.replace("q_proj", "qkv_proj")] = { ...tensor, shape: [rows, tensor.shape[1]], bytes };
  }
  return all;
}

/** Every other tensor in the other of two shards. */
async function shards(tensors: Tensors): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  const weightMap: Record<string, string> = {};
  for (const half of [0, 1]) {
    const its = new Map([...tensors].filter((_, i) => i % 2 === half));
    const file = `model-0000${half + 1}-of-00002.safetensors`;
    for (const name of its.keys()) weightMap[name] = file;
    files[file] = await safetensors(its);
  }
  const index = new TextEncoder().encode(JSON.stringify({ weight_map: weightMap }));
  return { ...files, "model.safetensors.index.json": index };
}

const FORMATS: Readonly<Record<string, (from: Checkpoint, model: string) => Promise<Checkpoint>>> =
  {
    safetensors: async ({ tensors }, model) =>
      openCheckpoint(
        filesFolder({ ...config(model), "model.safetensors": await safetensors(tensors) }),
      ),
    "safetensors in F32": async ({ tensors }, model) => {
      const weights = await whole(writeSafetensors(tensors, { type: "F32" }));
      return openCheckpoint(filesFolder({ ...config(model), "model.safetensors": weights }));
    },
    "safetensors in shards": async ({ tensors }, model) =>
      openCheckpoint(filesFolder({ ...config(model), ...(await shards(tensors)) })),
    GGUF: async (from) => openCheckpoint(bytesSource(await whole(writeGguf(from)), "m.gguf")),
    "GGUF in F32": async (from) =>
      openCheckpoint(bytesSource(await whole(writeGguf(from, { type: "F32" })), "m.gguf")),
    "pytorch_model.bin": async ({ tensors }, model) => {
      const weights = torchFile(await saved(tensors));
      return openCheckpoint(filesFolder({ ...config(model), "pytorch_model.bin": weights }));
    },
    "gemma_pytorch's .ckpt": async ({ tensors }, model) => {
      const weights = torchFile(await fused(tensors), "model_state_dict");
      return openCheckpoint(filesFolder({ ...config(model), "gemma.ckpt": weights }));
    },
  };

describe.each([...NANO_MODELS, ...Object.keys(STORY_MODELS)])("%s", (model) => {
  const [, prompt] = ALL_PROMPTS.find(([name]) => name === model) as [string, string];
  const logits = async ({ config, tensors }: Checkpoint) => {
    const backend = cpuBackend({ precision: "float64" });
    return promptLogits(await Model.load({ config, tensors, backend }), promptIds(model, prompt));
  };

  it.each(Object.keys(FORMATS))("through %s", async (format) => {
    const from = await checkpoint(model);
    const through = await FORMATS[format](from, model);
    expect(through.config).toEqual(from.config);
    expect(Buffer.compare(bits(await logits(through)), bits(await logits(from)))).toBe(0);
    await through.close();
  });
});

function bits({ buffer }: Float64Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer);
}

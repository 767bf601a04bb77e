/** The same weights through every format and every dtype that holds them exactly: bitwise the same logits. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { readSafetensors } from "../../src/checkpoint/safetensors/read.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors/write.ts";
import { Model } from "../../src/model/model.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import type { FileStream } from "../../src/source/file-stream.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { bfloat16ToFloat32 } from "../../src/tensor/bfloat16.ts";
import { float16ToFloat32, float32ToFloat16 } from "../../src/tensor/float16.ts";
import type { RowSource } from "../../src/tensor/stored.ts";
import { type TensorToSave, torchFile } from "../support/files/torch-file.ts";
import { IS_LONG } from "../support/fuzz.ts";
import {
  ALL_PROMPTS,
  checkpoint,
  NANO_MODELS,
  promptIds,
  promptLogits,
  readFixture,
  STORY_MODELS,
} from "../support/goldens.ts";
import { whole } from "../support/whole.ts";

type Tensors = ReadonlyMap<string, RowSource>;

const config = (model: string) => ({ "config.json": readFixture(`${model}/config.json`) });

/**
 * The model with what float16 cannot hold of its bfloat16 numbers made 0: the rest lies in every dense
 * dtype exactly.
 */
async function model16(model: string): Promise<Checkpoint> {
  const from = await checkpoint(model);
  const tensors = new Map<string, RowSource>();
  for (const [name, tensor] of from.tensors) {
    const bytes = await tensor.rows(0, tensor.shape[0]);
    const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    for (let i = 0; i < bits.length; i++) if (!FITS_FLOAT16[bits[i]]) bits[i] = 0;
    const rowBytes = bytes.length / tensor.shape[0];
    const rows: RowSource["rows"] = async (begin, end) =>
      bytes.slice(begin * rowBytes, end * rowBytes);
    tensors.set(name, { ...tensor, rows, rowsInto: undefined });
  }
  return { ...from, tensors };
}

/** Of each bfloat16 bit pattern, whether float16 holds its number. */
const FITS_FLOAT16: readonly boolean[] = Array.from({ length: 2 ** 16 }, (_, bits) => {
  const value = bfloat16ToFloat32(bits);
  return float16ToFloat32(float32ToFloat16(value)) === value;
});

const STORAGES = { F64: "Double", F32: "Float", F16: "Half", BF16: "BFloat16" } as const;
type Type = keyof typeof STORAGES;

/** As torch saves them. */
async function saved(tensors: Tensors, type: Type): Promise<Record<string, TensorToSave>> {
  const all: Record<string, TensorToSave> = {};
  for (const [name, { shape, rows }] of await typed(tensors, type)) {
    all[name] = { storage: STORAGES[type], shape, bytes: await rows(0, shape[0]) };
  }
  return all;
}

async function typed(tensors: Tensors, type: Type): Promise<Tensors> {
  return readSafetensors(bytesSource(await whole(writeSafetensors(tensors, { type }))));
}

/** As gemma_pytorch names them, with q, k and v in one matrix. */
async function fused(tensors: Tensors, type: Type): Promise<Record<string, TensorToSave>> {
  const all: Record<string, TensorToSave> = {};
  const parted = await saved(tensors, type);
  for (const [name, tensor] of Object.entries(parted)) {
    if (/[kv]_proj/.test(name)) continue;
    if (!name.includes("q_proj")) {
      all[name === "model.embed_tokens.weight" ? "embedder.weight" : name] = tensor;
      continue;
    }
    const parts = ["q_proj", "k_proj", "v_proj"].map(
      (part) => parted[name.replace("q_proj", part)],
    );
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
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
    files[file] = await whole(writeSafetensors(its));
  }
  const index = new TextEncoder().encode(JSON.stringify({ weight_map: weightMap }));
  return { ...files, "model.safetensors.index.json": index };
}

type Through = (from: Checkpoint, model: string) => Promise<Checkpoint>;

const inFolder =
  (files: (from: Checkpoint) => Promise<Record<string, Uint8Array>>): Through =>
  async (from, model) =>
    openCheckpoint(filesFolder({ ...config(model), ...(await files(from)) }));

const inFile =
  (write: (from: Checkpoint) => FileStream): Through =>
  async (from) =>
    openCheckpoint(bytesSource(await whole(write(from)), "m"));

const FORMATS: Readonly<Record<string, Through>> = {
  ...Object.fromEntries(
    (["F64", "F32", "F16", "BF16"] as const).flatMap((type) => [
      [
        `safetensors in ${type}`,
        inFolder(async ({ tensors }) => ({
          "model.safetensors": await whole(writeSafetensors(tensors, { type })),
        })),
      ],
      [`.npz in ${type}`, inFile((from) => writeNpzCheckpoint(from, { type }))],
    ]),
  ),
  ...Object.fromEntries(
    (["F32", "F16", "BF16"] as const).map((type) => [
      `GGUF in ${type}`,
      inFile((from) => writeGguf(from, { type })),
    ]),
  ),
  ...Object.fromEntries(
    (["F64", "F32", "F16", "BF16"] as const).flatMap((type) => [
      [
        `pytorch_model.bin in ${type}`,
        inFolder(async ({ tensors }) => ({
          "pytorch_model.bin": torchFile(await saved(tensors, type)),
        })),
      ],
      [
        `gemma_pytorch's .ckpt in ${type}`,
        inFolder(async ({ tensors }) => ({
          "gemma.ckpt": torchFile(await fused(tensors, type), "model_state_dict"),
        })),
      ],
    ]),
  ),
  "safetensors in shards": inFolder(({ tensors }) => shards(tensors)),
  "safetensors as they are": inFolder(async ({ tensors }) => ({
    "model.safetensors": await whole(writeSafetensors(tensors)),
  })),
  "GGUF as it is": inFile((from) => writeGguf(from)),
  ".npz as it is": inFile((from) => writeNpzCheckpoint(from)),
};

/** The trained models have the same shapes. */
const TRAINED = Object.keys(STORY_MODELS).slice(0, IS_LONG ? undefined : 1);

describe.each([...NANO_MODELS, ...TRAINED])("%s", async (model) => {
  const [, prompt] = ALL_PROMPTS.findLast(([name]) => name === model) as [string, string];
  // Every weight has a part in the logits of four tokens; of one, queries and keys have none.
  const ids = promptIds(model, prompt).slice(0, 4);
  const logits = async ({ config, tensors }: Checkpoint) => {
    const backend = cpuBackend({ precision: "float64" });
    return promptLogits(await Model.load({ config, tensors, backend }), ids);
  };
  const from = await model16(model);
  const wanted = await logits(from);

  it.each(Object.keys(FORMATS))("through %s", async (format) => {
    const through = await FORMATS[format](from, model);
    expect(through.config).toEqual(from.config);
    expect(Buffer.compare(bits(await logits(through)), bits(wanted))).toBe(0);
    await through.close();
  });
});

function bits({ buffer }: Float64Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer);
}

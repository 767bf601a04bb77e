/** Which files of a folder are its model: those that transformers would open, whatever else lies there. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { FormatError, type GemmaError } from "../../src/errors.ts";
import { openFolder } from "../../src/node/folder.ts";
import { type Folder, filesFolder } from "../../src/source/folder.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import {
  bytesOf,
  CONFIG,
  type Files,
  GGUF,
  NPZ,
  SHARDED,
  SINGLE,
  safetensors,
  TORCH,
  TORCH_SHARDS,
  WEIGHTS,
} from "../support/files/small-checkpoint.ts";
import { archive, emptyDict, pickle, torchFile } from "../support/files/torch-file.ts";
import { zip } from "../support/files/zip.ts";
import { scratchFolder } from "../support/scratch.ts";

const SCRATCH = scratchFolder("open-folder");
const NORM = "model.norm.weight";
const some = Uint8Array.of(1, 2, 3);
const config = { "config.json": bytesOf(CONFIG) };
const bin = TORCH["pytorch_model.bin"];
const float = (...numbers: number[]) => ({
  storage: "Float",
  shape: [numbers.length],
  bytes: new Uint8Array(Float32Array.from(numbers).buffer),
});
const { bytes: normBytes } = WEIGHTS.find(({ name }) => name === NORM)!;
/** Another model: one tensor, all zeros. */
const OLD = torchFile({ [NORM]: float(...Array(CONFIG.hidden_size).fill(0)) });
const HEAD = torchFile({ "v_head.summary.weight": float(1, 2) });
const HEAD_ST = safetensors([{ name: "v_head.bias", shape: [1], bytes: new Uint8Array(4) }]);

/** The bytes of the last norm. */
async function norm(folder: Folder): Promise<Uint8Array | undefined> {
  const { tensors, close } = await openCheckpoint(folder);
  const rows = await tensors.get(NORM)?.rows(0, CONFIG.hidden_size);
  await close();
  return rows;
}
const refusal = async (files: Files) =>
  (await rejection(openCheckpoint(filesFolder(files, "m")))) as GemmaError;

describe("a folder is opened as transformers opens it", () => {
  const staleIndex = {
    "pytorch_model.bin.index.json": bytesOf({ weight_map: { [NORM]: "old-1.bin" } }),
    "old-1.bin": OLD,
  };
  it.each<[string, Files]>([
    ["pytorch_model.bin before an old index and its shard", { ...TORCH, ...staleIndex }],
    [
      "pytorch_model.bin before an old index whose shards are gone",
      { ...TORCH, ...staleIndex, "old-1.bin": some },
    ],
    ["safetensors before any torch", { ...SINGLE, "pytorch_model.bin": OLD, ...staleIndex }],
    ["shards of safetensors before any torch", { ...SHARDED, "pytorch_model.bin": OLD }],
    ["shards of torch, and not a file beside", { ...TORCH_SHARDS, "ema.pt": OLD }],
    ["pytorch_model.bin, and not a GGUF file", { ...TORCH, "m.gguf": some }],
    ["pytorch_model.bin, and not safetensors of another name", { ...TORCH, "x.safetensors": OLD }],
    ...[
      "v_head.bin",
      "consolidated.00.pth",
      "ema.pt",
      "tokenizer.bin",
      "state.pt",
      "optimizer.PT",
    ].map((name): [string, Files] => [
      `pytorch_model.bin, and not ${name}`,
      { ...TORCH, [name]: OLD },
    ]),
  ])("%s", async (_, files) => {
    expect(await norm(filesFolder(files))).toEqual(normBytes);
  });

  it("an index alone tells what is missing", async () => {
    for (const files of [SHARDED, TORCH_SHARDS]) {
      const left = Object.entries(files).filter(([name]) => !/-of-/.test(name));
      expect((await refusal(Object.fromEntries(left))).hint).toMatch(/^finish the download/);
    }
  });
});

describe("a model under another name is found among files that are none", () => {
  const gguf = { "m.gguf": GGUF };
  const ckpt = { ...config, "gemma.ckpt": bin };
  const state = archive(pickle([...emptyDict]));
  it.each<[string, Files]>([
    ["a file of torch beside a head", { ...ckpt, "v_head.bin": HEAD }],
    ["a file of torch beside a tokenizer", { ...ckpt, "tokenizer.bin": some }],
    ["a file of torch beside a state without tensors", { ...ckpt, "state.pt": state }],
    ["a file of torch under NeMo's name", { ...config, "model_weights.ckpt": bin }],
    ["a file of torch beside another archive", { ...ckpt, "x.bin": zip({ a: some }) }],
    ["a file of torch beside a head in safetensors", { ...ckpt, "v_head.safetensors": HEAD_ST }],
    ["a GGUF file beside a vocabulary", { ...gguf, "vocab.bin": some }],
    ["a GGUF file beside a head", { ...gguf, "v_head.bin": HEAD }],
    ["a GGUF file beside a head in safetensors", { ...gguf, "v_head.safetensors": HEAD_ST }],
    ["a GGUF file beside a pickle", { ...gguf, "state.pt": pickle([...emptyDict]) }],
    ["an archive of NumPy beside a head", { ...NPZ, "v_head.bin": HEAD }],
  ])("%s", async (_, files) => {
    expect((await openCheckpoint(filesFolder(files))).tensors.size).toBe(WEIGHTS.length);
  });

  it("and among folders with the names of files", async () => {
    const models: Files[] = [TORCH, { ...config, "gemma.ckpt": bin }, { "m.gguf": GGUF }, NPZ];
    for (const [i, files] of models.entries()) {
      const path = join(SCRATCH, `${i}`);
      const folders = ["old.safetensors", "backup.bin", "old.gguf", "old.npz"];
      for (const name of folders) await mkdir(join(path, name), { recursive: true });
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
      const { tensors, close } = await openCheckpoint(openFolder(path));
      expect(tensors.size).toBe(WEIGHTS.length);
      await close();
    }
  });

  it("but not chosen from two", async () => {
    const error = await refusal({ ...config, "a.ckpt": bin, "b.bin": OLD, "v_head.bin": HEAD });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.got).toBe("a.ckpt, b.bin");
    expect(error.hint).toBe("open a folder with the one that you mean and its config.json");
  });
});

describe("a folder without a model", () => {
  it.each<[string, Files, string]>([
    [
      "with a head alone: nothing is to be renamed",
      { ...config, "v_head.safetensors": HEAD_ST },
      "download model.safetensors from the model's page",
    ],
    [
      "with a vocabulary: nothing is to be unpacked",
      { ...config, "vocab.bin": some },
      "download model.safetensors from the model's page",
    ],
    [
      "of ExecuTorch, with its tokenizer",
      { "gemma.pte": some, "tokenizer.bin": some },
      "gemma.pte is of ExecuTorch, which is not read: get the same model in safetensors or GGUF",
    ],
    [
      "of NeMo, unpacked",
      { "model_weights.ckpt": torchFile({ "decoder.norm.weight": float(1) }), "m.yaml": some },
      "model_weights.ckpt is of NeMo, which is not read: export it to Hugging Face's format with the program that trained it",
    ],
    [
      "of litgpt, with what it left of Hugging Face's",
      { ...config, "lit_model.pth": bin, "model_config.yaml": some },
      "lit_model.pth is of litgpt, which is not read: run litgpt convert_from_litgpt FOLDER OUT, put the model's config.json and tokenizer.model into OUT, and open OUT",
    ],
    [
      "with a pickle of old torch",
      { ...config, "gemma.ckpt": pickle([...emptyDict]) },
      "load it with torch and save it again: that writes a zip archive, which can be read",
    ],
  ])("says what it is: %s", async (_, files, hint) => {
    expect((await refusal(files)).hint).toBe(hint);
  });
});

describe("weights in safetensors under another name", () => {
  const weights = safetensors(WEIGHTS);

  it.each([
    "gemma.safetensors",
    "gemma-2b-merged-16bit.safetensors",
    "checkpoint4000.safetensors",
    "endpoint4.safetensors",
    "gemma-4bit-art.safetensors",
  ])("are to be renamed, as what they hold is a Gemma: %s", async (name) => {
    expect((await refusal({ ...config, [name]: weights, "v.safetensors": HEAD_ST })).hint).toBe(
      `rename ${name} to model.safetensors: transformers wants that name, too`,
    );
  });

  it("are named where there are several", async () => {
    const files = { ...config, "a.safetensors": weights, "b.safetensors": weights };
    expect((await refusal(files)).hint).toBe(
      "rename the one that you mean (a.safetensors, b.safetensors) to model.safetensors: transformers wants that name, too; parts of one model need an index, model.safetensors.index.json",
    );
  });
});

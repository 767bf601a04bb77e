/** An adapter, with weights beside it or alone, is never left out unseen. */
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { type GemmaError, UnsupportedError } from "../../src/errors.ts";
import { type Folder, filesFolder } from "../../src/source/folder.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import { bytesOf, CONFIG, GGUF, SHARDED, SINGLE } from "../support/files/small-checkpoint.ts";
import { zip } from "../support/files/zip.ts";
import { readFixture } from "../support/goldens.ts";

type Files = Readonly<Record<string, Uint8Array>>;
const some = Uint8Array.of(1, 2, 3);
/** What PEFT saves. */
const ADAPTER: Files = {
  "adapter_config.json": bytesOf({ peft_type: "LORA", r: 4 }),
  "adapter_model.safetensors": some,
};
const TORCH: Files = {
  "config.json": readFixture("mqa/config.json"),
  "pytorch_model.bin": readFixture("mqa/official.ckpt"),
};
const NPZ: Files = {
  "config.json": bytesOf(CONFIG),
  "w.npz": zip({ "model.norm.weight.npy": some }),
};

/** As mlx-lm saves it. */
const ADAPTER_NPZ = zip({ "model.layers.0.self_attn.q_proj.lora_a.npy": some });

const refusal = async (files: Files, more: Partial<Folder> = {}) =>
  (await rejection(openCheckpoint({ ...filesFolder(files, "m"), ...more }))) as GemmaError;

describe("an adapter beside whole weights", () => {
  it.each<[string, Files]>([
    ["safetensors", { ...SINGLE, ...ADAPTER }],
    ["shards", { ...SHARDED, ...ADAPTER }],
    ["torch", { ...TORCH, ...ADAPTER }],
    ["GGUF", { "m.gguf": GGUF, ...ADAPTER }],
    [".npz", { ...NPZ, ...ADAPTER }],
  ])("is refused: %s", async (_, files) => {
    const error = await refusal(files);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(
      /: m expected weights without an adapter beside them, got adapter_config\.json, adapter_model\.safetensors; move its files into a folder of their own: Gemma\.load\(BASE, \{ adapter: FOLDER \}\) runs the weights with it, and without it or where it is merged already they run alone(, or open \S+\.gguf by itself)?$/,
    );
  });

  it.each([
    "adapter_model.bin",
    "adapters.safetensors",
    "0000100_adapters.safetensors",
    "adapter_0.pt",
    "adapter_model.pt",
    "adapter_model-00001-of-00002.safetensors",
    "pytorch_lora_weights.safetensors",
    "lora.safetensors",
    "lit_model.pth.lora",
    "ggml-adapter-model.gguf",
  ])("is refused as %s", async (name) => {
    expect((await refusal({ ...SINGLE, [name]: some })).message).toContain(`got ${name};`);
  });

  it("beside a GGUF file leaves that to be opened by itself", async () => {
    const files = {
      "m.gguf": GGUF,
      "adapter_config.json": some,
      "adapter_model.safetensors": some,
    };
    expect((await refusal(files)).hint).toMatch(/, or open m\.gguf by itself$/);
  });

  it.each<[string, Files]>([
    ["pytorch_model.bin", { ...TORCH, "adapter_model.pt": some }],
    ["a file of torch", { "gemma.ckpt": TORCH["pytorch_model.bin"], "lora.pt": some }],
    ["a GGUF file", { "m.gguf": GGUF, "ggml-adapter-model.gguf": some }],
    ["an archive of NumPy", { ...NPZ, "adapters.npz": ADAPTER_NPZ }],
  ])("is told from the weights that it has the ending of: %s", async (_, files) => {
    const [, name] = Object.keys(files).slice(-2);
    expect((await refusal(files)).message).toContain(
      `expected weights without an adapter beside them, got ${name};`,
    );
  });

  it("is found in a folder that cannot list its files, too", async () => {
    const error = await refusal({ ...SINGLE, ...ADAPTER }, { list: undefined });
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.got).toBe("adapter_config.json");
  });

  it("leaves nothing open", async () => {
    for (const files of [SINGLE, SHARDED, TORCH, { "m.gguf": GGUF }, NPZ]) {
      const open = new Set<string>();
      const { open: openFile } = filesFolder({ ...files, ...ADAPTER });
      await refusal(
        { ...files, ...ADAPTER },
        {
          async open(name) {
            const source = await openFile(name);
            if (!source) return undefined;
            open.add(name);
            return { ...source, close: async () => void open.delete(name) };
          },
        },
      );
      expect([...open]).toEqual([]);
    }
  });

  it("that was moved elsewhere is none", async () => {
    await (await openCheckpoint(filesFolder(SINGLE))).close();
  });
});

describe("an adapter alone", () => {
  it.each<[string, Files]>([
    ["in safetensors", ADAPTER],
    ["in torch", { "adapter_config.json": some, "adapter_model.bin": some }],
    ["in torch, without its config", { "adapter_model.bin": some }],
    ["of mlx-lm, in NumPy", { "adapters.npz": ADAPTER_NPZ }],
    ["of torchtune", { "adapter_model.pt": some }],
    ["of PEFT, in shards", { "adapter_model-00001-of-00002.safetensors": some }],
    ["of litgpt", { "lit_model.pth.lora": some, "model_config.yaml": some }],
    ["of mlx-lm", { "adapter_config.json": some, "adapters.safetensors": some }],
    ["with its model's config", { "config.json": bytesOf(CONFIG), ...ADAPTER }],
    [
      "with what its trainer left",
      { ...ADAPTER, "optimizer.pt": some, "rng_state.pth": some, "training_args.bin": some },
    ],
  ])("is called one: %s", async (_, files) => {
    expect((await refusal(files)).hint).toBe(
      "this is a LoRA adapter: load its base model with it, Gemma.load(BASE, { adapter: FOLDER }) or --adapter FOLDER, or merge it first, with PEFT's merge_and_unload()",
    );
  });
});

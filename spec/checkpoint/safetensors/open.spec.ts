import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { wayOut } from "../../../src/checkpoint/safetensors/advice.ts";
import { openHfFolder } from "../../../src/checkpoint/safetensors/open.ts";
import { FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../../src/source/byte-source.ts";
import { type Folder, filesFolder } from "../../../src/source/folder.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import { ramp, rejection, safetensorsFile } from "../../support/files/safetensors-file.ts";

const fixture = (path: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url)));
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const config = fixture("mqa/config.json");
const weights = fixture("mqa/model.safetensors");

type Files = Record<string, Uint8Array>;
const refusal = async (files: Files) =>
  (await rejection(openHfFolder(filesFolder(files, "gemma")))) as GemmaError;

/** A folder that counts what is open. */
function counting(files: Files): { folder: Folder; open: Map<string, number> } {
  const open = new Map<string, number>();
  const folder: Folder = {
    name: "counted",
    async open(file) {
      if (!(file in files)) return undefined;
      open.set(file, (open.get(file) ?? 0) + 1);
      const source: ByteSource = bytesSource(files[file], file);
      return { ...source, close: async () => void open.set(file, open.get(file)! - 1) };
    },
    list: async () => Object.keys(files).sort(),
  };
  return { folder, open };
}

describe("openHfFolder", () => {
  it("opens a folder of one file: config, tensors and tokenizer", async () => {
    const tokenizer = fixture("tiny-stories/tokenizer.model");
    const files = { "config.json": config, "model.safetensors": weights };
    const bare = await openHfFolder(filesFolder(files, "mqa"));
    expect(bare.name).toBe("mqa");
    expect(bare.config).toMatchObject({ hiddenSize: 64, numHiddenLayers: 2, vocabSize: 320 });
    expect(bare.tensors.get("model.norm.weight")?.shape).toEqual([64]);
    expect(bare.tokenizer).toBeUndefined();

    const whole = await openHfFolder(filesFolder({ ...files, "tokenizer.model": tokenizer }));
    expect(whole.tokenizer?.bytes()).toEqual(tokenizer);
  });

  it("falls back to tokenizer.json, in folders of safetensors and of torch, and closes it", async () => {
    const tokenizerJson = fixture("tokenizer/tokenizer.json");
    const expected = Tokenizer.from(fixture("tiny-stories/tokenizer.model"));
    for (const file of ["model.safetensors", "official.ckpt"]) {
      const { folder, open } = counting({
        "config.json": config,
        [file]: fixture(`mqa/${file}`),
        "tokenizer.json": tokenizerJson,
      });
      const checkpoint = await openCheckpoint(folder);
      const ours = new Tokenizer(checkpoint.tokenizer!.model());
      expect(ours.encode("Once upon\n\n\ta time")).toEqual(
        expected.encode("Once upon\n\n\ta time"),
      );
      expect(open.get("tokenizer.json")).toBe(0);
      await checkpoint.close();
    }
  });

  it("takes tokenizer.model where both are, and says what it cannot read of tokenizer.json", async () => {
    const { folder, open } = counting({
      "config.json": config,
      "model.safetensors": weights,
      "tokenizer.model": ramp(9),
      "tokenizer.json": ramp(9),
    });
    const { tokenizer, warnings } = await openHfFolder(folder);
    expect(tokenizer?.bytes()).toEqual(ramp(9));
    expect(warnings).toEqual([
      expect.stringMatching(/^openHfFolder: tokenizer\.json expected a JSON object.*not known$/),
    ]);
    expect([...open.values()].filter(Boolean)).toHaveLength(1); // the weights
  });

  it.each<[string, unknown, string]>([
    ["is damaged", [], "openHfFolder: tokenizer.json expected a JSON object, got an array"],
    [
      "is of another family",
      { model: { type: "Unigram" } },
      'hfVocabulary: tokenizer.json: "model.type" expected "BPE", got "Unigram"',
    ],
  ])("says so, and leaves nothing open, if tokenizer.json %s", async (_, content, message) => {
    const { folder, open } = counting({
      "config.json": config,
      "model.safetensors": weights,
      "tokenizer.json": json(content),
    });
    const error = (await rejection(openHfFolder(folder))) as GemmaError;
    expect(error).toBeInstanceOf(GemmaError);
    expect(error.message).toContain(message);
    expect([...open.values()].every((count) => count === 0)).toBe(true);
  });

  it("opens a folder of Blobs, as a page hands them over", async () => {
    const files = { "config.json": new Blob([config]), "model.safetensors": new Blob([weights]) };
    const { tensors } = await openHfFolder(filesFolder(files));
    expect(await tensors.get("model.norm.weight")?.rows(0, 64)).toHaveLength(128);
  });

  it("prefers the single file where both forms are there", async () => {
    const files = { "config.json": config, "model.safetensors": weights };
    const index = json({ weight_map: { a: "missing.safetensors" } });
    const { tensors } = await openHfFolder(
      filesFolder({ ...files, "model.safetensors.index.json": index }),
    );
    expect(tensors.size).toBe(20);
  });

  it("keeps only the weights open, and closes them", async () => {
    const { folder, open } = counting({
      "config.json": config,
      "model.safetensors": weights,
      "tokenizer.model": ramp(9),
    });
    const checkpoint = await openHfFolder(folder);
    expect(Object.fromEntries(open)).toEqual({
      "config.json": 0,
      "model.safetensors": 1,
      "tokenizer.model": 0,
    });
    await checkpoint.close();
    expect(open.get("model.safetensors")).toBe(0);
  });

  it("closes everything when it fails", async () => {
    const { folder, open } = counting({
      "config.json": config,
      "model.safetensors": weights.subarray(0, 5000),
    });
    expect(await rejection(openHfFolder(folder))).toBeInstanceOf(FormatError);
    expect([...open.values()]).toEqual([0, 0]);
  });

  it("throws the reason of an aborted signal, and opens nothing", async () => {
    const reason = new Error("stop");
    const { folder, open } = counting({ "config.json": config, "model.safetensors": weights });
    const opening = openHfFolder(folder, { signal: AbortSignal.abort(reason) });
    expect(await rejection(opening)).toBe(reason);
    expect(open.size).toBe(0);
  });

  it("says of the weights of others what their config says, whatever they are called", async () => {
    const exl2 = {
      ...JSON.parse(new TextDecoder().decode(config)),
      quantization_config: { quant_method: "exl2" },
    };
    for (const name of ["output.safetensors", "model.safetensors", "pytorch_model.bin"]) {
      const files = { "config.json": json(exl2), [name]: some };
      const error = (await rejection(openCheckpoint(filesFolder(files)))) as GemmaError;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.got).toBe("weights quantised by ExLlamaV2's EXL2");
    }
  });

  it("refuses the config of another family", async () => {
    const files = { "config.json": json({ model_type: "gemma2" }), "model.safetensors": weights };
    expect(await refusal(files)).toBeInstanceOf(UnsupportedError);
  });

  it("reads no config and no index of more than 5 MB", async () => {
    const large = new Uint8Array(5_000_001).fill(0x20);
    const index = "model.safetensors.index.json";
    const folders: Files[] = [{ "config.json": large }, { "config.json": config, [index]: large }];
    for (const files of folders) {
      const error = await refusal(files);
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/expected a file of at most 5000000 bytes, got 5000001 bytes/);
    }
  });

  it("says when config.json is a Git LFS pointer", async () => {
    const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");
    const error = await refusal({ "config.json": pointer });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain("run `git lfs pull`");
  });

  const some = ramp(3);
  it.each<[string, Files, string]>([
    ["an empty folder", {}, '"config.json" expected a Hugging Face folder: config.json, model.'],
    ["an empty folder", {}, "got an empty folder; download config.json from the model's page"],
    ["weights without a config", { "model.safetensors": some }, 'gemma: "config.json" expected'],
    ["a config without weights", { "config.json": config }, '"model.safetensors" expected'],
    ["the top of a cache entry", { blobs: some, refs: some, snapshots: some }, "snapshots/"],
    [
      "the cache",
      { ".locks": some, "models--google--gemma-2b": some, "version.txt": some },
      "this is the Hugging Face cache: open the folder inside models--google--gemma-2b/snapshots/",
    ],
    [
      "the parent of a trainer's checkpoints",
      { "checkpoint-1000": some, "checkpoint-500": some, "README.md": some },
      "; open one of the folders in it, such as checkpoint-500",
    ],
    ["an adapter", { "adapter_config.json": some }, "load its base model with it"],
    ["GGUF alone", { "gemma-2b.gguf": some }, "gemma-2b.gguf is of another format"],
    ["a torch checkpoint", { "config.json": config, "gemma-2b.ckpt": some }, "gemma-2b.ckpt is of"],
    [
      "a download under way",
      { "config.json": config, "model.safetensors.incomplete": some },
      "model.safetensors.incomplete is a download that has not finished",
    ],
    [
      "weights under another name",
      { "config.json": config, "gemma.safetensors": weights },
      "rename gemma.safetensors to model.safetensors",
    ],
    [
      "Keras, whose config.json is another one",
      { "config.json": json({ class_name: "GemmaBackbone" }), "model.weights.h5": some },
      "model.weights.h5 is of Keras, which is not read: export it with keras-hub's tools/gemma/export_gemma_to_hf.py",
    ],
    [
      "Flax",
      { _METADATA: some, d: some, "manifest.ocdbt": some, "tokenizer.model": some },
      "_METADATA is of Flax (Orbax), which is not read: see docs/checkpoints.md, 'Flax', for how to save it as .npz",
    ],
    ["early Flax", { checkpoint: some }, "checkpoint is of Flax (Orbax)"],
    [
      "transformers' Flax",
      { "config.json": config, "flax_model.msgpack": some },
      "flax_model.msgpack is of Flax, which is not read: see docs/checkpoints.md",
    ],
    [
      "gemma.cpp",
      { "2b-it-sfp.sbs": some, "tokenizer.spm": some },
      "2b-it-sfp.sbs is of gemma.cpp, which is not read: get the same model in safetensors or GGUF",
    ],
    [
      "AutoGPTQ",
      { "config.json": config, "gptq_model-4bit-128g.safetensors": some },
      "gptq_model-4bit-128g.safetensors is of weights that others quantised, which are not read",
    ],
    [
      "AutoAWQ, under any name",
      { "config.json": config, "quant_config.json": some, "weights.safetensors": some },
      "quant_config.json is of weights that others quantised",
    ],
    [
      "EXL2, by what it measured",
      { "config.json": config, "measurement.json": some, "output.safetensors": some },
      "measurement.json is of weights that others quantised",
    ],
    [
      "compressed-tensors, by name",
      { "config.json": config, "gemma-2b-w4a16.safetensors": some },
      "gemma-2b-w4a16.safetensors is of weights that others quantised",
    ],
    [
      "FP8, by name",
      { "config.json": config, "gemma-2b-FP8.safetensors": some },
      "gemma-2b-FP8.safetensors is of weights that others quantised",
    ],
    [
      "ONNX, in a folder of its own",
      { "config.json": config, onnx: some, "tokenizer.json": some },
      "onnx is of ONNX, which is not read: get the same model in safetensors or GGUF",
    ],
    [
      "OpenVINO, whose .bin is none of torch",
      { "config.json": config, "openvino_model.bin": some, "openvino_model.xml": some },
      "openvino_model.bin is of OpenVINO",
    ],
    [
      "DeepSpeed",
      { "config.json": config, global_step10: some, latest: some },
      "global_step10 is of DeepSpeed, which is not read: run the zero_to_fp32.py",
    ],
    [
      "ollama",
      { blobs: some, manifests: some },
      "these are models of ollama: open the file in blobs/",
    ],
    [
      "shards without their index",
      { "config.json": config, "model-00001-of-00002.safetensors": some },
      "but its index model.safetensors.index.json is not",
    ],
    [
      "much else",
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}`, some])),
      "got 0, 1, 2, 3, 4, 5, 6, 7 and 2 more",
    ],
  ])("explains what is missing from %s", async (_, files, message) => {
    const error = await refusal(files);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
  });

  it("reads a folder that has other formats beside safetensors", async () => {
    const files = { "config.json": config, "model.safetensors": weights };
    const more = { "model.weights.h5": some, "flax_model.msgpack": some, checkpoint: some };
    expect((await openHfFolder(filesFolder({ ...files, ...more }))).tensors.size).toBe(20);
  });

  it("explains it for a folder that cannot list its files, too", async () => {
    const blind: Folder = { name: "blind", open: async () => undefined };
    const error = (await rejection(openHfFolder(blind))) as GemmaError;
    expect(error.message).toContain("got no such file");
  });
});

describe("a sharded folder", () => {
  const FIRST = "model-00001-of-00002.safetensors";
  const SECOND = "model-00002-of-00002.safetensors";
  const shard = (names: string[], fill: number) =>
    safetensorsFile(
      Object.fromEntries(
        names.map((name, i) => [
          name,
          { dtype: "F32", shape: [1], data_offsets: [4 * i, 4 * i + 4] },
        ]),
      ),
      new Uint8Array(4 * names.length).fill(fill),
    );
  const map = { a: FIRST, b: SECOND, c: FIRST };
  const sharded = (index: unknown, first = shard(["a", "c"], 1), second = shard(["b"], 2)) => ({
    "config.json": config,
    "model.safetensors.index.json": json(index),
    [FIRST]: first,
    [SECOND]: second,
  });

  it("reads each tensor from the shard the index names", async () => {
    const index = { metadata: { total_size: 12 }, weight_map: map };
    const { tensors } = await openHfFolder(filesFolder(sharded(index)));
    expect([...tensors.keys()].sort()).toEqual(["a", "b", "c"]);
    expect(await tensors.get("c")?.rows(0, 1)).toEqual(Uint8Array.of(1, 1, 1, 1));
    expect(await tensors.get("b")?.rows(0, 1)).toEqual(Uint8Array.of(2, 2, 2, 2));
  });

  it("opens each shard once, closes the index, and closes all in the end", async () => {
    const { folder, open } = counting(sharded({ weight_map: map }));
    const checkpoint = await openHfFolder(folder);
    expect(Object.fromEntries(open)).toMatchObject({
      "model.safetensors.index.json": 0,
      [FIRST]: 1,
      [SECOND]: 1,
    });
    await checkpoint.close();
    expect([...open.values()].every((count) => count === 0)).toBe(true);
  });

  it("closes the shards it had opened when one is damaged", async () => {
    const { folder, open } = counting(
      sharded({ weight_map: map }, undefined, shard(["b"], 2).subarray(0, 20)),
    );
    expect(await rejection(openHfFolder(folder))).toBeInstanceOf(FormatError);
    expect([...open.values()].every((count) => count === 0)).toBe(true);
  });

  it("equals the same weights in one file", async () => {
    // fixtures/mqa cut in two by hand: the header's second half with its offsets moved to 0.
    const length = Number(new DataView(weights.buffer).getBigUint64(0, true));
    const entries = Object.entries<{ data_offsets: [number, number] }>(
      JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + length))),
    ).filter(([name]) => name !== "__metadata__");
    entries.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
    const data = weights.subarray(8 + length);
    const part = (some: typeof entries) => {
      const base = some[0][1].data_offsets[0];
      const moved = some.map(([name, entry]) => [
        name,
        { ...entry, data_offsets: entry.data_offsets.map((offset) => offset - base) },
      ]);
      return safetensorsFile(
        Object.fromEntries(moved),
        data.subarray(base, some.at(-1)![1].data_offsets[1]),
      );
    };
    const index = {
      weight_map: Object.fromEntries(entries.map(([name], i) => [name, i < 9 ? FIRST : SECOND])),
    };
    const two = await openHfFolder(
      filesFolder(sharded(index, part(entries.slice(0, 9)), part(entries.slice(9)))),
    );
    const one = await openHfFolder(
      filesFolder({ "config.json": config, "model.safetensors": weights }),
    );
    expect(two.tensors.size).toBe(20);
    for (const [name, tensor] of one.tensors) {
      const rows = tensor.shape[0];
      const [got, expected] = [two.tensors.get(name)!, tensor].map((t) => t.rows(0, rows));
      expect(Buffer.compare(await got, await expected)).toBe(0);
    }
  });

  it.each<[string, Files, string]>([
    [
      "a shard that is not there",
      (({ [SECOND]: _, ...rest }) => rest)(sharded({ weight_map: map })),
      `openShards: model.safetensors.index.json: "${SECOND}" expected this shard and the index in one folder (2 in all), got only ${FIRST}`,
    ],
    [
      "a tensor that its shard does not hold",
      sharded({ weight_map: { ...map, d: SECOND } }),
      `${SECOND}: "d" expected the tensor, which model.safetensors.index.json puts here, got no such tensor; index and shard are of different versions`,
    ],
    [
      "a tensor that the index does not list",
      sharded({ weight_map: map }, shard(["a", "c", "d"], 1)),
      `${FIRST}: "d" expected only tensors that model.safetensors.index.json puts here, got an extra tensor`,
    ],
    [
      "a tensor in the other shard as well",
      sharded({ weight_map: map }, undefined, shard(["a", "b"], 2)),
      `${SECOND}: "a" expected only`,
    ],
    ["a path up", sharded({ weight_map: { a: "../secret" } }), '"a" expected the name of a file'],
    ["an absolute path", sharded({ weight_map: { a: "/etc/passwd" } }), 'got "/etc/passwd"'],
    ["a Windows path", sharded({ weight_map: { a: "..\\secret" } }), "without a path"],
    ["a number for a file", sharded({ weight_map: { a: 1 } }), "got 1"],
    ["no weight_map", sharded({ metadata: {} }), '"weight_map" expected an object from tensor'],
    ["a list as weight_map", sharded({ weight_map: [] }), "got an array"],
    ["an empty weight_map", sharded({ weight_map: {} }), "got an empty one"],
    ["an index that is no object", sharded([]), "expected a JSON object, got an array"],
  ])("is refused for %s", async (_, files, message) => {
    const error = await refusal(files);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
  });
});

describe("wayOut", () => {
  it.each([
    "gptq_model-4bit-128g.safetensors",
    "gemma.AWQ.safetensors",
    "gemma-2b-Int8.safetensors",
    "gemma_bnb-4bit.safetensors",
    "gemma-8-bit.safetensors",
    "gemma-4.0bpw.safetensors",
    "gemma-fp8.safetensors",
    "gemma-w8a8.safetensors",
  ])("calls %s quantised", (name) => {
    expect(wayOut(["config.json", name])).toContain(`${name} is of weights that others quantised`);
  });

  // "int4", "int8", "6bit", "2bit" and "awq" stand in these, too.
  it.each([
    "gemma-2b-merged-16bit.safetensors",
    "checkpoint4000.safetensors",
    "joint8.safetensors",
    "endpoint4.safetensors",
    "paint4you.safetensors",
    "gemma-32bit.safetensors",
    "awqa.safetensors",
  ])("does not judge %s by letters inside a word", (name) => {
    expect(wayOut(["config.json", name])).toBeUndefined();
  });
});

/** What cannot be opened is refused before its weights are fetched, in the words of the reader that would open it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { FormatError, type GemmaError, UnsupportedError } from "../../src/errors.ts";
import { downloadFromHub } from "../../src/node/download-from-hub.ts";
import { openFolder } from "../../src/node/folder.ts";
import { openPath } from "../../src/node/open-path.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { COMMIT, etagOf, type FakeHub, fakeHub, type HubSetting } from "../support/fake-hub.ts";
import { gemmaGguf } from "../support/files/gguf-file.ts";
import { ramp, rejection } from "../support/files/safetensors-file.ts";
import {
  GGUF,
  NPZ,
  SHARDED,
  SINGLE,
  safetensors,
  WEIGHTS as TENSORS,
  TORCH,
  TORCH_SHARDS,
} from "../support/files/small-checkpoint.ts";
import { splitGguf } from "../support/files/split-gguf.ts";
import { readFixture, readJson } from "../support/goldens.ts";
import { FAULTS, honestly } from "../support/hostile-server.ts";
import { scratchFolder } from "../support/scratch.ts";

const MODEL = "hf:google/gemma-2b";
const cache = scratchFolder("judge");
const repository = join(cache, "models--google--gemma-2b");
const snapshot = join(repository, "snapshots", COMMIT);

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const CONFIG = readJson<object>("mqa/config.json");
const configOf = (changes: object) => json({ ...CONFIG, ...changes });
const WEIGHTS = ramp(300_000);
const named = (...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [name, name === "config.json" ? configOf({}) : ramp(2000)]),
  );

let hub: FakeHub;
afterEach(async () => {
  await hub.close();
  rmSync(repository, { recursive: true, force: true });
});

async function get(
  files: Record<string, Uint8Array>,
  reference = MODEL,
  setting?: HubSetting,
): Promise<string> {
  await hub?.close();
  hub = await fakeHub(files, setting);
  return downloadFromHub(reference, { endpoint: hub.endpoint, cacheDir: cache, env: {} });
}

async function refused(promise: Promise<unknown>, kind: unknown): Promise<GemmaError> {
  const error = (await rejection(promise)) as GemmaError;
  expect(error).toBeInstanceOf(kind);
  return error;
}

/** What opening a folder with these files says. */
async function ofFolder(files: Record<string, Uint8Array>): Promise<GemmaError> {
  return (await rejection(openCheckpoint(filesFolder(files)))) as GemmaError;
}

describe("a GGUF file in parts", () => {
  const PARTS = splitGguf(GGUF, { sizes: [4, 9, 1] });
  const [FIRST, , THIRD] = Object.keys(PARTS);

  it("is downloaded, and opens from its first part", async () => {
    const path = await get(PARTS);
    expect(path).toBe(join(snapshot, FIRST));
    await (await openCheckpoint(await openPath(path))).close();
  });

  it("is judged by the headers of all parts, before they are downloaded", async () => {
    const error = await refused(get({ ...PARTS, [THIRD]: gemmaGguf(300) }), FormatError);
    expect(error.message).toContain('"split.no" expected 2, as part 3 of 3');
    expect(existsSync(join(snapshot, FIRST))).toBe(false);
  });
});

describe("a config", () => {
  it.each<[string, object]>([
    ["Gemma 2", { model_type: "gemma2" }],
    ["Gemma 3", { model_type: "gemma3_text" }],
    ["a stretched context", { rope_scaling: { type: "linear", factor: 2 } }],
    ["a model without a shape", { hidden_size: undefined }],
    ["GPTQ", { quantization_config: { quant_method: "gptq", bits: 4 } }],
    ["MLX in another mode", { quantization: { group_size: 32, bits: 4, mode: "mxfp4" } }],
  ])("of %s is all that is fetched", async (_, changes) => {
    const files = {
      "config.json": configOf(changes),
      "generation_config.json": json({}),
      "model.safetensors": WEIGHTS,
      "tokenizer.model": ramp(4000),
    };
    const { name, message } = await ofFolder(files);
    expect(await rejection(get(files))).toMatchObject({ name, message });
    expect(hub.fetched()).toEqual(["config.json"]);
    expect(hub.cdn.asked).toEqual([]);
  });

  it.each(["mlx-4bit", "nf4", "int8"])(
    "of packed weights that are read is no reason: %s",
    async (name) => {
      const files = {
        "config.json": readFixture(`packed/${name}/config.json`),
        "model.safetensors": readFixture(`packed/${name}/model.safetensors`),
      };
      expect(await get(files)).toBe(snapshot);
      expect(hub.fetched()).toContain("model.safetensors");
    },
  );

  it("is judged where a download goes on, and where all is in the cache", async () => {
    const files = {
      "config.json": configOf({ model_type: "gemma2" }),
      "model.safetensors": WEIGHTS,
    };
    await refused(get(files), UnsupportedError);
    const incomplete = `${etagOf(WEIGHTS)}.gemma-reference.incomplete`;
    writeFileSync(join(repository, "blobs", incomplete), WEIGHTS.slice(0, 1000));
    await refused(get(files), UnsupportedError);
    expect(hub.fetched()).toEqual([]);
    writeFileSync(join(snapshot, "model.safetensors"), WEIGHTS);
    await refused(get(files), UnsupportedError);
    expect(hub.fetched()).toEqual([]);
  });

  it("is not fetched where it is larger than any config", async () => {
    const files = { "config.json": ramp(5_000_001), "model.safetensors": WEIGHTS };
    expect((await refused(get(files), FormatError)).got).toBe("5000001 bytes");
    expect(hub.fetched()).toEqual([]);
  });

  it("of a folder in the repository is judged, too", async () => {
    const files = {
      "config.json": configOf({}),
      "model.safetensors": WEIGHTS,
      "v2/config.json": configOf({ model_type: "gemma2" }),
      "v2/model.safetensors": WEIGHTS,
    };
    await refused(get(files, `${MODEL}/v2`), UnsupportedError);
    expect(hub.fetched()).toEqual(["v2/config.json"]);
  });

  it("explains weights that have names of their own, as those of exl2", async () => {
    const files = {
      "config.json": configOf({ model_type: "llama" }),
      "output.safetensors": WEIGHTS,
    };
    expect((await refused(get(files), UnsupportedError)).got).toBe('"llama"');
    rmSync(repository, { recursive: true });
    const plain = { "config.json": configOf({}), "output.safetensors": WEIGHTS };
    expect((await refused(get(plain), FormatError)).got).toBe("config.json, output.safetensors");
    expect(hub.fetched()).toEqual(["config.json"]);
  });

  it("beside the only GGUF file says nothing about it", async () => {
    const files = { "config.json": json({ model_type: "gemma2" }), "it.gguf": gemmaGguf(300) };
    expect(await get(files)).toBe(join(snapshot, "it.gguf"));
    expect(hub.fetched()).not.toContain("config.json");
  });
});

describe("the names of files", () => {
  it.each<[string, string[]]>([
    ["Keras", ["config.json", "metadata.json", "model.weights.h5"]],
    ["Flax", ["config.json", "flax_model.msgpack"]],
    ["Orbax", ["_METADATA", "checkpoint", "manifest.ocdbt"]],
    ["gemma.cpp", ["2b-it-sfp.sbs", "tokenizer.spm"]],
    ["ONNX", ["config.json", "onnx", "tokenizer.json"]],
    ["OpenVINO", ["config.json", "openvino_model.xml", "openvino_model.bin"]],
    ["AutoGPTQ", ["config.json", "gptq_model-4bit-128g.safetensors"]],
    ["an adapter", ["adapter_config.json", "adapter_model.safetensors"]],
    ["an adapter of torch", ["adapter_config.json", "adapter_model.bin"]],
  ])("of %s give the way out that a folder gives, and nothing is fetched", async (_, names) => {
    const { hint } = await ofFolder(named(...names));
    expect(hint).toMatch(/of Keras|of Flax|of gemma\.cpp|of ONNX|of OpenVINO|quantised|LoRA/);
    expect((await refused(get(named(...names)), FormatError)).hint).toBe(hint);
    expect(hub.fetched()).toEqual([]);
  });

  it("count in folders, too, as on google/gemma-2b-flax", async () => {
    const files = named("2b/_METADATA", "2b/d/1", "tokenizer.model");
    expect((await refused(get(files), FormatError)).hint).toContain("of Flax (Orbax)");
    expect((await refused(get(files, `${MODEL}/2b`), FormatError)).hint).toContain("Orbax");
    expect(hub.fetched()).toEqual([]);
  });
});

describe("folders in a repository without weights of its own", () => {
  const step = (name: string) => [`${name}/config.json`, `${name}/model.safetensors`];
  it.each<[string, string[], string]>([
    ["one", ["README.md", ...step("checkpoint")], "write hf:google/gemma-2b/checkpoint"],
    [
      "merged, beside its adapter",
      [...step("merged"), "adapter/adapter_config.json", "adapter/adapter_model.safetensors"],
      "write hf:google/gemma-2b/merged",
    ],
    [
      "one beside ollama's",
      ["manifests/x", ...step("model-a")],
      "write hf:google/gemma-2b/model-a",
    ],
    ["one beside an archive", ["data.tar.gz", ...step("final")], "write hf:google/gemma-2b/final"],
    ["several", [...step("step-1"), ...step("step-2")], "hf:google/gemma-2b/step-1 or hf:google"],
    ["one of gemma_pytorch", ["config.json", "2b/2b.ckpt"], "write hf:google/gemma-2b/2b"],
  ])("are named: %s", async (_, names, hint) => {
    const error = await refused(get(named(...names)), FormatError);
    expect(error.hint).toContain(hint);
    expect(hub.fetched()).toEqual([]);
  });

  it("are not named where they hold an adapter, or no whole model", async () => {
    const adapter = ["adapter_config.json", ...step("x"), "x/adapter_model.safetensors"];
    expect((await refused(get(named(...adapter)), FormatError)).hint).toContain("LoRA");
    const error = await refused(get(named("x/model.safetensors", "a.h5")), FormatError);
    expect(error.hint).toContain("of Keras");
  });
});

describe("the header of one file", () => {
  const GEMMA_2 = gemmaGguf(40_000, { "general.architecture": [8, "gemma2"] });

  it.each(["", ":Q4_0", "/it-Q4_0.gguf"])(
    "of GGUF is judged before the rest: hf:…%s",
    async (rest) => {
      const error = await refused(get({ "it-Q4_0.gguf": GEMMA_2 }, MODEL + rest), UnsupportedError);
      expect(error).toMatchObject({
        argument: "general.architecture",
        file: "hf:google/gemma-2b/it-Q4_0.gguf",
      });
      const ranges = hub.cdn.asked.map(({ headers }) => headers.range);
      expect(ranges).not.toContain(undefined);
      expect(ranges.filter((range) => range?.endsWith(`-${GEMMA_2.length - 1}`))).toEqual([]);
      expect(existsSync(join(repository, "blobs"))).toBe(false);
    },
  );

  it("is judged later where the server does not serve ranges", async () => {
    mkdirSync(repository);
    const file = gemmaGguf(300);
    const path = await get({ "it.gguf": file }, MODEL, {
      instead(request, response) {
        if (!request.url?.includes("name=")) return false;
        FAULTS["the whole file"](response, honestly(request, file), request);
        return true;
      },
    });
    expect(readdirSync(snapshot)).toEqual(["it.gguf"]);
    expect(path).toBe(join(snapshot, "it.gguf"));
  });

  it("of a tokenizer is not that of a checkpoint", async () => {
    const path = await get(named("tokenizer.model"), `${MODEL}/tokenizer.model`);
    expect(path).toBe(join(snapshot, "tokenizer.model"));
    expect(hub.cdn.asked).toHaveLength(1);
  });

  it.each<[string, Uint8Array]>([
    ["assets/vocabulary.spm", ramp(2000)],
    ["chat_template.jinja", new TextEncoder().encode("{{ bos_token }}")],
    ["LICENSE", new TextEncoder().encode("Gemma Terms of Use")],
    ["model.safetensors", readFixture("mqa/model.safetensors")],
    ["goldens.npz", readFixture("mqa/prompt-1.npz")],
  ])("is no matter of a file that others read, and that was named: %s", async (name, bytes) => {
    const path = await get({ [name]: bytes }, `${MODEL}/${name}`);
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  });

  it.each<[string, Uint8Array]>([
    ["model.h5", Buffer.from("\x89HDF\r\n\x1a\n".padEnd(2000), "latin1")],
    ["it.gguf", ramp(2000)],
    ["2b.rar", new TextEncoder().encode("Rar!\x1a\x07".padEnd(2000))],
  ])("is judged of a file that nobody reads: %s", async (name, bytes) => {
    await refused(get({ [name]: bytes }, `${MODEL}/${name}`), FormatError);
    expect(existsSync(repository)).toBe(false);
  });
});

describe("a folder is judged before its weights are fetched", () => {
  const { "config.json": config, "model.safetensors": weights, ...beside } = SINGLE;
  const { "config.json": _, ...shards } = SHARDED;
  const gptq = safetensors(
    TENSORS.map((tensor) => ({
      ...tensor,
      name: tensor.name.replace(/q_proj\.weight$/, "q_proj.qweight"),
    })),
  );
  const [first, second] = Object.keys(SHARDED).filter((name) => name.includes("-of-"));

  it.each<[string, Record<string, Uint8Array>, unknown, string | undefined]>([
    ["no config", { ...beside, "model.safetensors": weights }, FormatError, "config.json"],
    ["weights alone", { "model.safetensors": weights }, FormatError, "config.json"],
    ["shards without a config", shards, FormatError, "config.json"],
    [
      "GPTQ in disguise",
      { ...SINGLE, "quantize_config.json": json({}), "model.safetensors": gptq },
      UnsupportedError,
      "model.layers.0.self_attn.q_proj.qweight",
    ],
    [
      "a tokenizer.json of another kind",
      {
        "config.json": config,
        "model.safetensors": weights,
        "tokenizer.json": json({ model: { type: "WordPiece" } }),
      },
      UnsupportedError,
      "model.type",
    ],
    [
      "a damaged generation_config.json",
      { ...SINGLE, "generation_config.json": json([]) },
      FormatError,
      undefined,
    ],
    ["damaged weights", { ...SINGLE, "model.safetensors": ramp(3000) }, FormatError, undefined],
    [
      "shards of two versions",
      { ...SHARDED, [first]: SHARDED[second] },
      FormatError,
      "model.embed_tokens.weight",
    ],
    [
      "damaged files of torch",
      { ...TORCH, "pytorch_model.bin": ramp(3000) },
      FormatError,
      undefined,
    ],
  ])("%s", async (_, files, kind, argument) => {
    const error = await refused(get(files), kind);
    if (argument !== undefined) expect(error.argument).toBe(argument);
    const there = existsSync(snapshot) ? readdirSync(snapshot) : [];
    expect(there.filter((name) => /\.(safetensors|bin)$/.test(name))).toEqual([]);
    rmSync(repository, { recursive: true, force: true });
    expect(error.message).not.toContain("the model's page");
  });

  it.each<[string, Readonly<Record<string, Uint8Array>>]>([
    ["safetensors", SINGLE],
    ["shards", SHARDED],
    ["torch", TORCH],
    ["torch in shards", TORCH_SHARDS],
    ["NumPy", NPZ],
  ])("and then they are, and not judged again: %s", async (_, files) => {
    expect(await get(files)).toBe(snapshot);
    expect(readdirSync(snapshot).sort()).toEqual(Object.keys(files).sort());
    const checkpoint = await openCheckpoint(openFolder(snapshot));
    await checkpoint.close();
    expect(await get(files)).toBe(snapshot);
    expect(hub.fetched()).toEqual([]);
  });
});

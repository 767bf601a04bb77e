import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../../src/checkpoint/safetensors/read.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { FormatError, type GemmaError, UnsupportedError } from "../../../src/errors.ts";
import type { ByteSource } from "../../../src/source/byte-source.ts";
import type { FileStream } from "../../../src/source/file-stream.ts";
import { type Folder, filesFolder } from "../../../src/source/folder.ts";
import { heldWeight } from "../../../src/tensor/held.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { newAdapter } from "../../../src/tuning/lora/adapter.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { PROJECTIONS } from "../../../src/tuning/lora/settings.ts";
import { readAdapter } from "../../../src/tuning/peft/read.ts";
import { withScore } from "../../../src/tuning/peft/score.ts";
import { writeAdapter } from "../../../src/tuning/peft/write.ts";
import { fixtureFolder, readFile } from "../../support/files.ts";
import { learned, learningCheckpoint, relativeError } from "../../support/learning.ts";

const { config } = await learningCheckpoint("micro");
const FOLDER = fixtureFolder("learning/micro/lora-adapter");
const fileOf = (name: string) => readFile(`fixtures/learning/micro/lora-adapter/${name}`);
const [CONFIG, WEIGHTS] = ["adapter_config.json", "adapter_model.safetensors"];
const SETTINGS = JSON.parse(new TextDecoder().decode(fileOf(CONFIG)));

async function bytesOf(stream: FileStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream.chunks()) chunks.push(chunk.slice());
  const bytes = new Uint8Array(stream.size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  expect(at).toBe(stream.size);
  return bytes;
}

async function folderOf(files: ReadonlyMap<string, FileStream>): Promise<Folder> {
  const entries = [...files].map(async ([name, stream]) => [name, await bytesOf(stream)] as const);
  return filesFolder(Object.fromEntries(await Promise.all(entries)));
}

/** The bytes of a file in a folder. */
async function all(folder: Folder, name: string): Promise<Uint8Array> {
  const source = (await folder.open(name)) as ByteSource;
  return source.read(0, source.size);
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value, null, 2));

/** The golden adapter with another config, and with tensors put in or taken out. */
async function changed(
  settings: object,
  tensors: Readonly<Record<string, RowSource | undefined>> = {},
): Promise<Folder> {
  const files: Record<string, Uint8Array> = { [CONFIG]: json({ ...SETTINGS, ...settings }) };
  files[WEIGHTS] = fileOf(WEIGHTS);
  if (Object.keys(tensors).length > 0) {
    const all = new Map<string, RowSource>();
    const { pairs } = await readAdapter(FOLDER, config);
    for (const [name, { a, b }] of pairs) {
      const module = `base_model.model.${name.replace(/\.weight$/, "")}`;
      for (const [letter, x] of Object.entries({ A: a, B: b })) {
        all.set(`${module}.lora_${letter}.weight`, heldWeight(name, x));
      }
    }
    for (const [name, source] of Object.entries(tensors)) {
      if (source) all.set(name, source);
      else all.delete(name);
    }
    files[WEIGHTS] = await bytesOf(writeSafetensors(all));
  }
  return filesFolder(files);
}

const numbers = (name: string, shape: readonly number[]) =>
  heldWeight(
    name,
    tensor(new Float32Array(shape.reduce((n, axis) => n * axis, 1)).fill(0.5), shape),
  );

async function refusal(folder: Folder | Promise<Folder>): Promise<GemmaError> {
  const opened = await folder;
  return readAdapter(opened, config).then(
    () => expect.unreachable("it was read"),
    (error) => error,
  );
}

const Q = "base_model.model.model.layers.0.self_attn.q_proj";

describe("an adapter in PEFT's files", () => {
  it("is read: factors and scales of every module, to the bit of the run that wrote them", async () => {
    const { pairs, settings, base, task } = await readAdapter(FOLDER, config);
    expect(pairs.size).toBe(7 * config.numHiddenLayers);
    expect([settings.r, settings.alpha, base, task]).toEqual([4, 8, undefined, "CAUSAL_LM"]);
    for (const [name, { a, b, scale }] of pairs) {
      expect(scale).toBe(2);
      const module = name.replace(/\.weight$/, "");
      const golden = (letter: string) =>
        learned("micro/lora", `final.${module}.lora_${letter}.weight`);
      // The file has float32, the golden float64.
      expect(Array.from(a.data)).toEqual(Array.from(golden("A"), Math.fround));
      expect(relativeError(b.data, golden("B"))).toBeLessThan(1e-7);
    }
  });

  it("is written as it came, to the byte", async () => {
    const files = writeAdapter(await readAdapter(FOLDER, config));
    expect([...files.keys()]).toEqual([CONFIG, WEIGHTS]);
    for (const [name, stream] of files) expect(await bytesOf(stream)).toEqual(fileOf(name));
  });

  it("is written as it came in bfloat16, with weights trained whole, and settings of other versions", async () => {
    const first = await readAdapter(
      await changed(
        {
          modules_to_save: ["norm", "score"],
          task_type: "SEQ_CLS",
          lora_dropout: 0,
          lora_alpha: 8,
          peft_version: "0.18",
          corda_config: null,
        },
        {
          "base_model.model.model.norm.weight": numbers("norm", [config.hiddenSize]),
          "base_model.model.score.weight": numbers("score", [1, config.hiddenSize]),
        },
      ),
      config,
    );
    expect([...first.whole.keys()]).toEqual(["model.norm.weight", "score.weight"]);
    const once = await folderOf(writeAdapter(first, { type: "BF16" }));
    const twice = writeAdapter(await readAdapter(once, config));
    for (const [name, stream] of twice) {
      const source = await once.open(name);
      expect(await bytesOf(stream)).toEqual(await source?.read(0, source.size));
    }
  });

  it("is written by a run of ours as PEFT writes it: the golden's files but for the numbers", async () => {
    const own = newAdapter(config, { r: 4, seed: 3 });
    const files = writeAdapter(own);
    const config_ = files.get(CONFIG) as FileStream;
    expect(new TextDecoder().decode(await bytesOf(config_))).toBe(
      new TextDecoder().decode(fileOf(CONFIG)),
    );
    const [ours, theirs] = [await bytesOf(files.get(WEIGHTS) as FileStream), fileOf(WEIGHTS)];
    const head = 8 + Number(new DataView(theirs.buffer, theirs.byteOffset).getBigUint64(0, true));
    expect(ours.slice(0, head)).toEqual(theirs.slice(0, head));
    const again = await readAdapter(await folderOf(files), config);
    expect([...again.pairs]).toEqual([...own.pairs]);
    const named = writeAdapter(own, { base: "café/gemma" });
    const text = new TextDecoder().decode(await bytesOf(named.get(CONFIG) as FileStream));
    expect(text).toContain('"base_model_name_or_path": "caf\\u00e9/gemma"');
  });

  it("has ranks and alphas by pattern, blocks, and rank-stabilised scales, as PEFT reads them", async () => {
    const some = {
      target_modules: ["q_proj", "layers.1.mlp.up_proj"],
      layers_to_transform: [1],
      rank_pattern: { "self_attn.q_proj": 2 },
      alpha_pattern: { "layers\\.1\\.mlp\\..*": 3 },
      use_rslora: true,
    };
    const [D, F] = [config.hiddenSize, config.intermediateSize];
    const N = config.numAttentionHeads * config.headDim;
    const of = (module: string, r: number, outputs: number) => ({
      [`base_model.model.model.layers.1.${module}.lora_A.weight`]: numbers(module, [r, D]),
      [`base_model.model.model.layers.1.${module}.lora_B.weight`]: numbers(module, [outputs, r]),
    });
    const tensors = { ...of("self_attn.q_proj", 2, N), ...of("mlp.up_proj", 4, F) };
    const files = {
      [CONFIG]: json({ ...SETTINGS, ...some }),
      [WEIGHTS]: await bytesOf(writeSafetensors(new Map(Object.entries(tensors)))),
    };
    const { pairs } = await readAdapter(filesFolder(files), config);
    expect([...pairs].map(([name, { scale }]) => [name, scale])).toEqual([
      ["model.layers.1.self_attn.q_proj.weight", 8 / Math.sqrt(2)],
      ["model.layers.1.mlp.up_proj.weight", 3 / Math.sqrt(4)],
    ]);
  });

  it("may name its modules by a pattern, or as all-linear", async () => {
    for (const target_modules of [".*_proj", "all-linear", `.*\\.(${PROJECTIONS.join("|")})`]) {
      const { pairs } = await readAdapter(await changed({ target_modules }), config);
      expect(pairs.size).toBe(7 * config.numHiddenLayers);
    }
  });
});

describe("readAdapter refuses", () => {
  it("blocks that the model has not, by their name", async () => {
    const folder = await changed({ target_modules: ["q_proj"], layers_to_transform: [9] });
    await expect(readAdapter(folder, config)).rejects.toThrow('"layers" expected blocks that');
  });

  it.each([
    ["use_dora", true, "DoRA"],
    ["bias", "all", "no biases"],
    ["bias", "lora_only", "no biases"],
    ["lora_bias", true, "biases"],
    ["fan_in_fan_out", true, "[in, out]"],
    ["alora_invocation_tokens", [1, 2], "activated"],
    ["target_parameters", ["experts"], "parameters"],
    ["trainable_token_indices", [5], "rows of the table"],
    ["layer_replication", [[0, 2]], "twice"],
    ["use_qalora", true, "QA-LoRA"],
    ["init_lora_weights", "pissa_niter_16", "frozen weights"],
    ["peft_type", "LOHA", "LoRA is read"],
    ["task_type", "TOKEN_CLS", "CAUSAL_LM"],
    ["modules_to_save", ["embed_tokens"], "the table"],
    ["modules_to_save", ["lm_head"], "the table"],
    ["target_modules", ["q_proj", "embed_tokens"], "in one"],
    ["target_modules", ["q_proj", "lm_head"], "in one"],
    ["of_tomorrow", "gated", "nobody here knows"],
  ])("%s = %j", async (name, value, says) => {
    const error = await refusal(changed({ [name]: value }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(says);
    expect(error.message).toContain(Array.isArray(value) || name !== "target_modules" ? "" : name);
  });

  it.each([
    ["r", "4"],
    ["r", 0],
    ["lora_alpha", "8"],
    ["rank_pattern", { q_proj: 1.5 }],
    ["layers_to_transform", ["0"]],
    ["target_modules", 7],
    ["modules_to_save", "norm"],
  ])("a setting of another kind: %s = %j", async (name, value) => {
    const error = await refusal(changed({ [name]: value }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.argument).toBe(name);
  });

  it("tensors without a place, which PEFT would drop", async () => {
    const magnitude = `${Q}.lora_magnitude_vector.weight`;
    const left = await refusal(changed({}, { [magnitude]: numbers("m", [24]) }));
    expect(left).toBeInstanceOf(FormatError);
    expect(left.argument).toBe(magnitude);
    const fewer = await refusal(changed({ target_modules: ["q_proj"] }));
    expect(fewer.message).toContain("and 23 more");
    const table = "base_model.model.model.embed_tokens.weight";
    const added = await refusal(changed({}, { [table]: numbers("e", [40, 16]) }));
    expect(added.message).toContain("save_embedding_layers");
  });

  it("places without a tensor, and tensors of other shapes", async () => {
    const none = await refusal(changed({}, { [`${Q}.lora_B.weight`]: undefined }));
    expect(none.message).toContain("no such tensor");
    const wide = await refusal(changed({}, { [`${Q}.lora_B.weight`]: numbers("b", [25, 4]) }));
    expect(wide.message).toContain("[24, 4], got [25, 4]");
    expect((await refusal(changed({ r: 8 }))).message).toContain("[8, 16], got [4, 16]");
    const saved = await refusal(changed({ modules_to_save: ["norm"] }));
    expect(saved.argument).toBe("norm");
  });

  it("to go on after an abort", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readAdapter(FOLDER, config, { signal })).rejects.toThrow("enough");
  });

  it("folders without an adapter, and pickles", async () => {
    const only = (name: string, bytes: Uint8Array) => filesFolder({ [name]: bytes });
    expect((await refusal(only("model.safetensors", fileOf(WEIGHTS)))).message).toContain(CONFIG);
    const pickle = filesFolder({
      [CONFIG]: fileOf(CONFIG),
      "adapter_model.bin": new Uint8Array(9),
    });
    expect((await refusal(pickle)).message).toContain("adapter_model.bin expected a zip archive");
  });
});

describe("the adapter of a model that scores", () => {
  const score = {
    shape: [1, config.hiddenSize],
    data: new Float32Array(config.hiddenSize).fill(0.25),
  };

  it("has its head beside the factors, under PEFT's name, and comes back to the bit", async () => {
    const own = newAdapter(config, { r: 2, targets: ["q_proj", "v_proj"] });
    const files = writeAdapter(withScore(own, score), { base: "./tuned" });
    const settings = JSON.parse(
      new TextDecoder().decode(await bytesOf(files.get(CONFIG) as FileStream)),
    );
    expect(settings).toMatchObject({
      peft_type: "LORA",
      task_type: "SEQ_CLS",
      modules_to_save: ["score"],
      base_model_name_or_path: "./tuned",
    });
    const folder = await folderOf(files);
    const weights = await readSafetensors((await folder.open(WEIGHTS)) as ByteSource);
    expect(weights.size).toBe(2 * 2 * config.numHiddenLayers + 1);
    expect(weights.get("base_model.model.score.weight")?.shape).toEqual([1, config.hiddenSize]);
    const again = await readAdapter(folder, config);
    expect([...again.pairs]).toEqual([...own.pairs]);
    expect([again.task, again.base]).toEqual(["SEQ_CLS", "./tuned"]);
    const head = again.whole.get("score.weight");
    const bytes = (await head?.rows(0, 1)) ?? new Uint8Array();
    expect(new Float32Array(bytes.buffer)).toEqual(score.data);
    const twice = await folderOf(writeAdapter(again));
    for (const name of [CONFIG, WEIGHTS])
      expect(await all(twice, name)).toEqual(await all(folder, name));
  });

  it("goes on from PEFT's own, whose config is kept, with the head that was learnt meanwhile", async () => {
    const given = await changed(
      { task_type: "SEQ_CLS", modules_to_save: ["classifier", "score"], peft_version: "0.18" },
      { "base_model.model.score.weight": numbers("score", [1, config.hiddenSize]) },
    );
    const adapter = await readAdapter(given, config);
    const {
      model,
      adapter: learnt,
      reference,
    } = await loraModel(await learningCheckpoint("micro"), {
      adapter,
    });
    expect(model.tensors().has("score.weight")).toBe(false);
    const data = new Float32Array(score.data);
    const files = writeAdapter(withScore(learnt, { ...score, data }));
    data[0] = 7; // what is written are the numbers of that time
    const folder = await folderOf(files);
    expect(await all(folder, CONFIG)).toEqual(await all(given, CONFIG));
    const again = await readAdapter(folder, config);
    const bytes = (await again.whole.get("score.weight")?.rows(0, 1)) ?? new Uint8Array();
    expect([...new Float32Array(bytes.buffer).slice(0, 2)]).toEqual([7, 0.25]);
    expect([...(await loraModel(reference, { adapter: again })).adapter.pairs]).toEqual([
      ...adapter.pairs,
    ]);
  });

  it("of a model of text says so in a config of its own", async () => {
    const adapter = await readAdapter(FOLDER, config);
    const folder = await folderOf(writeAdapter(withScore(adapter, score)));
    const again = await readAdapter(folder, config);
    expect([again.task, again.settings.whole]).toEqual(["SEQ_CLS", ["score"]]);
    expect([...again.pairs]).toEqual([...adapter.pairs]);
    expect(adapter.whole.size).toBe(0);
  });

  it("is refused with a head that is none", () => {
    const adapter = newAdapter(config);
    for (const [head, got] of [
      [{ ...score, shape: [config.hiddenSize] }, `got [${config.hiddenSize}]`],
      [{ ...score, shape: [2, config.hiddenSize] }, `got [2, ${config.hiddenSize}]`],
      [undefined, "got nothing"],
    ] as const) {
      expect(() => withScore(adapter, head as never)).toThrow(got);
    }
    expect(() => withScore({} as never, score)).toThrow('"adapter" expected an Adapter');
  });
});

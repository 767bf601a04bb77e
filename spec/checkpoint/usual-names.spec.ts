/** The same weights under the names that other programs give them: the same logits. */
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { usualNames } from "../../src/checkpoint/usual-names.ts";
import { unzip } from "../../src/checkpoint/zip/unzip.ts";
import { FormatError, type GemmaError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { rejection, safetensorsFile } from "../support/files/safetensors-file.ts";
import {
  bytesOf,
  CONFIG,
  INDEX,
  NPZ,
  SHARDED,
  SINGLE,
  safetensors,
  smallBackend,
  WEIGHTS,
  type Weight,
} from "../support/files/small-checkpoint.ts";
import { type TensorToSave, torchFile } from "../support/files/torch-file.ts";
import { zip } from "../support/files/zip.ts";
import { checkpoint, promptIds, readFixture } from "../support/goldens.ts";

type Files = Record<string, Uint8Array>;
const TABLE = "model.embed_tokens.weight";
const HEAD = "lm_head.weight";
const renamed = (name: (name: string) => string, weights: readonly Weight[] = WEIGHTS) =>
  weights.map((weight) => ({ ...weight, name: name(weight.name) }));
const asHead = renamed((name) => (name === TABLE ? HEAD : name));
const table = WEIGHTS.find(({ name }) => name === TABLE) as Weight;
const copy: Weight = { ...table, name: HEAD };
/** The sign of its first number is another. */
const other: Weight = { ...copy, bytes: copy.bytes.map((b, i) => (i === 3 ? b ^ 0x80 : b)) };
const config = (change: object) => ({ "config.json": bytesOf({ ...CONFIG, ...change }) });
const single = (bytes: Uint8Array, more: Files = {}): Files => ({
  ...SINGLE,
  "model.safetensors": bytes,
  ...more,
});
const torch = (weights: readonly Weight[]): Files => {
  const { "model.safetensors": _, ...rest } = SINGLE;
  const saved = weights.map(({ name, shape, bytes }): [string, TensorToSave] => [
    name,
    { storage: "Float", shape, bytes },
  ]);
  return { ...rest, "pytorch_model.bin": torchFile(Object.fromEntries(saved)) };
};

/** FSDP wraps the model and its layers, compile and checkpoints of activations the layers alone. */
const inside = (part: string) => (name: string) =>
  `${part.includes("fsdp") ? part : ""}${name.replace(/layers\.\d+\./, (layer) => layer + part)}`;

function npz(name: (name: string) => string): Files {
  const { "m.npz": bytes, ...rest } = NPZ;
  const members = [...unzip(bytes, "m.npz")].map(([member, content]) => [name(member), content]);
  return { ...rest, "m.npz": zip(Object.fromEntries(members)) };
}

async function logits(files: Files): Promise<unknown> {
  const gemma = await Gemma.load(filesFolder(files), { backend: smallBackend() });
  return (await gemma.logits([2, 6, 9])).data;
}
const EXPECTED = await logits(SINGLE);
const refusal = async (files: Files) => (await rejection(logits(files))) as GemmaError;

/** The shards of INDEX, one of them with other tensors, and an index that says something else. */
function sharded(index: Record<string, string>, shard: string, weights: readonly Weight[]): Files {
  return {
    ...SHARDED,
    "model.safetensors.index.json": bytesOf({ weight_map: index }),
    [shard]: safetensors(weights),
  };
}
const SHARD = INDEX.weight_map[TABLE];
const OTHER_SHARD = Object.values(INDEX.weight_map).find((shard) => shard !== SHARD) as string;
const inShard = (weights: readonly Weight[] = WEIGHTS) =>
  weights.filter(({ name }) => INDEX.weight_map[name === HEAD ? TABLE : name] === SHARD);

describe("a model with the right numbers gives the right logits", () => {
  it.each<[string, Files]>([
    [
      "with lm_head.weight alone, as safetensors' save_model keeps it",
      single(safetensors(asHead, { [TABLE]: HEAD })),
    ],
    ["with lm_head.weight alone, and no word about it", single(safetensors(asHead))],
    [
      "with lm_head.weight alone, where the config is not the tied one but the file says alias",
      single(safetensors(asHead, { [TABLE]: HEAD }), config({ tie_word_embeddings: false })),
    ],
    ["with both", single(safetensors([...WEIGHTS, copy]))],
    [
      "with both, and a config that ties nothing",
      single(safetensors([...WEIGHTS, copy]), config({ tie_word_embeddings: false })),
    ],
    ["with both, in torch", torch([...WEIGHTS, copy])],
    ["with lm_head.weight alone, in torch", torch(asHead)],
    [
      "without model., as AutoModel saves it",
      single(safetensors(renamed((name) => name.replace(/^model\./, "")))),
    ],
    ["without model., in torch", torch(renamed((name) => name.replace(/^model\./, "")))],
    ["compiled by torch", torch(renamed((name) => `_orig_mod.${name}`))],
    ["trained by FSDP", torch(renamed(inside("_fsdp_wrapped_module.")))],
    [
      "with checkpoints of activations",
      single(safetensors(renamed(inside("_checkpoint_wrapped_module.")))),
    ],
    ["with compiled layers", single(safetensors(renamed(inside("_orig_mod."))))],
    ["trained by DeepSpeed", torch(renamed((name) => `_forward_module.${name}`))],
    ["trained by TRL", torch(renamed((name) => `pretrained_model.${name}`))],
    ["trained by Lightning", torch(renamed((name) => `model.${name}`, [...WEIGHTS, copy]))],
    [
      "trained by Lightning, and wrapped",
      single(safetensors(renamed((name) => `_forward_module.model._orig_mod.${name}`))),
    ],
    ["in NumPy, without model.", npz((name) => name.replace(/^model\./, ""))],
    ["in NumPy, trained by DistributedDataParallel", npz((name) => `module.${name}`)],
    ["in NumPy, compiled by torch", npz((name) => `_orig_mod.${name}`)],
    ["trained by DistributedDataParallel", torch(renamed((name) => `module.${name}`))],
    [
      "wrapped by both",
      single(safetensors(renamed((name) => `module._orig_mod.${name}`, [...WEIGHTS, copy]))),
    ],
    [
      "with an index that lists the tied matrix twice",
      sharded({ ...INDEX.weight_map, [HEAD]: SHARD }, SHARD, inShard()),
    ],
    [
      "with an index that lists the name that is not stored",
      sharded(INDEX.weight_map, SHARD, inShard(asHead)),
    ],
    [
      "with an index that leaves the second one out",
      sharded(INDEX.weight_map, SHARD, [...inShard(), copy]),
    ],
  ])("%s", async (_, files) => {
    expect(await logits(files)).toEqual(EXPECTED);
  });

  it("the tiny model of which save_model kept lm_head.weight", async () => {
    const bytes = readFixture("tiny-stories-it/model.safetensors");
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    const header = JSON.parse(text.replace(TABLE, HEAD));
    const folder = filesFolder({
      "config.json": readFixture("tiny-stories-it/config.json"),
      "model.safetensors": safetensorsFile(
        { ...header, __metadata__: { format: "pt", [TABLE]: HEAD } },
        bytes.subarray(8 + length),
      ),
    });
    const ids = promptIds("tiny-stories-it", "prompt-0");
    const [ours, published] = await Promise.all(
      [folder, await checkpoint("tiny-stories-it")].map(async (from) => {
        const gemma = await Gemma.load(from, { precision: "float64" });
        return (await gemma.logits(ids)).data;
      }),
    );
    expect(ours).toEqual(published);
  });
});

describe("another lm_head.weight makes the logits", () => {
  it.each<[string, Files]>([
    ["in one file", single(safetensors([...WEIGHTS, other]))],
    [
      "as its config says",
      single(safetensors([...WEIGHTS, other]), config({ tie_word_embeddings: false })),
    ],
    ["in torch", torch([...WEIGHTS, other])],
    ["wrapped", torch(renamed((name) => `module.${name}`, [...WEIGHTS, other]))],
    [
      "beside names without model.",
      single(safetensors(renamed((name) => name.replace(/^model\./, ""), [...WEIGHTS, other]))),
    ],
    ["that the index does not list", sharded(INDEX.weight_map, SHARD, [...inShard(), other])],
  ])("%s", async (_, files) => {
    const [found, tied] = [await logits(files), EXPECTED].map((data) => data as Float32Array);
    const isOther = Array.from(found, (logit, i) => logit !== tied[i]);
    expect(isOther).toEqual(isOther.map((_, i) => i % CONFIG.vocab_size === 0));
  });
});

describe("a model is refused", () => {
  it.each<[string, Files, typeof GemmaError, string]>([
    [
      "with lm_head.weight in another shard than its index says",
      sharded({ ...INDEX.weight_map, [HEAD]: OTHER_SHARD }, SHARD, [...inShard(), copy]),
      FormatError,
      "got an extra tensor; index and shard are of different versions",
    ],
    [
      "with lm_head.weight alone, and a config that ties nothing",
      single(safetensors(asHead), config({ tie_word_embeddings: false })),
      FormatError,
      `"${TABLE}" expected a tensor of shape`,
    ],
    [
      "with a wrapper around some of its names",
      single(safetensors(renamed((name) => (name === TABLE ? name : `module.${name}`)))),
      FormatError,
      "got no tensor of that name",
    ],
    [
      "with PEFT's wrapper, whose adapter may not be merged",
      single(safetensors(renamed((name) => `base_model.model.${name}`))),
      UnsupportedError,
      "that of a PEFT adapter; merge it with PEFT's merge_and_unload()",
    ],
    [
      "with model. missing from some of its names",
      single(safetensors(renamed((name) => name.replace("model.embed", "embed")))),
      FormatError,
      `"${TABLE}" expected a tensor of shape`,
    ],
    [
      "with a name that stands in two shards",
      {
        ...SHARDED,
        ...Object.fromEntries(
          Object.keys(SHARDED)
            .filter((name) => /model-\d/.test(name) && name !== SHARD)
            .slice(0, 1)
            .map((shard) => [
              shard,
              safetensors([
                ...WEIGHTS.filter(({ name }) => INDEX.weight_map[name] === shard),
                table,
              ]),
            ]),
        ),
      },
      FormatError,
      "an extra tensor",
    ],
  ])("%s", async (_, files, kind, message) => {
    const error = await refusal(files);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
  });
});

describe("usualNames", () => {
  it("leaves the published names, their order, and those of gemma_pytorch alone", () => {
    const names = WEIGHTS.map(({ name }, i) => [name, i] as const);
    expect([...usualNames(new Map(names))]).toEqual(names);
    const torchs = [["embedder.weight", 0] as const, ["model.norm.weight", 1] as const];
    expect([...usualNames(new Map(torchs))]).toEqual(torchs);
    expect(usualNames(new Map())).toEqual(new Map());
  });

  it("gives no two tensors one name", () => {
    const two = new Map([
      ["_orig_mod.model.norm.weight", 0],
      ["model.norm.weight", 1],
    ]);
    expect(usualNames(two)).toEqual(two);
  });

  it("keeps the stored names in what the tensors say of themselves", async () => {
    const files = single(safetensors(asHead, { [TABLE]: HEAD }));
    const { tensors } = await openCheckpoint(filesFolder(files));
    expect(tensors.get(TABLE)?.name).toBe(HEAD);
    expect(tensors.get(TABLE)).toBe(tensors.get(HEAD));
  });
});

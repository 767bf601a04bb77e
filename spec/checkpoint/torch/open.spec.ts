import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { readTorch } from "../../../src/checkpoint/torch/read.ts";
import { FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import * as t from "../../support/files/torch-file.ts";
import { damaged, RUNS } from "../../support/fuzz.ts";
import { checkpoint, promptIds, readFixture, readJson } from "../../support/goldens.ts";

const OFFICIAL = readFixture("mqa/official.ckpt");
const CONFIG = readFixture("mqa/config.json");
const whole = (tensor: RowSource) => tensor.rows(0, tensor.shape[0]);
const open = (files: Record<string, Uint8Array>) =>
  openCheckpoint(filesFolder({ "config.json": CONFIG, ...files }, "m"));

describe("gemma_pytorch's own checkpoint", () => {
  it("holds the safetensors' weights, bit for bit, under the same names", async () => {
    const { tensors } = await open({ "gemma.ckpt": OFFICIAL });
    const published = (await checkpoint("mqa")).tensors;
    expect([...tensors.keys()].sort()).toEqual([...published.keys()].sort());
    for (const [name, expected] of published) {
      const got = tensors.get(name)!;
      expect([name, got.shape, got.dtype]).toEqual([name, expected.shape, expected.dtype]);
      expect(await whole(got)).toEqual(await whole(expected));
    }
    const q = tensors.get("model.layers.1.self_attn.q_proj.weight")!;
    const rows = await published.get("model.layers.1.self_attn.q_proj.weight")!.rows(3, 9);
    expect(await q.rows(3, 9)).toEqual(rows);
  });

  it("gives the same logits, and the same bits", async () => {
    const ids = promptIds("mqa", "prompt-7");
    const ours = await Gemma.load(filesFolder({ "config.json": CONFIG, "any.name.bin": OFFICIAL }));
    const published = await Gemma.load(await checkpoint("mqa"));
    expect((await ours.logits(ids)).data).toEqual((await published.logits(ids)).data);
  });

  it("alone is refused unless it is a released model, with what it lacks", async () => {
    const error = (await rejection(openCheckpoint(bytesSource(OFFICIAL, "x.ckpt")))) as Error;
    expect(error.message).toMatch(
      /x\.ckpt: "config\.json" expected a config\.json beside.*got a width of 64; open the folder/,
    );
  });

  it("is refused where its fused matrices do not fit the config", async () => {
    const json = { ...readJson<object>("mqa/config.json"), head_dim: 32 };
    const config = new TextEncoder().encode(JSON.stringify(json));
    const error = (await rejection(open({ "config.json": config, "a.ckpt": OFFICIAL }))) as Error;
    expect(error.message).toMatch(
      /qkv_proj\.weight" expected 192 rows, for 4 \+ 2·1 heads of 32, got \[96, 64\]/,
    );
  });
});

describe("int8 weights with a scale for each row", () => {
  const quants = Int8Array.from({ length: 8 }, (_, i) => 16 * i - 128);
  const int8 = (more: Partial<t.TensorToSave> = {}) => ({
    storage: "Char",
    shape: [2, 4],
    bytes: new Uint8Array(quants.buffer),
    ...more,
  });

  it("are their products: exact in float32 for scales of 16 bits, in float64 for others", async () => {
    const expected = [...quants].map((quant, i) => quant * [0.5, 3][i >> 2]);
    const scales = { BFloat16: Uint16Array.of(0x3f00, 0x4040), Float: Float32Array.of(0.5, 3) };
    for (const [storage, values] of Object.entries(scales)) {
      const bytes = new Uint8Array(values.buffer);
      const scale = { storage, shape: [2], bytes };
      const file = t.torchFile(
        { "x.weight": int8(), "x.weight_scaler": scale },
        "model_state_dict",
      );
      const { tensors } = await open({ "a.ckpt": file });
      expect([...tensors.keys()]).toEqual(["x.weight"]);
      const x = tensors.get("x.weight")!;
      const { buffer } = await whole(x);
      const numbers = storage === "Float" ? new Float64Array(buffer) : new Float32Array(buffer);
      expect([...numbers]).toEqual(expected);
      expect(x.dtype).toBe(storage === "Float" ? "float64" : "float32");
      expect((await x.rows(1, 2)).length).toBe(storage === "Float" ? 32 : 16);
    }
  });

  it("are refused without scales, and with others than a float a row", async () => {
    const read = async (tensors: Record<string, t.TensorToSave>) => {
      const checkpoint = await open({ "a.ckpt": t.torchFile(tensors) });
      return rejection(whole(checkpoint.tensors.get("x.weight")!)) as Promise<Error>;
    };
    const alone = await read({ "x.weight": int8() });
    expect(alone).toBeInstanceOf(UnsupportedError);
    expect(alone.message).toContain("got int8 without scales");
    const scale = { storage: "Float", shape: [1], bytes: new Uint8Array(4) };
    const refusal = async (scaler: t.TensorToSave) => {
      const file = t.torchFile({ "x.weight": int8(), "x.weight_scaler": scaler });
      return ((await rejection(open({ "a.ckpt": file }))) as Error).message;
    };
    expect(await refusal(scale)).toMatch(/a scale for each of 2 rows, got \[1\]/);
    const quants = { "x.weight": int8(), "x.weight_scaler": { ...int8(), shape: [8] } };
    expect((await read(quants)).message).toContain("got int8 with int8 scales");
    const integers = { storage: "Long", shape: [2], bytes: new Uint8Array(16) };
    expect(await refusal(integers)).toMatch(/"x\.weight_scaler" expected float.*got torch\.Long/);
  });
});

describe("a checkpoint of another program", () => {
  it("is called by whose it is, before its dtype is: bitsandbytes", async () => {
    const int8 = { storage: "Char", shape: [2, 2], bytes: new Uint8Array(4) };
    const scale = { storage: "Float", shape: [2], bytes: new Uint8Array(8) };
    const name = "model.layers.0.mlp.down_proj";
    const file = t.torchFile({ [`${name}.weight`]: int8, [`${name}.SCB`]: scale });
    const folder = filesFolder({ "config.json": CONFIG, "pytorch_model.bin": file });
    const error = (await rejection(Gemma.load(folder))) as GemmaError;
    expect(error.got).toBe("weights quantised by bitsandbytes, 8 bits");
  });

  it("alone is not sent to a config.json that would not help", async () => {
    const a = { storage: "Float", shape: [1], bytes: new Uint8Array(4) };
    const names = ["v_head.bias", "b", "c", "d"];
    const file = t.torchFile(Object.fromEntries(names.map((name) => [name, a])));
    const error = (await rejection(openCheckpoint(bytesSource(file, "x.pth")))) as GemmaError;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      "openTorch: x.pth expected the tensors of a Gemma by the names of gemma_pytorch or Hugging Face, got v_head.bias, b, c and others; these are no weights of it, or another program's",
    );
  });
});

describe("scales without an int8 weight", () => {
  const scale = { storage: "Float", shape: [2], bytes: new Uint8Array(8) };

  it.each<[string, Record<string, t.TensorToSave>, RegExp]>([
    [
      "a weight in float32",
      { "x.weight": { ...scale, shape: [2, 1] }, "x.weight_scaler": scale },
      /"x\.weight_scaler" expected scales of an int8 weight, got scales of a weight in float32/,
    ],
    ["no weight", { "x.weight_scaler": scale }, /"x\.weight_scaler".*got no weight for them/],
  ])("are refused: %s", async (_, tensors, message) => {
    const error = (await rejection(open({ "a.ckpt": t.torchFile(tensors) }))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });
});

describe("Hugging Face's pytorch_model.bin", () => {
  const a = {
    storage: "Float",
    shape: [2, 2],
    bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer),
  };
  const b = {
    storage: "Half",
    shape: [3],
    bytes: Uint8Array.of(0, 60, 0, 64, 0, 66),
    offset: 1,
    count: 3,
  };

  it("is read in shards, by its index", async () => {
    const index = {
      weight_map: { a: "pytorch_model-00001-of-00002.bin", b: "pytorch_model-00002-of-00002.bin" },
    };
    const { tensors } = await open({
      "pytorch_model.bin.index.json": new TextEncoder().encode(JSON.stringify(index)),
      "pytorch_model-00001-of-00002.bin": t.torchFile({ a }),
      "pytorch_model-00002-of-00002.bin": t.torchFile({ b: { ...b, shape: [2] } }),
      "training_args.bin": Uint8Array.of(1),
    });
    expect(new Float32Array((await whole(tensors.get("a")!)).buffer)).toEqual(
      Float32Array.of(1, 2, 3, 4),
    );
    // The second starts one element into its storage.
    expect(await whole(tensors.get("b")!)).toEqual(b.bytes.subarray(2));
  });

  it("may hold an empty tensor, whatever its strides", async () => {
    const empty = { storage: "Float", shape: [3, 0], stride: [1, 1], bytes: new Uint8Array(0) };
    const tensors = await readTorch(bytesSource(t.torchFile({ empty })));
    expect(tensors.get("empty")?.shape).toEqual([3, 0]);
    expect(await tensors.get("empty")?.rows(0, 3)).toHaveLength(0);
  });

  it("is refused where several files lie there without an index", async () => {
    const error = (await rejection(open({ "a.bin": OFFICIAL, "b.ckpt": OFFICIAL }))) as Error;
    expect(error.message).toMatch(
      /one file of weights, or pytorch_model\.bin\.index\.json, got a\.bin, b\.ckpt/,
    );
  });

  it.each<[string, string[], RegExp]>([
    [
      "torchtune's parts",
      ["hf_model_0001_0.pt", "hf_model_0002_0.pt"],
      /; torchtune saves a model in parts \(hf_model_PART_EPOCH\.pt\): load each with torch\.load, put all of their tensors into one dict, and torch\.save that$/,
    ],
    [
      "shards without their index",
      ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"],
      /; the parts of one model need their index: download pytorch_model\.bin\.index\.json, too$/,
    ],
    [
      "files that may be parts",
      ["consolidated.00.pth", "consolidated.01.pth"],
      /; if each is a whole model, open a folder with the one that you mean and its config\.json; if they are parts of one, load/,
    ],
    [
      "torchtune's parts of two epochs",
      ["hf_model_0001_0.pt", "hf_model_0001_1.pt", "hf_model_0002_0.pt", "hf_model_0002_1.pt"],
      /: load each of one epoch with torch\.load, put all of their tensors into one dict/,
    ],
    [
      "torchtune's one part after two epochs",
      ["hf_model_0001_0.pt", "hf_model_0001_1.pt"],
      /; torchtune saves a model after each epoch \(hf_model_PART_EPOCH\.pt\): open a folder with the one that you mean and its config\.json$/,
    ],
    [
      "two models",
      ["a.bin", "b.ckpt"],
      /; open a folder with the one that you mean and its config\.json$/,
    ],
  ])("is not taken from one of several files, half of a model: %s", async (_, names, message) => {
    const files = Object.fromEntries(names.map((name) => [name, OFFICIAL]));
    const error = (await rejection(open(files))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it.each([
    "adapter_model_old.bin",
    "optimizer.pt",
    "scheduler.pt",
    "scaler.pt",
    "rng_state_0.pth",
    "training_args.bin",
    "recipe_state.pt",
    "mp_rank_00_model_states.pt",
    "openvino_model.bin",
    "params_shard_0.bin",
  ])("is told from %s, which is no model", async (name) => {
    const { tensors } = await open({ "pytorch_model.bin": OFFICIAL, [name]: Uint8Array.of(1) });
    expect(tensors.size).toBe(20);
  });

  it.each<[string, Partial<t.TensorToSave>, RegExp]>([
    [
      "a transposed tensor",
      { stride: [1, 2] },
      /"a" expected a contiguous tensor, got strides \[1, 2\] of shape \[2, 2\]; .*contiguous/,
    ],
    [
      "a tensor beyond its storage",
      { offset: 1 },
      /"a" expected 20 bytes or more in data\/0, got 16 for 4 elements/,
    ],
    [
      "a storage of another size than it says",
      { count: 5 },
      /"a" expected 16 bytes or more in data\/0, got 16 for 5/,
    ],
    [
      "a negative axis",
      { shape: [-2, 2], stride: [2, 1] },
      /"a" expected an offset, a shape and strides/,
    ],
    ["a wrong number of strides", { stride: [1] }, /contiguous tensor/],
  ])("refuses %s", async (_, change, message) => {
    const error = (await rejection(
      open({ "m.bin": t.torchFile({ a: { ...a, ...change } }) }),
    )) as Error;
    expect(error).toBeInstanceOf(GemmaError);
    expect(error.message).toMatch(message);
  });

  it("lists integers, which no weight can be, and refuses to read them", async () => {
    const ids = { storage: "Long", shape: [1], bytes: new Uint8Array(8) };
    const { tensors } = await open({ "m.bin": t.torchFile({ a, ids }) });
    expect(await whole(tensors.get("a")!)).toEqual(a.bytes);
    expect(tensors.get("ids")).toMatchObject({ name: "ids", shape: [1], dtype: undefined });
    await expect(tensors.get("ids")?.rows(0, 1)).rejects.toThrow(UnsupportedError);
    await expect(tensors.get("ids")?.rows(0, 1)).rejects.toThrow(
      '"ids" expected float64, float32, float16, bfloat16, or int8 with scales, got torch.LongStorage',
    );
  });
});

describe("a pytorch_model.bin that is another file", () => {
  const large = (head: string) => {
    const bytes = new Uint8Array(200_000); // more than the end of an archive can take
    bytes.set(Uint8Array.from(head, (char) => char.charCodeAt(0)));
    return bytes;
  };
  const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");

  it.each<[string, Uint8Array, RegExp]>([
    ["a pointer", pointer, /got a Git LFS pointer.*git lfs pull/],
    ["a legacy pickle", large("\x80\x02\x8a\x0a"), /a Python pickle.*load it with torch and save/],
    ["a page", large("<!doctype html>"), /got a web page.*download it again/],
    ["zeros", large(""), /got zeros; the space was reserved/],
    ["noise", large("\x01\x02\x03"), /expected a zip archive, got something else$/],
    ["half of one", large("PK\x03\x04"), /directory at the end of the archive.*is truncated/],
  ])("is called by its kind: %s", async (_, bytes, message) => {
    const error = (await rejection(open({ "pytorch_model.bin": bytes }))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });
});

describe("a hostile pickle", () => {
  const system = [
    ...t.global("os", "system"),
    ...t.mark,
    ...t.text("true"),
    ...t.tuple,
    ...t.reduce,
  ];
  const read = (code: readonly number[]) =>
    readTorch(bytesSource(t.archive(t.pickle(code)), "x.ckpt"));
  const inDict = (value: readonly number[]) => [
    ...t.emptyDict,
    ...t.text("w"),
    ...value,
    ...t.setItem,
  ];
  /** [list] appended to itself. */
  const cyclic = [0x5d, 0x71, 0, 0x68, 0, 0x61];
  /** A tuple holding the one before twice, forty times over: copied out, it would be 2⁴⁰ values. */
  const bomb = [
    ...t.text("x"),
    0x71,
    0,
    ...Array.from({ length: 40 }, () => [0x30, 0x68, 0, 0x68, 0, 0x86, 0x71, 0]).flat(),
  ];

  /** The same outside a dict. */
  const doubled = [
    0x5d,
    0x71,
    0,
    ...Array.from({ length: 60 }, () => [0x68, 0, 0x86, 0x71, 0]).flat(),
  ];

  it.each<[string, readonly number[], RegExp]>([
    [
      "os.system",
      system,
      /expected only names of tensors and their storages, got os\.system; a pickle can run any code/,
    ],
    ["os.system inside a state dict", inDict(system), /got os\.system/],
    ["posix.system", [...t.global("posix", "system")], /got posix\.system/],
    [
      "eval",
      [...t.global("__builtin__", "eval"), ...t.mark, ...t.text("1"), ...t.tuple, ...t.reduce],
      /got __builtin__\.eval/,
    ],
    [
      "builtins.exec by STACK_GLOBAL",
      [...t.text("builtins"), ...t.text("exec"), 0x93],
      /got builtins\.exec/,
    ],
    ["getattr, to reach further", [...t.global("builtins", "getattr")], /got builtins\.getattr/],
    ["a torch function that loads", [...t.global("torch", "load")], /got torch\.load/],
    [
      "a name with a dot in it",
      [...t.global("torch._utils", "_rebuild_tensor_v2.__globals__")],
      /got torch\._utils\._rebuild_tensor_v2\.__globals__/,
    ],
    [
      "a call of the result of a call",
      [...t.global("collections", "OrderedDict"), 0x29, ...t.reduce, 0x29, ...t.reduce],
      /a name and its arguments to call/,
    ],
    [
      "an OrderedDict of arguments",
      [
        ...t.global("collections", "OrderedDict"),
        ...t.mark,
        ...t.text("x"),
        ...t.tuple,
        ...t.reduce,
      ],
      /an empty OrderedDict/,
    ],
    ["INST", [...t.mark, 0x69, ...new TextEncoder().encode("os\nsystem\n")], /opcode 0x69/],
    ["OBJ", [...t.mark, 0x6f], /opcode 0x6f/],
    ["NEWOBJ", [0x81], /opcode 0x81/],
    ["EXT1", [0x82, 1], /opcode 0x82/],
    ["a persistent id as text", [0x50, ...new TextEncoder().encode("x\n")], /opcode 0x50/],
    ["attributes of a list", [0x5d, ...t.emptyDict, 0x62], /attributes of a dict/],
    ["a list that contains itself", inDict(cyclic), /nested at most 32 deep/],
    ["a bomb of tuples", inDict(bomb), /nested at most 32 deep/],
    [
      "a pit of lists",
      inDict([...new Array(100_000).fill(0x5d), ...new Array(99_999).fill(0x61)]),
      /nested at most 32 deep/,
    ],
    [
      "an integer of 255 bytes",
      [0x8a, 255, ...new Array(255).fill(1)],
      /an integer of at most 8 bytes/,
    ],
    ["a text longer than the file", [0x58, 255, 255, 255, 127], /an opcode's data/],
    [
      "a key twice",
      [
        ...t.emptyDict,
        ...t.mark,
        ...t.text("a"),
        ...t.integer(1),
        ...t.text("a"),
        ...t.integer(2),
        ...t.setItems,
      ],
      /each key once, got "a" twice/,
    ],
    ["an empty stack", [0x61], /a value on the stack/],
    ["a memo that is not there", [0x68, 9], /a remembered value, got nothing remembered as 9/],
    ["no tensor", inDict(t.integer(5)), /"w" expected a tensor, got 5/],
    [
      "a bomb as a module",
      [...doubled, ...t.text("a"), 0x93],
      /of a module and a name, got a list/,
    ],
    [
      "a bomb as a key",
      [...t.emptyDict, ...doubled, ...t.text("a"), ...t.setItem],
      /texts and numbers as keys of a dict, got a list or tuple/,
    ],
    ["a number as a tensor's name", [...t.emptyDict, 0x4b, 1, 0x4e, ...t.setItem], /got 1$/],
    [
      "a million values",
      new Array(2 ** 20).fill(0x4e),
      /a pickle of at most 1048576 opcodes, got more; .*save model\.state_dict\(\) alone/,
    ],
    ["nothing", [0x4e], /a dict of tensors by name/],
  ])("%s is refused", async (_, code, message) => {
    const error = (await rejection(read(code))) as Error;
    expect(error instanceof FormatError || error instanceof UnsupportedError).toBe(true);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("x.ckpt");
  });

  it.each([
    ["torch", "float16"],
    ["torch", "device"],
    ["torch._utils", "_rebuild_qtensor"],
    ["torch.nn.modules.linear", "Linear"],
    ["transformers.models.gemma.modeling_gemma", "GemmaForCausalLM"],
    ["__main__", "Net"],
    ["collections", "Counter"],
    ["__builtin__", "set"],
    ["numpy.core.multiarray", "scalar"],
    ["numpy._core.multiarray", "scalar"],
  ])("%s.%s, which honest files have, comes with advice", async (module, name) => {
    const error = (await rejection(read(t.global(module, name)))) as Error;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`got ${module}.${name}; if you trust its origin`);
    expect(error.message).toContain("save model.state_dict() alone");
  });

  it.each([
    ["torch.nn.modules.module", "torch.os.system"],
    ["torch.nn.modules.module", "torch.subprocess.Popen"],
    ["numpy.testing._private.utils", "runstring"],
    ["__main__", "run"],
  ])("%s.%s, which is like one of those, does not", async (module, name) => {
    const error = (await rejection(read(t.global(module, name)))) as Error;
    expect(error.message).toContain("a pickle can run any code");
  });

  it("of one long list as the shape of many tensors is refused at the first", async () => {
    const storage = [...t.mark, ...t.text("storage"), ...t.global("torch", "FloatStorage")];
    const id = [...storage, ...t.text("0"), ...t.text("cpu"), 0x4b, 1, ...t.tuple, 0x51];
    const shape = [...t.mark, ...new Array(65).fill([0x4b, 1]).flat(), ...t.tuple, 0x71, 0];
    const args = [...t.mark, ...id, 0x4b, 0, ...shape, 0x68, 0, ...t.tuple];
    const tensor = [...t.global("torch._utils", "_rebuild_tensor_v2"), ...args, ...t.reduce];
    await expect(read(inDict(tensor))).rejects.toThrow("an offset, a shape and strides");
  });

  it("of random opcodes is a typed error, or tensors (fuzz)", async () => {
    const memo = fc.nat(3);
    const instruction = fc.oneof(
      fc
        .constantFrom(...[0x28, 0x30, 0x4e, 0x88, 0x7d, 0x5d, 0x29, 0x85, 0x86, 0x87, 0x74])
        .map((opcode) => [opcode]),
      fc
        .constantFrom(...[0x61, 0x65, 0x73, 0x75, 0x62, 0x94, 0x93, 0x51, 0x52])
        .map((opcode) => [opcode]),
      fc.constantFrom("a", "w", "storage", "state_dict", "os", "\u001b]").map(t.text),
      fc.constantFrom(0, 1, -1, 7).map(t.integer),
      fc.constantFrom(...["FloatStorage", "load"]).map((name) => t.global("torch", name)),
      fc.constant(t.global("torch._utils", "_rebuild_tensor_v2")),
      fc.constant([...t.global("collections", "OrderedDict"), 0x29, 0x52]),
      memo.map((key) => [0x71, key]),
      memo.map((key) => [0x68, key]),
      // The value before, twice; and as both halves of an item.
      memo.map((key) => [0x71, key, 0x68, key, 0x86]),
      memo.map((key) => [0x71, key, 0x68, key, 0x73]),
      memo.map((key) => [0x7d, 0x68, key, 0x68, key, 0x73]),
      // Sixty times, as only a bomb has it.
      memo.map((key) => new Array(60).fill([0x71, key, 0x68, key, 0x86]).flat()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { maxLength: 40 }), async (instructions) => {
        try {
          expect(await read([0x5d, ...instructions.flat()])).toBeInstanceOf(Map);
        } catch (error) {
          if (!(error instanceof GemmaError)) throw error;
          expect(error.message.length).toBeLessThan(500);
          expect(error.message).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("a pickle of gigabytes, or packed storages, are refused before they are unpacked", async () => {
    const { zipSync } = await import("fflate");
    const bomb = zipSync({ "m/data.pkl": [new Uint8Array(1e6), { level: 9 }] });
    const error = (await rejection(readTorch(bytesSource(bomb)))) as Error;
    expect(error.message).toMatch(
      /a member stored as it is, as torch\.save does, got compression method 8/,
    );
  });

  it("a big-endian checkpoint is refused", async () => {
    const { zipSync } = await import("fflate");
    const byteorder = new TextEncoder().encode("big");
    const zip = zipSync({ "m/byteorder": byteorder, "m/data.pkl": t.pickle([0x4e]) }, { level: 0 });
    await expect(readTorch(bytesSource(zip))).rejects.toThrow(
      /"byteorder" expected little, got "big"/,
    );
  });
});

describe("a damaged checkpoint", () => {
  const small = t.torchFile({
    a: { storage: "Float", shape: [2, 2], bytes: new Uint8Array(16).fill(1) },
    b: { storage: "BFloat16", shape: [3], bytes: new Uint8Array(6).fill(2) },
  });

  /** Reads everything; the checksums of storages are not looked at, as a weight is read by range. */
  async function settle(bytes: Uint8Array): Promise<void> {
    try {
      const tensors = await readTorch(bytesSource(bytes));
      for (const { shape, rows } of tensors.values()) await rows(0, shape[0] ?? 1);
    } catch (error) {
      if (!(error instanceof GemmaError)) throw error;
    }
  }

  it("is refused at any truncation", async () => {
    for (let length = 0; length < small.length; length++) {
      await expect(readTorch(bytesSource(small.slice(0, length)))).rejects.toThrow(GemmaError);
    }
  });

  it("is a typed error, or tensors that lie within it (fuzz)", async () => {
    await fc.assert(fc.asyncProperty(damaged(small), settle), { numRuns: RUNS });
  });

  it("does the same with a pickle damaged behind a right checksum (fuzz)", async () => {
    const begin = small.findIndex((byte, i) => byte === 0x80 && small[i + 1] === 2);
    const end = small.lastIndexOf(
      0x2e,
      small.findIndex(
        (_, i) => i > begin && small[i] === 0x50 && small[i + 1] === 0x4b && small[i + 2] === 3,
      ),
    );
    const data = small.slice(begin, end + 1);
    const storages = { "data/0": new Uint8Array(16), "data/1": new Uint8Array(6) };
    await fc.assert(
      fc.asyncProperty(damaged(data), (bytes) => settle(t.archive(bytes, storages))),
      { numRuns: RUNS },
    );
  });
});

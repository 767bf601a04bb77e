/**
 * What a caller may pass whose compiler did not object: nothing, another type, the option of another
 * library. Each is refused by the name of the argument, before anything is computed.
 */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { openTokenizer } from "../../src/checkpoint/open-tokenizer.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors/write.ts";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { Model } from "../../src/model/model.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const loaded = checkpoint("tiny-stories-it").then((opened) => Gemma.load(opened));

/** The refusal of `use`: its argument, and what it says came. */
async function refusal(use: (gemma: Gemma) => unknown): Promise<[string?, string?]> {
  const gemma = await loaded;
  const error = await (async () => use(gemma))().then(
    () => "accepted",
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(ArgumentError);
  return [error.argument, error.got];
}

describe("options", () => {
  it.each<[Untyped, string, string]>([
    [null, "options", "null"],
    ["fast", "options", '"fast"'],
    [{ signal: {} }, "signal", "object"],
    [{ signal: new AbortController() }, "signal", "object"],
    [{ temperature: "0.7" }, "temperature", '"0.7"'],
    [{ temperature: 1n }, "temperature", "1"],
    [{ temperature: null }, "temperature", "null"],
    [{ topP: Symbol("p") }, "topP", "a symbol"],
    [{ topK: Symbol("k") }, "topK", "a symbol"],
    [{ seed: Symbol("s") }, "seed", "a symbol"],
    [{ seed: 2 ** 32 }, "seed", "4294967296"],
    [{ maxTokens: Symbol("m") }, "maxTokens", "a symbol"],
    [{ maxTokens: "5" }, "maxTokens", '"5"'],
    [{ stop: null }, "stop", "null"],
    [{ stop: 5 }, "stop", "5"],
    [{ stop: {} }, "stop", "{}"],
    [{ stop: /x/ }, "stop", "an object of class RegExp"],
    [{ stop: ["a", null] }, "stop[1]", "null"],
    [{ stop: [5] }, "stop[0]", "5"],
  ])("%o of generate and of a chat", async (options, argument, got) => {
    expect(await refusal((gemma) => gemma.generate("Once", options))).toEqual([argument, got]);
    expect(await refusal((gemma) => gemma.chat(options))).toEqual([argument, got]);
    if (typeof options !== "object" || options === null) return; // send spreads them, and there is nothing in them
    const send = (gemma: Gemma) => gemma.chat().send("Hi", options).next();
    expect(await refusal(send)).toEqual([argument, got]);
  });

  it.each(["score", "logits", "trace"] as const)("null, and no signal, of %s", async (method) => {
    const call = (options: Untyped) => refusal((gemma) => gemma[method]("Once", options));
    expect(await call(null)).toEqual(["options", "null"]);
    expect(await call({ signal: {} })).toEqual(["signal", "object"]);
  });

  it.each<[Untyped, string, string]>([
    [null, "options", "null"],
    [{ signal: 5 }, "signal", "number"],
    [{ embedScale: "x" }, "embedScale", '"x"'],
    [{ embedScale: 1n }, "embedScale", "1"],
    [{ precision: 1n }, "precision", "1"],
    [{ backend: null }, "backend", "null"],
    [{ backend: {} }, "backend", "{}"],
  ])("%o of Gemma.load, before it opens anything", async (options, argument, got) => {
    expect(await refusal(() => Gemma.load("/nowhere", options))).toEqual([argument, got]);
  });

  it("any number of stop texts is not too many", async () => {
    const stop = Array.from({ length: 200_000 }, (_, i) => `stop ${i}`);
    const gemma = await loaded;
    const text = await gemma.generate("Once", { stop: ["zzz", ...stop], maxTokens: 2 }).text();
    expect(text).toBe(await gemma.generate("Once", { maxTokens: 2 }).text());
  });
});

describe("prompts and ids", () => {
  it.each<[Untyped, string]>([
    [null, "null"],
    [undefined, "nothing"],
    [5, "5"],
    [{}, "{}"],
  ])("%o is neither text nor ids", async (prompt, got) => {
    for (const method of ["generate", "score", "logits", "trace"] as const) {
      expect(await refusal((gemma) => gemma[method](prompt))).toEqual(["ids", got]);
    }
    expect(await refusal((gemma) => gemma.decode(prompt))).toEqual(["ids", got]);
  });

  it.each<[Untyped, string]>([
    [2n, "2"],
    [Symbol("id"), "a symbol"],
    [Object.create(null), "{}"],
  ])("%o is no id", async (id, got) => {
    expect(await refusal((gemma) => gemma.generate([2, id]))).toEqual(["ids[1]", got]);
  });
});

describe("messages", () => {
  const answered = (ids: Untyped) => [
    { role: "user", content: "Hi" },
    { role: "model", content: "Hello", ids },
  ];
  it.each<[Untyped, string, string]>([
    [5, "messages", "5"],
    [{}, "messages", "{}"],
    ["Hi", "messages", '"Hi"'],
    [[null], "messages[0]", "null"],
    [["Hi"], "messages[0]", '"Hi"'],
    [[{ role: 1n, content: "Hi" }], "messages[0].role", "1"],
    [answered(5), "messages[1].ids", "5"],
    [answered({ length: 2 }), "messages[1].ids", '{"length": 2}'],
  ])("%o", async (messages, argument, got) => {
    expect(await refusal((gemma) => gemma.chat({ messages }))).toEqual([argument, got]);
    expect(await refusal((gemma) => gemma.encodeChat(messages))).toEqual([argument, got]);
  });
});

describe("sources and files", () => {
  const bytes = new Uint8Array(4);
  it.each<[string, () => unknown, string]>([
    ["openCheckpoint of a path", () => openCheckpoint("folder" as Untyped), "source"],
    ["openCheckpoint of nothing", () => openCheckpoint(undefined as Untyped), "source"],
    ["openTokenizer of a path", () => openTokenizer("folder" as Untyped), "source"],
    ["filesFolder of a list", () => filesFolder([bytes] as Untyped), "files"],
    ["filesFolder of nothing", () => filesFolder(undefined as Untyped), "files"],
    ["filesFolder of texts", () => filesFolder({ a: "text" } as Untyped), 'files["a"]'],
    ["writeGguf of a path", () => writeGguf("folder" as Untyped), "tensors"],
    ["writeSafetensors of a checkpoint", () => writeSafetensors({} as Untyped), "tensors"],
    [
      "writeGguf as Q5",
      async () => writeGguf(await checkpoint("mqa"), { type: "Q5" as Untyped }),
      "type",
    ],
    [
      "writeNpzCheckpoint as Q8_0",
      async () => writeNpzCheckpoint(await checkpoint("mqa"), { type: "Q8_0" as Untyped }),
      "type",
    ],
  ])("%s", async (_, use, argument) => {
    const [refused] = await refusal(use);
    expect(refused).toBe(argument);
  });

  it("bytes and Blobs are files", async () => {
    const gguf = readFixture("gguf/model.Q4_0.gguf");
    for (const source of [gguf, new Blob([gguf as BlobPart]), gguf.buffer as ArrayBuffer]) {
      const { config, close } = await openCheckpoint(source);
      expect(config.hiddenSize).toBe(256);
      await close();
    }
    const model = readFixture("tiny-stories/tokenizer.model");
    expect((await openTokenizer(model)).vocabSize).toBe(1024);
  });
});

describe("a model", () => {
  const wrong: Record<string, [use: (model: Untyped) => unknown, argument: string, got: string]> = {
    "no cache": [(model) => model.forward([2]), "cache", "nothing"],
    "options null": [(model) => model.createCache(null), "options", "null"],
    "a number as options": [(model) => model.createCache(64), "options", "64"],
    "a context of millions": [
      (model) => model.createCache({ contextLength: 1e7 }),
      "contextLength",
      "10000000",
    ],
    "logits of another kind": [
      (model) => model.forward([2], model.createCache(), { logits: "foo" }),
      "logits",
      '"foo"',
    ],
    "a controller as the signal": [
      (model) => model.forward([2], model.createCache(), { signal: new AbortController() }),
      "signal",
      "object",
    ],
    "a batch without ids": [
      (model) => model.forward([{ cache: model.createCache() }]),
      "ids",
      "nothing",
    ],
    "no ids to record": [
      (model) => model.record(undefined, model.createCache(), []),
      "ids",
      "nothing",
    ],
    "a name that is no tap": [
      (model) => model.record([2], model.createCache(), ["nonsense"]),
      "names",
      '"nonsense"',
    ],
    "a tap of a layer that is not there": [
      (model) => model.record([2], model.createCache(), ["blocks.9.attn.hook_q"]),
      "names",
      '"blocks.9.attn.hook_q"',
    ],
    "a tap that is derived": [
      (model) => model.record([2], model.createCache(), ["blocks.0.attn.hook_pattern"]),
      "names",
      '"blocks.0.attn.hook_pattern"',
    ],
    "options as the signal": [
      (model) => model.record([2], model.createCache(), [], { signal: AbortSignal.abort() }),
      "signal",
      "object",
    ],
    "no names": [(model) => model.record([2], model.createCache()), "names", "nothing"],
  };

  it.each(Object.keys(wrong))("refuses %s", async (name) => {
    const [use, argument, got] = wrong[name];
    expect(await refusal((gemma) => use(gemma.model))).toEqual([argument, got]);
  });

  it.each<[Untyped, string, string]>([
    [{ backend: "cpu" }, "backend", '"cpu"'],
    [{ backend: undefined }, "backend", "nothing"],
    [{ embedScale: "foo" }, "embedScale", '"foo"'],
  ])("is not loaded with %o", async (options, argument, got) => {
    const { config, tensors } = await checkpoint("tiny-stories-it");
    const backend = cpuBackend();
    const load = () => Model.load({ config, tensors, backend, ...options });
    expect(await refusal(load)).toEqual([argument, got]);
  });

  it.each<[Untyped, string]>([
    ["Once", '"Once"'],
    [undefined, "nothing"],
    [new Set(["Once"]), "an object of class Set"],
  ])("continues no %o for a list of prompts", async (prompts, got) => {
    expect(await refusal((gemma) => gemma.generateBatch(prompts))).toEqual(["prompts", got]);
  });
});

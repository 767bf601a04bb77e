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
import { Chat } from "../../src/generation/chat.ts";
import { generate } from "../../src/generation/generate.ts";
import { generateBatch } from "../../src/generation/generate-batch.ts";
import { Generation } from "../../src/generation/generation.ts";
import { score } from "../../src/generation/likelihood/score.ts";
import { steps } from "../../src/generation/steps.ts";
import { trace } from "../../src/interp/run/trace.ts";
import { KVCache } from "../../src/model/kv-cache.ts";
import { Model } from "../../src/model/model.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { StreamDecoder } from "../../src/tokenizer/decoder.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const loaded = checkpoint("tiny-stories-it").then((opened) => Gemma.load(opened));

/** The refusal of `use`: its argument, and what it says came. */
async function refusal(use: (gemma: Gemma) => unknown): Promise<[string?, string?]> {
  const { argument, got } = await thrown(use);
  return [argument, got];
}

async function thrown(use: (gemma: Gemma) => unknown): Promise<ArgumentError> {
  const gemma = await loaded;
  const error = await (async () => use(gemma))().then(
    () => "accepted",
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(ArgumentError);
  return error;
}

describe("options", () => {
  it.each<[Untyped, string, string]>([
    [null, "options", "null"],
    ["fast", "options", '"fast"'],
    [{ signal: {} }, "signal", "object"],
    [{ signal: new AbortController() }, "signal", "object"],
    [{ temperature: "0.7" }, "temperature", '"0.7"'],
    [{ temperature: 1n }, "temperature", "1n, a BigInt"],
    [{ temperature: null }, "temperature", "null"],
    [{ topP: Symbol("p") }, "topP", "a symbol"],
    [{ topK: Symbol("k") }, "topK", "a symbol"],
    [{ seed: Symbol("s") }, "seed", "a symbol"],
    [{ seed: 2 ** 32 }, "seed", "4294967296"],
    [{ temperature: 1, seed: 5n }, "seed", "5n, a BigInt"],
    [{ maxTokens: 5n }, "maxTokens", "5n, a BigInt"],
    [{ stopTokenIds: [107n] }, "stopTokenIds[0]", "107n, a BigInt"],
    [{ stopTokenIds: 107 }, "stopTokenIds", "107"],
    [{ stop: "" }, "stop", "an empty text"],
    [{ stop: ["a", ""] }, "stop[1]", "an empty text"],
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
      expect(await refusal((gemma: Untyped) => gemma[method](prompt))).toEqual(["prompt", got]);
    }
    expect(await refusal((gemma) => gemma.decode(prompt))).toEqual(["ids", got]);
  });

  it.each<[Untyped, string]>([
    [2n, "2n, a BigInt"],
    [-2n, "-2n, a BigInt"],
    [[5], "[5]"],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
    [Symbol("id"), "a symbol"],
    [Object.create(null), "{}"],
  ])("%o is no id", async (id, got) => {
    for (const method of ["generate", "score", "logits", "trace"] as const) {
      expect(await refusal((gemma: Untyped) => gemma[method]([2, id]))).toEqual(["ids[1]", got]);
    }
    expect(await refusal((gemma) => gemma.decode([2, id]))).toEqual(["id", got]);
    expect(await refusal((gemma) => gemma.tokenizer?.piece(id))).toEqual(["id", got]);
  });

  const NUMBERS = "ids are numbers: Array.from(ids, Number)";
  const TENSOR = { data: BigInt64Array.of(2n, 5n), dims: [1, 2] };
  const MESSAGE = { role: "user", content: "Hi" };
  const ENCODED = "(gemma.encodeChat(messages))";
  const NOT_BATCHED = "give a list of ids, without a batch dimension";
  const VOCABULARIES = "the tokenizer and the model may have different vocabularies";
  it.each<[string, (gemma: Untyped) => unknown, string | undefined]>([
    ["BigInts", (gemma) => gemma.generate(BigInt64Array.of(2n)), NUMBERS],
    ["texts of digits", (gemma) => gemma.decode(["5"]), NUMBERS],
    ["an id of another vocabulary", (gemma) => gemma.generate([2, 5000]), VOCABULARIES],
    ["a fraction", (gemma) => gemma.generate([2, 1.5]), undefined],
    ["a tensor", (gemma) => gemma.score(TENSOR), "Array.from(tensor.data, Number)"],
    ["a tensor to decode", (gemma) => gemma.decode(TENSOR), "Array.from(tensor.data, Number)"],
    ["nested ids", (gemma) => gemma.logits([[2, 5]]), NOT_BATCHED],
    ["nested ids to decode", (gemma) => gemma.decode([[1]]), NOT_BATCHED],
    ["ids among texts", (gemma) => gemma.generate(["a", 5]), "put it in [ ]"],
    ["texts as one prompt", (gemma) => gemma.generate([["a", "b"]]), "one text at a time"],
    [
      "samples of a greedy answer",
      (gemma) => gemma.generate("a", { samples: 2 }),
      "temperature: 1",
    ],
    [
      "one text, at once",
      (gemma) => gemma.generate("a", { atOnce: 2 }),
      "is an option of generate",
    ],
    ["texts to trace", (gemma) => gemma.trace(["a", "b"]), "one text at a time"],
    ["texts to encode", (gemma) => gemma.encode(["a", "b"]), "texts.map("],
    ["messages", (gemma) => gemma.generate([MESSAGE]), "gemma.chat({ messages }).send(text), or"],
    ["a message", (gemma) => gemma.generate(MESSAGE), `generate${ENCODED}`],
    ["a chat's options", (gemma) => gemma.logits({ messages: [] }), `logits${ENCODED}`],
    ["messages in a batch", (gemma) => gemma.generateBatch([[MESSAGE]]), "gemma.encodeChat("],
    ["a prompt among options", (gemma) => gemma.generate({ prompt: "x" }), "generate(prompt, o"],
    ["ids by their name", (gemma) => gemma.trace({ input_ids: [2] }), "trace(prompt, options)"],
    ["a promise", (gemma) => gemma.generate(Promise.resolve("x")), "await it first"],
    ["a set", (gemma) => gemma.generate(new Set([2])), "Array.from(ids)"],
    ["one prompt's ids for a batch", (gemma) => gemma.generateBatch([2, 5]), "put it in [ ]"],
    ["a text to decode", (gemma) => gemma.decode("Hello"), "encode gives the ids of a text"],
    ["an id to decode", (gemma) => gemma.decode(996), "put it in [ ]"],
    ["a generation to decode", (gemma) => gemma.decode(gemma.generate("x")), "await generation"],
    ["a path among options", () => Gemma.load({ model: "/x" } as Untyped), "the path comes first"],
    ["a message to send", (gemma) => gemma.chat().send(MESSAGE), "the text of the user's message"],
    ["true for a cache", (gemma) => gemma.generate("x", { cache: true }), "always used"],
    ["null for a cache", (gemma) => gemma.generate("x", { cache: null }), undefined],
  ])("%s: the next step", async (_, use, hint) => {
    const error = await thrown(use);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });
});

describe("more arguments than there are", () => {
  const TOKENS = "for await (const { text } of ...)";
  it.each<[string, number, (gemma: Untyped) => unknown, string?]>([
    ["Gemma.load", 2, () => (Gemma.load as Untyped)("/nowhere", {}, 1)],
    ["encode", 2, (gemma) => gemma.encode("x", {}, 1)],
    ["encodeChat", 2, (gemma) => gemma.encodeChat([], {}, 1)],
    ["decode", 2, (gemma) => gemma.decode([2], {}, 1)],
    ["count", 2, (gemma) => gemma.count("x", {}, 1)],
    ["embed", 2, (gemma) => gemma.embed("x", {}, 1)],
    ["fill", 3, (gemma) => gemma.fill("x", "y", {}, () => {}), TOKENS],
    ["generate", 2, (gemma) => gemma.generate("x", {}, () => {}), TOKENS],
    ["generateBatch", 2, (gemma) => gemma.generateBatch(["x"], {}, () => {}), TOKENS],
    ["chat", 1, (gemma) => gemma.chat({}, "x"), "send(text)"],
    ["score", 2, (gemma) => gemma.score("x", {}, 1)],
    ["logits", 2, (gemma) => gemma.logits("x", {}, 1)],
    ["trace", 2, (gemma) => gemma.trace("x", {}, 1)],
    ["createCache", 1, (gemma) => gemma.createCache({}, 1)],
    ["Chat.send", 2, (gemma) => gemma.chat().send("x", {}, () => {}), TOKENS],
    ["Chat.undo", 0, (gemma) => gemma.chat().undo(1)],
    ["encode", 2, ({ tokenizer }) => tokenizer.encode("x", {}, 1)],
    ["encodePieces", 2, ({ tokenizer }) => tokenizer.encodePieces("x", {}, 1)],
    ["decode", 2, ({ tokenizer }) => tokenizer.decode([2], {}, 1)],
    ["decoder", 1, ({ tokenizer }) => tokenizer.decoder({}, 1)],
    ["Tokenizer.fromBytes", 2, () => (Tokenizer.fromBytes as Untyped)(new Uint8Array(), "f", 1)],
    ["Tokenizer.from", 2, () => (Tokenizer.from as Untyped)(new Uint8Array(), "f", 1)],
  ])("of %s are refused", async (op, most, use, hint) => {
    const error = await thrown(use);
    expect([error.op, error.got]).toEqual([op, `${most + 1}`]);
    expect(error.expected).toMatch(most === 0 ? "no arguments" : `at most ${most} argument`);
    if (hint) expect(error.hint).toContain(hint);
  });
});

describe("a class that is not made with new", () => {
  it.each<[string, (gemma: Untyped) => unknown, string]>([
    ["Gemma", () => new (Gemma as Untyped)("/x"), "await Gemma.load("],
    ["Model", () => new (Model as Untyped)({}), "await Model.load("],
    ["KVCache", () => new (KVCache as Untyped)(), "gemma.createCache()"],
    ["Generation", () => new (Generation as Untyped)("x"), "gemma.generate(prompt)"],
    ["Chat", (gemma) => new (Chat as Untyped)(gemma), "gemma.chat(options) begins"],
    ["Chat", (gemma) => new (Chat as Untyped)(gemma.model), "gemma.chat(options) begins"],
    ["Vocabulary", () => new (Vocabulary as Untyped)("x"), "Tokenizer.fromBytes"],
    ["Vocabulary", () => new (Tokenizer as Untyped)("x"), "Tokenizer.fromBytes"],
    ["StreamDecoder", (gemma) => new (StreamDecoder as Untyped)(gemma.tokenizer), "decoder()"],
  ])("%s says how it is made", async (op, use, way) => {
    const error = await thrown(use);
    expect(error.op).toBe(op);
    expect(error.message).toContain(way);
  });
});

describe("what is no model, or no tokenizer, in front of the ids", () => {
  const ids = [2, 976];
  it.each<[string, (model: Untyped, gemma: Gemma) => unknown]>([
    ["generate", (model) => generate(model, undefined, ids)],
    ["generateBatch", (model) => generateBatch(model, undefined, [ids])],
    ["steps", (model, gemma) => steps(model, ids, gemma.createCache(), new Map(), {}).next()],
    ["score", (model) => score(model, ids)],
    ["trace", (model) => trace(model, ids)],
  ])("is refused by %s", async (op, use) => {
    for (const [model, got] of [
      [undefined, "nothing"],
      [null, "null"],
      [ids, "[2, 976]"],
      [await loaded, "an object of class Gemma"],
    ] as const) {
      const error = await thrown((gemma) => use(model, gemma));
      expect([error.op, error.argument, error.got]).toEqual([op, "model", got]);
    }
  });

  it.each<[string, (tokenizer: Untyped, gemma: Gemma) => unknown]>([
    ["generate", (tokenizer, { model }) => generate(model, tokenizer, ids)],
    ["generateBatch", (tokenizer, { model }) => generateBatch(model, tokenizer, [ids])],
  ])("is refused by %s: ids in the tokenizer's place", async (op, use) => {
    const error = await thrown((gemma) => use(ids, gemma));
    expect([error.op, error.argument, error.got]).toEqual([op, "tokenizer", "[2, 976]"]);
    expect(error.hint).toContain(`${op}(model, undefined, ids)`);
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

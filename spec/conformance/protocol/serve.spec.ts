/** Both sides of the protocol, and its JSON Schemas, which are what an author in another language goes by. */
import { describe, expect, it } from "vitest";
import {
  forwardRequest,
  loadRequest,
  opRequest,
  PROTOCOL,
  type Request,
  requestLine,
} from "../../../src/conformance/protocol/messages.ts";
import { answerTo } from "../../../src/conformance/protocol/serve.ts";
import { opShapes } from "../../../src/conformance/protocol/shapes.ts";
import type { Testee } from "../../../src/conformance/run/testee.ts";
import { NANO_MODELS, seededTensors } from "../../../src/conformance/vectors/nano.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { readFile } from "../../support/files.ts";
import { definition, flaws, type Schema } from "../../support/json-schema.ts";

const json = (name: string) =>
  JSON.parse(new TextDecoder().decode(readFile(`fixtures/conformance/${name}`)));
const protocol: Schema = json("protocol.schema.json");

const [{ name, config, tensors }] = NANO_MODELS;
const model = { name, config, tensors: seededTensors(tensors) };
const x = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
const add = {
  op: "add",
  attrs: {},
  inputs: new Map([
    ["x", x],
    ["y", x],
  ]),
} as const;

/** Sizes of the tokenizers that were loaded. */
const loaded: number[] = [];
const disk = { openModel: async () => model, readFile: async () => new Uint8Array(7) };

/** What each request is answered with, by a testee that does everything. */
const able: Testee = {
  info: { name: "able", accuracy: "float64", device: "paper" },
  async load() {},
  async reset() {},
  async forward({ ids, pos }) {
    const both = tensor(Float64Array.of(ids.length, pos), [1, 2]);
    return new Map([
      ["logits", both],
      ["hook_embed", both],
      ["ln_final.hook_out", both],
    ]);
  },
  async op({ op, inputs }) {
    return new Map([["out", inputs.get(op === "add" ? "y" : "ids") ?? x]]);
  },
  encode: async (text) => Array.from(text, (letter) => letter.length),
  decode: async (ids) => ids.join(" "),
  loadTokenizer: async (_, model) => void loaded.push(model.length),
  answer: async (ids) => `answer ${ids}`,
  encodeChat: async (messages) => messages.map(({ content }) => content.length),
};

const REQUESTS: readonly Request[] = [
  { do: "hello", protocol: PROTOCOL, suite: "2026.11", tokenizer: "/tmp/tokenizer.model" },
  loadRequest(model, "/tmp/mqa"),
  { do: "reset" },
  forwardRequest({ ids: [2, 3, 4], pos: 5 }, ["logits", "blocks.0.attn.hook_rot_k", "hook_embed"]),
  opRequest(add, [...opShapes(add).keys()]),
  opRequest({ ...add, op: "embed", inputs: new Map([["ids", tensor(Float32Array.of(7), [1])]]) }, [
    "out",
  ]),
  { do: "encode", text: "a\u2028" },
  { do: "decode", ids: [5] },
  { do: "chat", messages: [{ role: "user", content: "Hi" }] },
  { do: "tokenizer", path: "/tmp/ties.model" },
  { do: "answer", ids: [5, 1] },
  { do: "bye" },
];
const sent = (request: Request) => JSON.parse(requestLine(9, request));
const answer = (request: unknown, testee: Testee = able) => answerTo(testee, request, disk);

describe.each(REQUESTS)("request $do", (request) => {
  it("is one line, as the schema says", () => {
    expect(requestLine(9, request)).toMatch(/^\{"seq":9,"do":"[a-z]+".*\}\n$/);
    expect(flaws(sent(request), definition(protocol, `${request.do}Request`))).toEqual([]);
    expect(flaws(sent(request), protocol)).toEqual([]);
  });

  it("is refused by the schema without one of its fields, or with one more", () => {
    const schema = definition(protocol, "request");
    for (const field of Object.keys(sent(request))) {
      if (request.do === "hello" && /suite|tokenizer/.test(field)) continue;
      const { [field]: _, ...rest } = sent(request);
      expect(flaws(rest, schema), field).not.toEqual([]);
    }
    expect(flaws({ ...sent(request), more: 1 }, schema)).not.toEqual([]);
  });
});

describe("an answer", () => {
  it.each<[index: number, kind: string, rest: object]>([
    [0, "helloAnswer", able.info],
    [1, "doneAnswer", {}],
    [2, "doneAnswer", {}],
    [
      4,
      "tapsAnswer",
      { taps: { out: { shape: [2, 2], dtype: "float32", base64: "AACAPwAAAEAAAEBAAACAQA==" } } },
    ],
    [6, "idsAnswer", { ids: [1, 1] }],
    [7, "textAnswer", { text: "5" }],
    [8, "idsAnswer", { ids: [2] }],
    [9, "doneAnswer", {}],
    [10, "textAnswer", { text: "answer 5,1" }],
  ])("of a testee that does everything to request %i is a %s", async (index, kind, rest) => {
    const said = await answer(sent(REQUESTS[index]));
    expect(said).toEqual({ seq: 9, ...rest });
    expect(flaws(said, definition(protocol, kind))).toEqual([]);
    expect(flaws(said, definition(protocol, "answer"))).toEqual([]);
  });

  it("has the taps that were asked for, and ids as numbers", async () => {
    const { taps } = (await answer(sent(REQUESTS[3]))) as {
      taps: Record<string, { shape: number[] }>;
    };
    expect(Object.keys(taps)).toEqual(["logits", "hook_embed"]);
    const embedded = (await answer(sent(REQUESTS[5]))) as { taps: { out: unknown } };
    expect(embedded.taps.out).toEqual({ shape: [1], dtype: "float64", base64: "AAAAAAAAHEA=" });
    expect(flaws(embedded, definition(protocol, "tapsAnswer"))).toEqual([]);
  });

  it("of one that does little is skip, with the reason, or error", async () => {
    const { info, load, reset } = able;
    const little: Testee = {
      info,
      load,
      reset,
      async forward() {
        throw new UnsupportedError({ op: "forward", hint: "no rewinding" });
      },
    };
    const skipped = await answer(sent(REQUESTS[3]), little);
    expect(skipped).toEqual({ seq: 9, skip: "no rewinding" });
    expect(flaws(skipped, definition(protocol, "skipAnswer"))).toEqual([]);
    for (const index of [4, 6, 7, 8, 9, 10]) {
      const { skip } = await answer(sent(REQUESTS[index]), little);
      expect(skip).toBe("not done by this testee");
    }
    const broken = { ...little, load: () => Promise.reject(new Error("no room")) };
    const failed = await answer(sent(REQUESTS[1]), broken);
    expect(failed).toEqual({ seq: 9, error: "no room" });
    expect(flaws(failed, definition(protocol, "errorAnswer"))).toEqual([]);
  });

  it("to what is no request says so", async () => {
    expect(await answer("hello?")).toEqual({
      seq: null,
      error: 'expected a request, got "hello?"',
    });
    expect(await answer({ seq: 3, do: "dance" })).toEqual({
      seq: 3,
      skip: "not done by this testee",
    });
    const { error } = await answer({
      seq: 4,
      do: "op",
      op: "add",
      attrs: {},
      inputs: { x: { shape: [1] } },
    });
    expect(error).toContain('"inputs.x" expected base64, or data');
  });

  it.each<object>([
    {
      seq: 1,
      taps: {
        out: [
          [1, 2],
          [3, 4],
        ],
      },
    },
    { seq: 1, taps: { out: { data: [1, null, "-Infinity"], shape: [3, 1] } } },
    { seq: 1, name: "e", more: "fields are not read" },
  ])("in lists is as the schema says, too: %j", (said) => {
    expect(flaws(said, definition(protocol, "answer"))).toEqual([]);
  });

  it.each<object>([
    { taps: {} },
    { seq: 1, taps: { out: { shape: [2], dtype: "float32", base64: "§" } } },
    { seq: 1, taps: { out: 5 } },
    { seq: 1, taps: { out: { shape: [1], dtype: "complex64", base64: "" } } },
  ])("that the schema refuses: %j", (said) => {
    expect(flaws(said, definition(protocol, "tapsAnswer"))).not.toEqual([]);
  });
});

describe("the manifest", () => {
  const schema: Schema = json("manifest.schema.json");
  const manifest = json("manifest.json");

  it("is as its schema says", () => {
    expect(flaws(manifest, schema)).toEqual([]);
  });

  it("would not be with a field too few, too many or of another kind, in any vector or model", () => {
    const kinds = ["op", "forward"];
    const isOf = (kind: string) => (vector: { kind: string }) => vector.kind === kind;
    const vectors = kinds.map((kind) => manifest.vectors.find(isOf(kind)));
    const changed = (change: (copy: typeof manifest) => void) => {
      const copy = structuredClone({ ...manifest, vectors });
      change(copy);
      return flaws(copy, schema).length;
    };
    expect(changed(() => {})).toBe(0);
    const isSeen = (where: string, change: (copy: typeof manifest) => void) =>
      expect(changed(change), where).toBeGreaterThan(0);
    for (const key of Object.keys(manifest)) isSeen(key, (copy) => delete copy[key]);
    for (const key of Object.keys(manifest.models.mqa)) {
      isSeen(key, ({ models }) => delete models.mqa[key]);
    }
    for (const at of kinds.keys()) {
      const put = (more: object) => (copy: typeof manifest) =>
        Object.assign(copy.vectors[at], more);
      for (const key of Object.keys(vectors[at])) {
        isSeen(key, put({ [key]: null }));
        if (key !== "agreement") isSeen(key, (copy) => delete copy.vectors[at][key]);
      }
      isSeen("more", put({ more: 1 }));
      isSeen("a class that there is not", put({ budgets: { float33: {} } }));
    }
    isSeen("a digest", ({ files }) => Object.assign(files, { "inputs.safetensors": "?" }));
  });
});

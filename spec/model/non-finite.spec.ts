import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { GemmaConfig } from "../../src/config.ts";
import { GEMMA_7B } from "../../src/config.ts";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { turnOfTheEventLoop } from "../../src/event-loop.ts";
import { embedList } from "../../src/generation/embeddings/embed.ts";
import { generate } from "../../src/generation/generate.ts";
import { generateBatch } from "../../src/generation/generate-batch.ts";
import { score } from "../../src/generation/likelihood/score.ts";
import { trace } from "../../src/interp/run/trace.ts";
import { Model } from "../../src/model/model.ts";
import { weightSpecs } from "../../src/model/weights/weights.ts";
import type { PrecisionName } from "../../src/tensor/precision.ts";
import { quantizeQ8_0 } from "../../src/tensor/quantized.ts";
import type { DType, RowSource, WeightSource } from "../../src/tensor/stored.ts";
import { randomTensors } from "../support/random.ts";

const CONFIG: GemmaConfig = {
  ...GEMMA_7B,
  vocabSize: 40,
  hiddenSize: 32,
  intermediateSize: 32,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  numKeyValueHeads: 1,
  headDim: 16,
  maxPositionEmbeddings: 32,
};
const UP = "model.layers.1.mlp.up_proj.weight";
const TABLE = "model.embed_tokens.weight";

/** A model of random float32 weights, with `change` made to the bytes of one. */
async function model(
  name: string,
  change: (bytes: Uint8Array) => Uint8Array,
  {
    dtype = "float32",
    precision = "float32",
    maxRows,
  }: { dtype?: DType; precision?: PrecisionName; maxRows?: number } = {},
): Promise<Model> {
  const tensors = randomTensors(CONFIG, 7);
  const source = tensors.get(name) as RowSource;
  const [rows] = source.shape;
  const bytes = change(await source.rows(0, rows));
  tensors.set(name, {
    ...source,
    dtype,
    rows: async (begin, end) =>
      bytes.slice((begin * bytes.length) / rows, (end * bytes.length) / rows),
  });
  const backend = cpuBackend({ precision, maxRows });
  return Model.load({ config: CONFIG, tensors, backend, name: "m" });
}

/** Puts float32 `value` at element `at`. */
const put = (at: number, value: number) => (bytes: Uint8Array) => {
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * at, value, true);
  return bytes;
};

function answer(loaded: Model): Promise<unknown> {
  const cache = loaded.createCache();
  return loaded.forward([2, 5, 7], cache).then(
    ({ data }) => data,
    (error) => error,
  );
}

describe("a weight that is not finite", () => {
  it.each([
    ["a projection", UP, 3 * 32 + 5, "[3, 5]"],
    ["a norm", "model.norm.weight", 9, "[9]"],
    ["the row of a token that is not in the prompt", TABLE, 30 * 32 + 1, "[30, 1]"],
  ])("is named when it is in %s", async (_, name, at, index) => {
    const error = (await answer(await model(name, put(at, Number.NaN)))) as FormatError;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      `forward: m: "${name}" expected finite numbers, got NaN at ${index}; ` +
        "the file is damaged; download it again and compare its SHA-256",
    );
  });

  it.each<[DType, (bytes: Uint8Array) => Uint8Array]>([
    ["float64", (b) => new Uint8Array(Float64Array.from(numbers(b), spoilt).buffer)],
    [
      "bfloat16",
      (b) => new Uint8Array(Uint16Array.from(numbers(b), (_, i) => (i === 37 ? 0x7fc0 : 0)).buffer),
    ],
    [
      "float16",
      (b) => new Uint8Array(Uint16Array.from(numbers(b), (_, i) => (i === 37 ? 0x7e00 : 0)).buffer),
    ],
    ["q8_0", (b) => nanScale(quantizeQ8_0(numbers(b)))],
  ])("is found in %s", async (dtype, change) => {
    const error = (await answer(await model(UP, change, { dtype }))) as FormatError;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.got).toBe(dtype === "q8_0" ? "NaN at [1, 0]" : "NaN at [1, 5]");
  });

  const last = weightSpecs(CONFIG).filter(({ name }) => !name.includes("layers.0."));
  it.each(last.map(({ name }) => name))("is found as ±∞ in %s", async (name) => {
    for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const error = (await answer(await model(name, put(5, value)))) as FormatError;
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toContain(`m: "${name}" expected finite numbers, got ${value} at [`);
      expect(error.hint).toMatch(/damaged, or was merged or converted in a dtype too small/);
    }
  });

  it.each<[DType, number]>([
    ["bfloat16", 0x7f80],
    ["float16", 0xfc00],
  ])("is found as ∞ in a last norm of %s, in every precision", async (dtype, infinity) => {
    const bits = (b: Uint8Array) =>
      new Uint8Array(Uint16Array.from(numbers(b), (_, i) => (i === 9 ? infinity : 0)).buffer);
    for (const precision of ["float64", "float32", "bfloat16"] as const) {
      const loaded = await model("model.norm.weight", bits, { dtype, precision });
      const error = (await answer(loaded)) as FormatError;
      expect(error).toBeInstanceOf(FormatError);
      expect(error.got).toBe(`${dtype === "float16" ? "-" : ""}Infinity at [9]`);
    }
  });

  it("stops forward, score, a generation greedy or drawn, and a batch, where it only makes logits infinite", async () => {
    const loaded = await model("model.norm.weight", put(9, Number.POSITIVE_INFINITY));
    const { data } = (await trace(loaded, [2, 5], { names: ["logits"] })).get("logits") ?? {};
    expect(Array.from(data as Float32Array, Math.abs)).toContain(Number.POSITIVE_INFINITY);
    expect(Array.from(data as Float32Array)).not.toContain(Number.NaN);
    const uses: Promise<unknown>[] = [
      loaded.forward([2, 5], loaded.createCache(), { logits: "all" }),
      score(loaded, [2, 5, 7]),
      embedList(loaded, [[2, 5]]),
      generate(loaded, undefined, [2, 5]).text(),
      generate(loaded, undefined, [2, 5], { temperature: 1 }).text(),
      generateBatch(loaded, undefined, [[2], [2, 5]]),
    ];
    for (const use of uses) await expect(use).rejects.toThrow('"model.norm.weight"');
  });

  it("is found behind a prompt whose own logits nobody wanted", async () => {
    const loaded = await model("model.layers.0.self_attn.v_proj.weight", put(5, Number.NaN));
    const cache = loaded.createCache();
    await loaded.forward([2, 5], cache, { logits: "none" });
    await expect(loaded.forward([7], cache)).rejects.toThrow('"model.layers.0.self_attn.v_proj');
  });

  it("is named with the file that it lies in", async () => {
    const loaded = await model(UP, put(5, Number.NaN));
    const sources = loaded.sources as Map<string, WeightSource>;
    sources.set(UP, { ...(sources.get(UP) as WeightSource), file: "m/second-of-two" });
    expect(((await answer(loaded)) as FormatError).file).toBe("m/second-of-two");
  });

  it("ends a generation before a token is drawn, and does not keep a trace from being looked at", async () => {
    const loaded = await model(UP, put(5, Number.NaN));
    await expect(generate(loaded, undefined, [2, 5]).next()).rejects.toThrow(FormatError);
    const taps = await trace(loaded, [2, 5], { names: ["logits"] });
    expect(taps.get("logits")?.data[0]).toBeNaN();
  });

  it("is searched for no longer than somebody waits", async () => {
    const loaded = await model("model.norm.weight", put(9, Number.NaN));
    const abort = new AbortController();
    let searched = 0;
    for (const source of loaded.sources.values()) {
      const { rows } = source;
      Object.assign(source, {
        rows: (begin: number, end: number, signal?: AbortSignal) => {
          searched++;
          abort.abort("enough");
          signal?.throwIfAborted();
          return rows(begin, end, signal);
        },
      });
    }
    const { signal } = abort;
    await expect(loaded.forward([2], loaded.createCache(), { signal })).rejects.toBe("enough");
    for (let i = 0; i < 5; i++) await turnOfTheEventLoop();
    expect(searched).toBe(1);
  });
});

describe("finite weights that are too large to compute with", () => {
  const LARGE = 3e38;
  /** All numbers of a weight, times `factor`. */
  const scaled = (factor: number) => (bytes: Uint8Array) =>
    new Uint8Array(Float32Array.from(numbers(bytes), (x) => x * factor).buffer);

  it.each<[string, string, (bytes: Uint8Array) => Uint8Array, string]>([
    ["a projection", UP, scaled(LARGE), "blocks.1.mlp.hook_pre_linear"],
    ["the embedding's scale, √32", TABLE, put(2 * 32, LARGE), "hook_embed"],
    ["the last norm", "model.norm.weight", filled(0, LARGE), "ln_final.hook_out"],
    ["one row of the table", TABLE, filled(30, LARGE), "logits"],
  ])("are named by where that shows first: %s", async (_, name, change, tap) => {
    const error = (await answer(await model(name, change))) as UnsupportedError;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(
      new RegExp(
        `^forward: m: "${tap}" expected finite numbers, as all weights are, got -?Infinity, in float32; ` +
          "something grew too large for it: try precision float64$",
      ),
    );
    const wide = await answer(await model(name, change, { precision: "float64" }));
    expect((wide as Float64Array).every(Number.isFinite)).toBe(true);
  });

  it("are looked for from the first pass of a prompt, though only the last has logits", async () => {
    const loaded = await model(TABLE, put(5 * 32, LARGE), { maxRows: 2 });
    const feeding = loaded.forward([5, 7, 9, 11, 13], loaded.createCache());
    await expect(feeding).rejects.toThrow('"hook_embed" expected finite numbers');
  });

  it("concern the call whose tokens they are, and no other that shares its passes", async () => {
    const loaded = await model(TABLE, put(5 * 32, LARGE));
    const [a, b, c] = [0, 1, 2].map(() => loaded.createCache());
    const wanted = await loaded.forward([7, 9], loaded.createCache());
    const calls = [
      loaded.forward([7, 9], a),
      loaded.forward([2, 5, 7], b),
      loaded.forward([2, 5], c),
    ];
    const settled = await Promise.allSettled(calls);
    expect(settled[0]).toMatchObject({ value: wanted });
    for (const failed of settled.slice(1)) {
      const { reason } = failed as PromiseRejectedResult;
      expect(reason.message).toContain('"hook_embed" expected finite numbers, as all weights are');
      expect(reason.message).toContain("got Infinity, in float32");
    }
    expect([a, b, c].map(({ length }) => length)).toEqual([2, 0, 0]);
    const next = await loaded.forward([11], a);
    expect(next.data).toEqual((await loaded.forward([7, 9, 11], loaded.createCache())).data);
  });

  it("that several calls meet are looked for once, where a weight is damaged", async () => {
    const loaded = await model(UP, put(5, Number.NaN));
    let searched = 0;
    const source = loaded.sources.get(UP) as WeightSource;
    const { rows } = source;
    Object.assign(source, {
      rows: (...range: Parameters<typeof rows>) => {
        searched++;
        return rows(...range);
      },
    });
    const calls = [0, 1, 2].map(() => loaded.forward([2, 5, 7], loaded.createCache()));
    for (const call of calls) await expect(call).rejects.toThrow(`"${UP}"`);
    expect(searched).toBe(1);
  });

  it("are told with the prompt of a batch that they show in", async () => {
    const loaded = await model(TABLE, put(5 * 32, LARGE));
    const [a, b] = [loaded.createCache(), loaded.createCache()];
    const batch = [
      { ids: [7, 9], cache: a },
      { ids: [2, 5, 7], cache: b },
    ];
    const got = (where: string) =>
      `"hook_embed" expected finite numbers, as all weights are, got Infinity for ${where}, in`;
    await expect(loaded.forward(batch)).rejects.toThrow(got("batch[1]"));
    const prompts = [[2], [2, 7], [2, 5]];
    const generating = generateBatch(loaded, undefined, prompts, { maxTokens: 2 });
    await expect(generating).rejects.toThrow(got("prompts[2]"));
  });
});

/** Puts float32 `value` at every element of row `row`, of 32. */
function filled(row: number, value: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    for (let c = 0; c < 32; c++) put(row * 32 + c, value)(bytes);
    return bytes;
  };
}

function numbers(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function spoilt(x: number, i: number): number {
  return i === 37 ? Number.NaN : x;
}

/** The float16 scale of the second row's only block. */
function nanScale(blocks: Uint8Array): Uint8Array {
  blocks.set([0x00, 0x7e], 34);
  return blocks;
}

import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { GemmaConfig } from "../../src/config.ts";
import { GEMMA_7B } from "../../src/config.ts";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { generate } from "../../src/generation/generate.ts";
import { trace } from "../../src/interp/trace.ts";
import { Model } from "../../src/model/model.ts";
import type { PrecisionName } from "../../src/tensor/precision.ts";
import { quantizeQ8_0 } from "../../src/tensor/quantized.ts";
import type { DType, RowSource } from "../../src/tensor/stored.ts";
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
  { dtype = "float32", precision = "float32" }: { dtype?: DType; precision?: PrecisionName } = {},
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
  const backend = cpuBackend({ precision });
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

describe("a weight that is no number", () => {
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

  it("is found as an infinity that makes NaN", async () => {
    const error = (await answer(await model(UP, put(5, Number.POSITIVE_INFINITY)))) as FormatError;
    expect(error.got).toBe("Infinity at [0, 5]");
  });

  it("ends a generation before a token is drawn, and does not keep a trace from being looked at", async () => {
    const loaded = await model(UP, put(5, Number.NaN));
    await expect(generate(loaded, undefined, [2, 5]).next()).rejects.toThrow(FormatError);
    const taps = await trace(loaded, [2, 5], { names: ["logits"] });
    expect(taps.get("logits")?.data[0]).toBeNaN();
  });

  it("is not blamed where the arithmetic overflows", async () => {
    const huge = (bytes: Uint8Array) => {
      const values = numbers(bytes);
      return new Uint8Array(Float32Array.from(values, (x) => x * 3e38).buffer);
    };
    const error = (await answer(await model(UP, huge))) as UnsupportedError;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(
      /m: "blocks.1.mlp.hook_post" expected numbers.*got NaN, in float32.*try precision float64/,
    );
    const wide = await answer(await model(UP, huge, { precision: "float64" }));
    expect((wide as Float64Array).every(Number.isFinite)).toBe(true);
  });

  it("is searched for no longer than somebody waits", async () => {
    const loaded = await model("model.norm.weight", put(9, Number.NaN));
    const abort = new AbortController();
    for (const source of loaded.sources.values()) {
      const { rows } = source;
      Object.assign(source, {
        rows: (begin: number, end: number, signal?: AbortSignal) => {
          abort.abort("enough");
          signal?.throwIfAborted();
          return rows(begin, end, signal);
        },
      });
    }
    const { signal } = abort;
    await expect(loaded.forward([2], loaded.createCache(), { signal })).rejects.toBe("enough");
  });
});

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

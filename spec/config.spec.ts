import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countParameters, GEMMA_2B, GEMMA_7B } from "../src/config.ts";
import { FormatError, GemmaError, UnsupportedError } from "../src/errors.ts";
import { fromHfConfig, toHfConfig } from "../src/hf-config.ts";
import { weightSpecs } from "../src/model/weights/weights.ts";
import { readJson } from "./support/goldens.ts";
import { anyConfig } from "./support/random.ts";

const published = readJson<Record<string, unknown>>("mqa/config.json");

describe("countParameters", () => {
  it("gives the published totals for the 256,000 rows of the released checkpoints", () => {
    expect(countParameters(GEMMA_2B).total).toBe(2_506_172_416);
    expect(countParameters(GEMMA_7B).total).toBe(8_537_680_896);
  });

  it("gives the report's Table 2 for its own vocabulary", () => {
    const report = (config: typeof GEMMA_2B) => countParameters({ ...config, vocabSize: 256128 });
    expect(report(GEMMA_2B)).toMatchObject({ embedding: 524_550_144, nonEmbedding: 1_981_884_416 });
    expect(report(GEMMA_7B)).toMatchObject({ embedding: 786_825_216, nonEmbedding: 7_751_248_896 });
  });

  it.each([GEMMA_2B, GEMMA_7B])("is the size of the tensors of a checkpoint", (config) => {
    const sizes = weightSpecs(config).map(({ shape }) => shape.reduce((a, b) => a * b));
    expect(sizes.reduce((a, b) => a + b)).toBe(countParameters(config).total);
    expect(sizes).toHaveLength(config === GEMMA_2B ? 164 : 254);
  });
});

describe("toHfConfig", () => {
  it("says what fromHfConfig reads, by the keys of a published config.json", () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        expect(fromHfConfig(toHfConfig(config, "bfloat16"))).toEqual(config);
      }),
      { numRuns: 100 },
    );
    const written = toHfConfig(fromHfConfig(published), "bfloat16");
    for (const key of Object.keys(published)) {
      if (key in written && !key.startsWith("hidden_act")) {
        expect([key, written[key]]).toEqual([key, published[key]]);
      }
    }
  });
});

describe("fromHfConfig", () => {
  it("reads a published config.json", () => {
    expect(fromHfConfig(published)).toEqual({
      vocabSize: 320,
      hiddenSize: 64,
      intermediateSize: 96,
      numHiddenLayers: 2,
      numAttentionHeads: 4,
      numKeyValueHeads: 1,
      headDim: 16,
      maxPositionEmbeddings: 256,
      rmsNormEps: 1e-6,
      ropeTheta: 10000,
      padTokenId: 0,
      eosTokenId: 1,
      bosTokenId: 2,
    });
  });

  it("ignores hidden_act, which is wrong in the 1.0 files, and keys it does not know", () => {
    const config = fromHfConfig({ ...published, hidden_act: "gelu", transformers_version: "4.38" });
    expect(config).toEqual(fromHfConfig(published));
  });

  it("finds rope_theta where newer files nest it, and defaults where they leave it out", () => {
    const { rope_theta: _, ...rest } = published;
    const nested = { ...rest, rope_parameters: { rope_theta: 5000, rope_type: "default" } };
    expect(fromHfConfig(nested).ropeTheta).toBe(5000);
    expect(fromHfConfig(rest).ropeTheta).toBe(10000);
  });

  it.each([
    { rope_scaling: null },
    { rope_scaling: { rope_type: "default" } },
    { rope_scaling: { type: "default" } },
    { rope_parameters: { rope_type: "default" } },
    { rope_parameters: { type: "default" }, rope_scaling: "default" },
  ])("takes %j, which scales nothing", (fields) => {
    expect(fromHfConfig({ ...published, ...fields })).toEqual(fromHfConfig(published));
  });

  it.each([
    { rope_scaling: { rope_type: "linear", factor: 2 } },
    { rope_scaling: { type: "dynamic", factor: 2 } },
    { rope_scaling: { factor: 2 } },
    { rope_scaling: 2 },
    { rope_parameters: { rope_type: "yarn" } },
    { rope_scaling: { type: "default" }, rope_parameters: { type: "linear" } },
  ])("refuses %j, which stretches the context", (fields) => {
    expect(() => fromHfConfig({ ...published, ...fields })).toThrow(UnsupportedError);
    expect(() => fromHfConfig({ ...published, ...fields })).toThrow('"rope_scaling" expected none');
  });

  it("shows values that JSON cannot, and no more of them than helps", () => {
    const pit = JSON.parse("[".repeat(1e5) + "]".repeat(1e5));
    for (const value of [2n ** 60n, pit, new Array(1e5).fill(7), () => 1]) {
      for (const key of ["hidden_size", "model_type", "attention_bias", "rope_scaling"]) {
        const read = () => fromHfConfig({ ...published, [key]: value });
        expect(read).toThrow(GemmaError);
        expect(read).toThrow(/^.{50,400}$/);
      }
    }
  });

  it.each(["gemma2", "gemma3_text", "llama", undefined])(
    "refuses a model_type of %s",
    (model_type) => {
      expect(() => fromHfConfig({ ...published, model_type })).toThrow(UnsupportedError);
    },
  );

  it.each([
    ["hidden_size", 0],
    ["hidden_size", -64],
    ["hidden_size", 64.5],
    ["hidden_size", "64"],
    ["hidden_size", undefined],
    ["hidden_size", Number.NaN],
    ["hidden_size", 2 ** 60],
    ["rms_norm_eps", 0],
    ["rope_theta", Number.POSITIVE_INFINITY],
    ["head_dim", 15],
    ["num_key_value_heads", 3],
    ["bos_token_id", 320],
    ["eos_token_id", -1],
  ])("refuses %s of %s, by name", (key, value) => {
    const broken = { ...published, [key]: value };
    expect(() => fromHfConfig(broken, "broken.json")).toThrow(FormatError);
    expect(() => fromHfConfig(broken, "broken.json")).toThrow(
      `fromHfConfig: broken.json: "${key}"`,
    );
  });

  it.each([null, [], "text", 3])("refuses %j, which is no JSON object", (json) => {
    expect(() => fromHfConfig(json)).toThrow(FormatError);
  });

  it("refuses biases and attention both ways, which no Gemma 1 has", () => {
    for (const key of ["attention_bias", "use_bidirectional_attention"]) {
      expect(() => fromHfConfig({ ...published, [key]: true })).toThrow(UnsupportedError);
      expect(fromHfConfig({ ...published, [key]: null })).toEqual(fromHfConfig(published));
    }
  });

  it("says of an output that is not tied that it is not, for the weights to show", () => {
    expect(fromHfConfig({ ...published, tie_word_embeddings: false })).toEqual({
      ...fromHfConfig(published),
      tieWordEmbeddings: false,
    });
  });
});

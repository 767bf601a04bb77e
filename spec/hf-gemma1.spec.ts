import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../src/errors.ts";
import { fromHfConfig } from "../src/hf-config.ts";
import { readJson } from "./support/goldens.ts";
import { thrownBy } from "./support/thrown-by.ts";

const published = readJson<Record<string, unknown>>("mqa/config.json");
const refusal = (fields: object) => {
  const error = thrownBy(() => fromHfConfig({ ...published, ...fields }));
  expect(error).toBeInstanceOf(UnsupportedError);
  return error.message;
};

describe("the activation", () => {
  // "gelu" is what the 1.0 files say, and the tanh form what they mean (transformers#49051).
  it.each([null, "gelu", "gelu_pytorch_tanh", "gelu_new", "gelu_fast"])("may be %j", (name) => {
    for (const key of ["hidden_act", "hidden_activation"]) {
      expect(fromHfConfig({ ...published, [key]: name })).toEqual(fromHfConfig(published));
    }
  });

  it.each(["relu", "silu", "quick_gelu", "gelu_10", 3])("is refused as %j", (name) => {
    for (const key of ["hidden_act", "hidden_activation"]) {
      expect(refusal({ [key]: name })).toBe(
        `fromHfConfig: config.json: "${key}" expected "gelu_pytorch_tanh", as in every Gemma 1, got ${JSON.stringify(name)}; this library runs Gemma 1 only; this is another architecture`,
      );
    }
  });
});

describe("weights that others quantised", () => {
  // The fields of bitsandbytes, GPTQ, AWQ, EXL2, compressed-tensors and MLX are as reported from the field; the other
  // methods are known by name only.
  it.each<[string, object, string]>([
    [
      "bitsandbytes in 4 bits",
      { quantization_config: { quant_method: "bitsandbytes", load_in_4bit: true } },
      "bitsandbytes, 4 bits",
    ],
    [
      "bitsandbytes in 8 bits, before it wrote its name",
      { quantization_config: { load_in_8bit: true, llm_int8_threshold: 6 } },
      "bitsandbytes, 8 bits",
    ],
    ["GPTQ", { quantization_config: { quant_method: "gptq", bits: 4 } }, "GPTQ, 4 bits"],
    ["AWQ", { quantization_config: { quant_method: "awq", bits: 4 } }, "AWQ, 4 bits"],
    [
      "EXL2",
      { quantization_config: { quant_method: "exl2", bits: 4.25 } },
      "ExLlamaV2's EXL2, 4.25 bits",
    ],
    ["FP8", { quantization_config: { quant_method: "fp8", activation_scheme: "dynamic" } }, "FP8"],
    [
      "compressed-tensors",
      { quantization_config: { quant_method: "compressed-tensors", format: "float-quantized" } },
      '"compressed-tensors"',
    ],
    [
      "older compressed-tensors",
      { compression_config: { quant_method: "compressed-tensors" } },
      '"compressed-tensors"',
    ],
    ["HQQ", { quantization_config: { quant_method: "hqq" } }, "HQQ"],
    ["AQLM", { quantization_config: { quant_method: "aqlm" } }, "AQLM"],
    ["Quanto", { quantization_config: { quant_method: "quanto" } }, "Quanto"],
    ["EETQ", { quantization_config: { quant_method: "eetq" } }, "EETQ"],
    [
      "MLX",
      {
        quantization: { group_size: 64, bits: 4 },
        quantization_config: { group_size: 64, bits: 4 },
      },
      "MLX, 4 bits",
    ],
    ["whatever comes next", { quantization_config: { quant_method: "new" } }, '"new"'],
    ["something without a name", { quantization_config: { a: 1 } }, '{"a": 1}'],
  ])("are refused by what their config says: %s", (_, fields, got) => {
    const message = refusal(fields);
    expect(message).toContain(
      `expected weights that nobody quantised, got weights quantised by ${got};`,
    );
    expect(message).toMatch(
      /get the model they were made from, or a GGUF file of it in Q8_0 or Q4_0$/,
    );
  });

  const off = { load_in_4bit: false, load_in_8bit: false };
  it.each([
    { quantization_config: null },
    { quantization_config: {} },
    { quantization: false },
    { quantization_config: off },
    { quantization_config: { quant_method: "bitsandbytes", ...off, llm_int8_threshold: 6 } },
    { quantization_config: { quant_method: null, bits: null } },
  ])("are not those of %j", (fields) => {
    expect(fromHfConfig({ ...published, ...fields })).toEqual(fromHfConfig(published));
  });

  it.each([
    { quant_method: "gptq", ...off },
    { quant_method: "bitsandbytes", load_in_4bit: false },
    { quant_method: "bitsandbytes" },
  ])("are those of %j", (quantization_config) => {
    expect(refusal({ quantization_config })).toContain("got weights quantised by ");
  });
});

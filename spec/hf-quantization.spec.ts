import { describe, expect, it } from "vitest";
import { refusals, UnsupportedError } from "../src/errors.ts";
import { fromHfConfig } from "../src/hf-config.ts";
import { type Quantization, quantizationName, readQuantization } from "../src/hf-quantization.ts";
import { readJson } from "./support/goldens.ts";
import { thrownBy } from "./support/thrown-by.ts";

const published = readJson<Record<string, unknown>>("mqa/config.json");
const refusal = (fields: object) => {
  const error = thrownBy(() => fromHfConfig({ ...published, ...fields }));
  expect(error).toBeInstanceOf(UnsupportedError);
  return error.message;
};

describe("weights that others quantised", () => {
  // The fields of GPTQ, AWQ, EXL2 and compressed-tensors are as reported from the field; the other
  // methods are known by name only.
  it.each<[string, object, string]>([
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

  it.each<[string, object, Quantization]>([
    [
      "bitsandbytes in 4 bits",
      { quantization_config: { quant_method: "bitsandbytes", load_in_4bit: true } },
      { by: "bitsandbytes", bits: 4 },
    ],
    [
      "bitsandbytes in 8 bits, before it wrote its name",
      { quantization_config: { load_in_8bit: true, llm_int8_threshold: 6 } },
      { by: "bitsandbytes", bits: 8 },
    ],
    [
      "MLX, in one field and in two",
      {
        quantization: { group_size: 32, bits: 8, mode: "affine" },
        quantization_config: { group_size: 32, bits: 8, mode: "affine" },
      },
      { by: "MLX", groupSize: 32, bits: 8, layers: new Map() },
    ],
    [
      "MLX, in the second field alone",
      { quantization_config: { group_size: 32, bits: 8 } },
      { by: "MLX", groupSize: 32, bits: 8, layers: new Map() },
    ],
    [
      "MLX, layer by layer",
      { quantization: { "model.norm": false, lm_head: true, x: { bits: 6 }, bits: 3 } },
      { by: "MLX", groupSize: 64, bits: 3, layers: new Map([["x", { groupSize: 64, bits: 6 }]]) },
    ],
  ])("are read: those of %s", (_, fields, expected) => {
    expect(fromHfConfig({ ...published, ...fields })).toEqual(fromHfConfig(published));
    expect(readQuantization({ ...published, ...fields }, refusals("x"))).toEqual(expected);
  });

  it("have a name", () => {
    expect(quantizationName({ by: "bitsandbytes", bits: 4 })).toBe("bitsandbytes, 4 bits");
    const mlx = { by: "MLX", groupSize: 64, bits: 4, layers: new Map() } as const;
    expect(quantizationName(mlx)).toBe("MLX, 4 bits in groups of 64");
    const mixed = { ...mlx, layers: new Map([["x", mlx]]) };
    expect(quantizationName(mixed)).toBe("MLX, 4 bits in groups of 64, some layers otherwise");
  });
});

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

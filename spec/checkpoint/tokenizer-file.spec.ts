import { describe, expect, it } from "vitest";
import { tokenizerFile } from "../../src/checkpoint/tokenizer-file.ts";
import { FormatError } from "../../src/errors.ts";
import { parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { FIXTURE_BYTES } from "../support/tokenizer-fixture.ts";

describe("tokenizerFile", () => {
  const model = parseModelProto(FIXTURE_BYTES);

  it("hands on what it was made from, and makes the other from it", () => {
    const ofBytes = tokenizerFile(FIXTURE_BYTES, "tokenizer.model");
    expect(ofBytes.bytes()).toBe(FIXTURE_BYTES);
    expect(ofBytes.model()).toEqual(model);
    const ofModel = tokenizerFile(model, "x.gguf");
    expect(ofModel.model()).toBe(model);
    expect(parseModelProto(ofModel.bytes())).toEqual(model);
  });

  it("names the file if it is damaged, when the model is asked for", () => {
    const damaged = tokenizerFile(FIXTURE_BYTES.subarray(0, 1000), "m/tokenizer.model");
    expect(damaged.bytes()).toHaveLength(1000);
    expect(() => damaged.model()).toThrow(FormatError);
    expect(() => damaged.model()).toThrow(/^\w+: m\/tokenizer\.model/);
  });
});

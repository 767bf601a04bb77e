import { describe, expect, it } from "vitest";
import { FormatError, GemmaError, ShapeError } from "../src/errors.ts";

describe("an error", () => {
  it("is one sentence: what, expected, got, and the next step", () => {
    const error = new ShapeError({
      op: "rmsNorm",
      argument: "weight",
      expected: "[2048]",
      got: "[256]",
      hint: "is this another model?",
    });
    expect(error.message).toBe(
      'rmsNorm: "weight" expected [2048], got [256]; is this another model?',
    );
  });

  it("names the file first, if there is one", () => {
    const error = new FormatError({ op: "open", file: "a.bin", argument: "x", got: "y" });
    expect(error.message).toBe('open: a.bin: "x" got y');
  });

  it("carries its parts as fields, and its class as its name", () => {
    const error = new FormatError({ op: "open", file: "a.bin", expected: "x", got: "y" });
    expect(error).toBeInstanceOf(GemmaError);
    expect(error).toMatchObject({
      name: "FormatError",
      op: "open",
      file: "a.bin",
      expected: "x",
      got: "y",
    });
  });
});

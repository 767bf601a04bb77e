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

  it("shows control characters as escapes, and keeps them in its fields", () => {
    const argument = "x\u001b]0;title\u0007\u009b2J\u007f\r\n";
    const error = new FormatError({ op: "open", argument, got: "é ▁ \u{1f600}" });
    const shown = "x\\u001b]0;title\\u0007\\u009b2J\\u007f\\u000d\\u000a";
    expect(error.message).toBe(`open: "${shown}" got é ▁ \u{1f600}`);
    expect(error.argument).toBe(argument);
  });

  it("cuts a part that is longer than anyone reads, but not the field", () => {
    const argument = "x".repeat(1e6);
    const error = new FormatError({ op: "open", argument, got: "y", hint: "z" });
    expect(error.message).toBe(`open: "${"x".repeat(1000)}…" got y; z`);
    expect(error.argument).toBe(argument);
  });
});

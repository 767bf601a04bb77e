import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  FormatError,
  GemmaError,
  refusals,
  ShapeError,
  SourceError,
  UnsupportedError,
} from "../src/errors.ts";

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

describe("refusals", () => {
  const refuse = refusals("openThing", "a.bin");

  it.each([
    ["argument", ArgumentError],
    ["shape", ShapeError],
    ["format", FormatError],
    ["source", SourceError],
    ["unsupported", UnsupportedError],
  ] as const)("says op and file once: %s", (kind, Type) => {
    const cause = new Error("disk");
    const error = refuse[kind]("x", "a number", "a text", "write a number", cause);
    expect(error).toBeInstanceOf(Type);
    expect(error.name).toBe(Type.name);
    expect(error.cause).toBe(cause);
    expect(error.message).toBe(
      'openThing: a.bin: "x" expected a number, got a text; write a number',
    );
  });

  it("shows numbers and shapes, and has no cause unless there is one", () => {
    expect(refuse.shape(undefined, "[2]", [3, 4]).message).toBe(
      "openThing: a.bin expected [2], got [3, 4]",
    );
    expect("cause" in refuse.format("x", "1", 2n)).toBe(false);
  });

  it("ends with the hint of its class, unless it brings its own", () => {
    const hinted = refusals("openThing", "a.bin", { format: "get it again" });
    expect(hinted.format("x", "1", 2).message).toBe(
      'openThing: a.bin: "x" expected 1, got 2; get it again',
    );
    expect(hinted.format("x", "1", 2, "buy another").hint).toBe("buy another");
    expect(hinted.unsupported("x", "1", 2).hint).toBeUndefined();
  });

  it("takes words, numbers and shapes; a caller's value goes through brief", () => {
    const value: unknown = "anything";
    // @ts-expect-error a text of unknown length and content
    expect(refuse.argument("x", "y", value)).toBeInstanceOf(ArgumentError);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonObject } from "../../src/checkpoint/json.ts";
import { FormatError } from "../../src/errors.ts";

const parse = (text: string | Uint8Array) =>
  parseJsonObject(
    typeof text === "string" ? new TextEncoder().encode(text) : text,
    "read",
    "config.json",
  );

describe("parseJsonObject", () => {
  it("reads what JSON.parse reads, whatever strings and nesting it holds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), (value, indented) => {
        const text = JSON.stringify(value, null, indented ? 2 : 0);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ["in the object", '{"a": 1, "b": [1, 2], "a": 2}', "a"],
    ["inside one of its values", '{"a": {"x": {}, "y": 1, "x": {}}}', "x"],
    ["inside a list", '{"a": [{"x": 1}, {"x": 1, "x": 1}]}', "x"],
    ["spelled with an escape", '{"a": 1, "\\u0061": 2}', "a"],
    ["that holds quotes and braces", '{"}\\",{": 1, "}\\",{": 2}', '}",{'],
  ])("refuses a key that comes twice %s", (_, text, key) => {
    expect(() => parse(text)).toThrow(
      `read: config.json: "${key}" expected the key once, got it twice`,
    );
  });

  it("takes one key in several objects, and as a value", () => {
    expect(parse('{"a": {"a": "a"}, "b": [{"a": 1}, {"a": 2}, "a", "a"]}')).toHaveProperty("b");
  });

  it.each([
    ["[1]", "an array"],
    ["null", "null"],
    ['"x"', "a string"],
    ["", "Unexpected end of JSON input"],
    [Uint8Array.of(0x7b, 0xff, 0x7d), "bytes that are not UTF-8"],
    ["version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"],
    ["<!DOCTYPE html>", "a web page"],
  ])("refuses %j, saying what it is", (text, got) => {
    expect(() => parse(text)).toThrow(FormatError);
    expect(() => parse(text)).toThrow(got);
  });
});

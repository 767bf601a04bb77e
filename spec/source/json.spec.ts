import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { parseJsonObject } from "../../src/source/json.ts";
import { RUNS } from "../support/fuzz.ts";

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
    ["lists", "[".repeat(1e5), "]".repeat(1e5)],
    ["objects", '{"a":'.repeat(1e5), `1${"}".repeat(1e5)}`],
    ["lists that never close", "[".repeat(1e5), ""],
  ])("refuses %s nested too deep", (_, opening, closing) => {
    const text = `{"a": ${opening}${closing}}`;
    expect(() => parse(text)).toThrow(FormatError);
    expect(() => parse(text)).toThrow("expected values nested at most 64 deep, got deeper nesting");
  });

  it("refuses more values than any file has, before it builds them", () => {
    const text = `{"a": [${"{},".repeat(2 ** 21)}{}]}`;
    expect(() => parse(text)).toThrow("expected at most 4194304 values, got more");
  });

  it("takes keys that come once, among any number in one object", () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `"key ${i}": {"x": ${i}}`);
    expect(Object.keys(parse(`{${keys.join()}}`))).toHaveLength(50_000);
    expect(() => parse(`{${keys.join()}, "key 7": 1}`)).toThrow('"key 7" expected the key once');
    expect(() => parse('{"": 1, "": 2}')).toThrow('"" expected the key once');
  });

  it("is a typed error, or what JSON.parse says, for any text (fuzz)", () => {
    const token = fc.constantFrom(...'{}[],:"\\', '"a"', '"\\u0061"', '"\\u00"', "1", "null", " ");
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        const text = `{${tokens.join("")}`;
        try {
          expect(parse(text)).toEqual(JSON.parse(text));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    ["[1]", "an array"],
    ["null", "null"],
    ['"x"', "a string"],
    ["", "an empty file; download it again"],
    [Uint8Array.of(0x7b, 0xff, 0x7d), "bytes that are not UTF-8"],
    ["version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"],
    ["<!DOCTYPE html>", "a web page"],
  ])("refuses %j, saying what it is", (text, got) => {
    expect(() => parse(text)).toThrow(FormatError);
    expect(() => parse(text)).toThrow(got);
  });
});

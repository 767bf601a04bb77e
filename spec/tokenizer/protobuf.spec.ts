import { describe, expect, it } from "vitest";
import { FormatError, refusals } from "../../src/errors.ts";
import { ProtoReader, tag, WireType } from "../../src/tokenizer/protobuf.ts";
import { thrownBy } from "../support/thrown-by.ts";

const { VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 } = WireType;

function read(...bytes: number[]): ProtoReader {
  const refuse = refusals("read", "x.bin");
  const reader = new ProtoReader({ bytes: Uint8Array.from(bytes), refuse });
  reader.next();
  return reader;
}

describe("ProtoReader", () => {
  it("reads the documentation's example: field 1, varint 150, is 08 96 01", () => {
    const reader = read(0x08, 0x96, 0x01);
    expect(reader.tag).toBe(tag(1, VARINT));
    expect(reader.varint()).toBe(150);
    expect(reader.next()).toBe(false);
  });

  it('reads the documentation\'s example: field 2, "testing"', () => {
    const reader = read(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);
    expect(reader.tag).toBe(tag(2, LENGTH_DELIMITED));
    expect(reader.string()).toBe("testing");
  });

  it("reads a float32, little-endian", () => {
    const reader = read(0x15, 0x00, 0x00, 0x20, 0xc1);
    expect(reader.tag).toBe(tag(2, FIXED32));
    expect(reader.float()).toBe(-10);
  });

  it("takes -1, ten bytes long, for no small number and for true", () => {
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect(read(0x08, ...minusOne).varint()).toBeGreaterThan(2 ** 53);
    expect(read(0x08, ...minusOne).bool()).toBe(true);
  });

  it("keeps a byte order mark, which is a character of the text", () => {
    expect(read(0x0a, 0x03, 0xef, 0xbb, 0xbf).string()).toBe("\uFEFF");
  });

  it("steps over values of all four wire types", () => {
    const reader = read(
      ...[0x08, 0x96, 0x01],
      ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0x1a, 2, 9, 9],
      ...[0x25, 1, 2, 3, 4],
      ...[0x28, 7],
    );
    const tags = [reader.tag];
    while (tags.length < 5) {
      reader.skip();
      reader.next();
      tags.push(reader.tag);
    }
    expect(tags).toEqual([
      tag(1, VARINT),
      tag(2, FIXED64),
      tag(3, LENGTH_DELIMITED),
      tag(4, FIXED32),
      tag(5, VARINT),
    ]);
    expect(reader.varint()).toBe(7);
  });

  it("does not let an inner message reach beyond its own end", () => {
    const inner = read(0x0a, 0x02, 0x0a, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61).message();
    inner.next();
    expect(() => inner.string()).toThrow(/expected 5 more bytes, got 0/);
  });

  it.each([
    ["a varint that does not end", [0x08, 0x80]],
    ["a varint of eleven bytes", [0x08, ...Array(10).fill(0x80), 0x01]],
    ["a length beyond the end", [0x0a, 0x05, 0x61]],
    ["a length beyond 2^53", [0x0a, ...Array(9).fill(0xff), 0x01]],
    ["a float cut short", [0x0d, 0, 0, 0]],
    ["a 64-bit value cut short", [0x09, 0, 0, 0]],
    ["a group", [0x0b]],
    ["wire type 7", [0x0f]],
  ])("refuses %s with a FormatError that says where", (_, bytes) => {
    const error = thrownBy(() => read(...bytes).skip());
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/^read: x\.bin: "byte \d+" expected .*, got /);
  });

  it.each([
    ["field number 0", [0x00, 0x00]],
    ["a field number of 40 bits", [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ])("refuses %s", (_, bytes) => {
    expect(() => read(...bytes)).toThrow(FormatError);
  });

  it.each([
    ["a lone trail byte", [0x80]],
    ["an overlong /", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a character cut short", [0xe2, 0x96]],
    ["a code point beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("refuses text with %s", (_, bytes) => {
    expect(() => read(0x0a, bytes.length, ...bytes).string()).toThrow(/expected valid UTF-8/);
  });
});

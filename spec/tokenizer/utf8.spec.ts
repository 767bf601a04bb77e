import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeUtf8, forEachByte, utf8Length, utf8Text } from "../../src/tokenizer/utf8.ts";
import { anyCharacter } from "../support/fuzz.ts";

describe("UTF-8", () => {
  it("has the bytes of TextEncoder", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        const bytes: number[] = [];
        forEachByte(text, 0, text.length, (byte) => bytes.push(byte));
        expect(bytes.join()).toBe(new TextEncoder().encode(text).join());
      }),
    );
  });

  it.each([0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff])(
    "reads code point %s back, with nothing after it",
    (c) => {
      const bytes = new TextEncoder().encode(String.fromCodePoint(c));
      expect(utf8Length(bytes[0])).toBe(bytes.length);
      expect(decodeUtf8([...bytes, 0x41], 0, bytes.length + 1)).toBe(c);
      expect(decodeUtf8(bytes, 0, bytes.length - 1)).toBe(-1);
    },
  );

  it("accepts exactly what a fatal TextDecoder accepts, and reads the same", () => {
    const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const interesting = fc.constantFrom(
      ...[0x00, 0x41, 0x7f, 0x80, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf],
      ...[0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xf8, 0xff],
    );
    fc.assert(
      fc.property(fc.array(interesting, { maxLength: 6 }), (bytes) => {
        let expected: string | undefined;
        try {
          expected = fatal.decode(Uint8Array.from(bytes));
        } catch {}
        const text = utf8Text(Uint8Array.from(bytes), 0, bytes.length);
        if (text !== expected) expect(text).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });
});

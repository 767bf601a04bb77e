import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { BASE, modelProto } from "../support/files/model-proto-writer.ts";
import { fixtureTokenizer, goldens } from "../support/tokenizer-fixture.ts";

const tokenizer = fixtureTokenizer();
const idOfByte = (byte: number) =>
  tokenizer.idOf(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`)!;
const pushes = (...bytes: number[]) => {
  const decoder = tokenizer.decoder();
  return [...bytes.map((byte) => decoder.push(idOfByte(byte))), decoder.flush()];
};

describe("StreamDecoder", () => {
  it("holds a character back until its last byte, and no longer", () => {
    expect(pushes(0xf0, 0x9f, 0xa6, 0x99, 0x41)).toEqual(["", "", "", "🦙", "A", ""]);
  });

  it("gives one U+FFFD for each byte of a character cut short, where TextDecoder gives one", () => {
    expect(pushes(0xf0, 0x9f, 0xa6)).toEqual(["", "", "", "\ufffd\ufffd\ufffd"]);
    expect(new TextDecoder().decode(Uint8Array.of(0xf0, 0x9f, 0xa6))).toBe("\ufffd");
  });

  it("gives up a byte as soon as the next shows it to be no character", () => {
    expect(pushes(0xe2, 0x41, 0x80, 0xc3, 0xa9)).toEqual(["", "\ufffdA", "\ufffd", "", "é", ""]);
  });

  it.each([
    ["an overlong encoding", [0xe0, 0x80, 0xaf], 3],
    ["a surrogate", [0xed, 0xa0, 0x80], 3],
    ["a code point beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 4],
    ["a byte that is never used", [0xff], 1],
  ])("takes %s for %i invalid bytes", (_, bytes, count) => {
    expect(pushes(...bytes).join("")).toBe("\ufffd".repeat(count));
  });

  it("ends a run of bytes at a control piece, which is itself invisible", () => {
    const ids = [idOfByte(0xc3), tokenizer.bosId, idOfByte(0xa9)];
    expect(tokenizer.decode(ids)).toBe("\ufffd\ufffd");
  });

  it("shows control pieces when asked to, and so gives back what was encoded with them", () => {
    const text = "<bos>Mira<eos> é🐌<eos>";
    const ids = tokenizer.encode(text, { special: true });
    expect(tokenizer.decode(ids, { special: true })).toBe(text);
    expect(tokenizer.decode(ids)).toBe("Mira é🐌");
    const decoder = tokenizer.decoder({ special: true });
    expect([decoder.push(idOfByte(0xc3)), decoder.push(2), decoder.flush()]).toEqual([
      "",
      "\ufffd<bos>",
      "",
    ]);
  });

  it("says the same as decoding at once, on every golden", () => {
    const { encode, decode } = goldens();
    for (const { ids, decoded } of [...encode, ...decode]) {
      const decoder = tokenizer.decoder();
      expect(ids.map((id) => decoder.push(id)).join("") + decoder.flush()).toBe(decoded);
    }
  });

  it("says the same as decoding at once, on random ids, most of them bytes", () => {
    const byte = fc.constantFrom(0xf0, 0x9f, 0xa6, 0x99, 0xe2, 0x96, 0x81, 0xc3, 0xa9, 0xed, 0xa0);
    const id = fc.oneof(byte.map(idOfByte), byte.map(idOfByte), fc.nat(tokenizer.vocabSize - 1));
    fc.assert(
      fc.property(fc.array(id, { maxLength: 30 }), (ids) => {
        const decoder = tokenizer.decoder();
        let text = "";
        for (const id of ids) {
          text += decoder.push(id);
          // Never half a character: what is out so far is the beginning of what is decoded at once.
          expect(tokenizer.decode(ids).startsWith(text)).toBe(true);
          expect(text).not.toMatch(/\p{Surrogate}/u);
        }
        expect(text + decoder.flush()).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 300 },
    );
  });

  it("holds back at most three bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 20 }), (bytes) => {
        const decoder = tokenizer.decoder();
        for (const byte of bytes) decoder.push(idOfByte(byte));
        expect(decoder.flush().length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it("can be used again after a flush", () => {
    const decoder = tokenizer.decoder();
    decoder.push(idOfByte(0xe2));
    expect(decoder.flush()).toBe("\ufffd");
    expect(decoder.flush()).toBe("");
    expect(decoder.push(tokenizer.idOf("▁the")!)).toBe(" the");
  });

  it("drops the dummy prefix once, however the ids arrive", () => {
    const dummy = Tokenizer.fromBytes(
      modelProto([...BASE, ["▁a"], ["▁"]], { removeExtraWhitespaces: false }),
    );
    expect(dummy.decode([1, 3, 3])).toBe("a a");
    expect(dummy.decode([4, 3])).toBe(" a");
    expect(dummy.decode([4, 1, 4])).toBe(" ");
  });

  it.each([-1, 1024, 0.5, Number.NaN, "5", undefined])("refuses %s, which is no id", (id) => {
    const push = () => tokenizer.decoder().push(id as number);
    expect(push).toThrow(ArgumentError);
    expect(push).toThrow(/^decode: "id" expected an integer from 0 to 1023, got /);
  });
});

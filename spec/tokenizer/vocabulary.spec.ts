import { describe, expect, it } from "vitest";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { PieceType, parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import {
  BASE,
  BYTE_PIECES,
  modelProto,
  type Options,
  type PieceRow,
} from "../support/files/model-proto-writer.ts";

function vocabulary(pieces: readonly PieceRow[], options?: Options): Vocabulary {
  return new Vocabulary(parseModelProto(modelProto(pieces, options)), "m");
}

describe("Vocabulary", () => {
  it("ranks scores from high to low, equal ones alike", () => {
    const { ranks } = vocabulary([
      ["<unk>", -3, 2],
      ["a", 1],
      ["b", -2],
      ["c", 1],
      ["d", Number.NEGATIVE_INFINITY],
      ["e", Number.POSITIVE_INFINITY],
      ["f", Number.NEGATIVE_INFINITY],
    ]);
    expect([...ranks]).toEqual([3, 1, 2, 1, 4, 0, 4]);
  });

  it("looks a text up as the reserved piece when a mergeable one has the same text", () => {
    const both = vocabulary([...BASE, ["<s>", 0, 4]]);
    expect(both.idOf("<s>")).toBe(1);
    expect(both.canonical[3]).toBe(1);
    expect(both.types[3]).toBe(PieceType.CONTROL);
  });

  it("knows the byte pieces wherever they stand", () => {
    const { byteIds } = vocabulary([...BASE, ...BYTE_PIECES.toReversed()], { byteFallback: true });
    expect(byteIds?.[0xff]).toBe(3);
    expect(byteIds?.[0x00]).toBe(258);
  });

  it.each<[string, PieceRow[], Options, RegExp]>([
    ["a text twice", [...BASE, ["a"], ["a"]], {}, /"pieces\[4\]".* got "a" a second time/],
    ["a control text twice", [...BASE, ["<s>", 0, 3]], {}, /"pieces\[3\]"/],
    ["no unknown piece", [["a"]], {}, /expected an unknown piece, got none/],
    ["two unknown pieces", [...BASE, ["?", 0, 2]], {}, /"pieces\[3\]" expected one unknown piece/],
    ["a byte piece without byte fallback", [...BASE, ["<0x00>", 0, 6]], {}, /byte_fallback/],
    [
      "byte fallback with 255 bytes",
      [...BASE, ...BYTE_PIECES.slice(0, 255)],
      { byteFallback: true },
      /got none for byte 255/,
    ],
    [
      "a byte piece in lower case",
      [...BASE, ["<0xff>", 0, 6]],
      { byteFallback: true },
      /expected a byte, <0x00> to <0xFF>/,
    ],
  ])("refuses %s", (_, pieces, options, message) => {
    expect(() => vocabulary(pieces, options)).toThrow(FormatError);
    expect(() => vocabulary(pieces, options)).toThrow(message);
  });

  it("refuses a user-defined piece with U+0000, which the C++ library would cut short", () => {
    expect(() => vocabulary([...BASE, ["a\0b", 0, 4]])).toThrow(UnsupportedError);
    expect(vocabulary([...BASE, ["a\0b"]]).size).toBe(4);
  });
});

import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError, UnsupportedError } from "../../src/errors.ts";
import { MAX_PIECES, PieceType, parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { BASE, field, modelProto, text, varintField } from "../support/files/model-proto-writer.ts";
import { thrownBy } from "../support/thrown-by.ts";
import { FIXTURE_BYTES } from "../support/tokenizer-fixture.ts";

describe("parseModelProto", () => {
  it("reads pieces, scores and types in the order of their ids", () => {
    const { pieces } = parseModelProto(modelProto([...BASE, ["▁a", -1.5], ["x", 0.1, 5]]));
    expect(pieces.slice(2)).toEqual([
      { piece: "</s>", score: 0, type: PieceType.CONTROL },
      { piece: "▁a", score: -1.5, type: PieceType.NORMAL },
      { piece: "x", score: Math.fround(0.1), type: PieceType.UNUSED },
    ]);
  });

  it("takes the normaliser's switches for on, and byte fallback for off, where the file is silent", () => {
    const { normalizerSpec, trainerSpec } = parseModelProto(
      Uint8Array.from([...field(1, text(1, "a")), ...field(2, varintField(3, 2))]),
    );
    expect(normalizerSpec).toEqual({
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    });
    expect(trainerSpec).toEqual({
      treatWhitespaceAsSuffix: false,
      byteFallback: false,
      bosPiece: "<s>",
      eosPiece: "</s>",
      padPiece: "<pad>",
      unkSurface: " ⁇ ",
    });
  });

  it("reads the settings of Gemma out of the fixture", () => {
    const { pieces, normalizerSpec, trainerSpec } = parseModelProto(FIXTURE_BYTES);
    expect(pieces).toHaveLength(1024);
    expect(normalizerSpec.addDummyPrefix).toBe(false);
    expect(normalizerSpec.removeExtraWhitespaces).toBe(false);
    expect(normalizerSpec.escapeWhitespaces).toBe(true);
    expect(trainerSpec.byteFallback).toBe(true);
    expect(trainerSpec.bosPiece).toBe("<bos>");
    expect(trainerSpec.eosPiece).toBe("<eos>");
  });

  it("lets the last of several values win, also across two messages of one field", () => {
    const bytes = Uint8Array.from([
      ...field(1, [...text(1, "a"), ...text(1, "b")]),
      ...field(2, [...varintField(3, 2), ...text(46, "first")]),
      ...field(2, [...varintField(35, 1)]),
    ]);
    const { pieces, trainerSpec } = parseModelProto(bytes);
    expect(pieces[0].piece).toBe("b");
    expect(trainerSpec.byteFallback).toBe(true);
    expect(trainerSpec.bosPiece).toBe("first");
  });

  it("steps over unknown fields, and known ones of another wire type", () => {
    const bytes = Uint8Array.from([
      ...varintField(1, 7),
      ...field(200, [1, 2, 3]),
      ...field(1, [...text(1, "a"), ...varintField(2, 9), ...text(3, "no type")]),
      ...field(2, varintField(3, 2)),
    ]);
    expect(parseModelProto(bytes).pieces).toEqual([{ piece: "a", score: 0, type: 1 }]);
  });

  it.each([
    ["an empty piece", [["", 0, 1]], /"pieces\[3\]\.piece" expected a text, got ""/],
    ["a score of NaN", [["a", Number.NaN]], /"pieces\[3\]\.score" expected a number, got NaN/],
    ["piece type 0", [["a", 0, 0 as 1]], /"pieces\[3\]\.type" expected 1 to 6, got 0/],
    ["piece type 7", [["a", 0, 7 as 1]], /"pieces\[3\]\.type" expected 1 to 6, got 7/],
  ] as const)("refuses %s", (_, pieces, message) => {
    expect(() => parseModelProto(modelProto([...BASE, ...pieces]))).toThrow(FormatError);
    expect(() => parseModelProto(modelProto([...BASE, ...pieces]))).toThrow(message);
  });

  it.each([
    ["an empty file", []],
    ["a model without pieces", [...field(2, varintField(3, 2))]],
  ])("refuses %s", (_, bytes) => {
    expect(() => parseModelProto(Uint8Array.from(bytes), "m")).toThrow(
      /^parseModelProto: m expected at least one piece, got none; the file is empty/,
    );
  });

  it("refuses a unigram model, saying so", () => {
    const parse = () => parseModelProto(modelProto(BASE, { modelType: 1 }));
    expect(parse).toThrow(UnsupportedError);
    expect(parse).toThrow(/"trainer_spec.model_type" expected 2 \(BPE\), got 1 \(unigram\); Gemma/);
  });

  it("takes a model without model_type for unigram, as proto2 says", () => {
    expect(() => parseModelProto(Uint8Array.from(field(1, text(1, "a"))))).toThrow(/got 1/);
  });

  it.each([
    ["normalizer_spec", 3],
    ["denormalizer_spec", 5],
  ])("refuses a character map in %s, and takes an empty one", (name, number) => {
    const withMap = (map: number[]) =>
      Uint8Array.from([...modelProto(BASE), ...field(number, field(2, map))]);
    expect(() => parseModelProto(withMap([1, 2, 3]))).toThrow(UnsupportedError);
    expect(() => parseModelProto(withMap([1, 2, 3]))).toThrow(`"${name}.precompiled_charsmap"`);
    expect(parseModelProto(withMap([])).pieces).toHaveLength(3);
  });

  it("stops reading when there are more pieces than any vocabulary has", () => {
    const piece = [10, 3, 10, 1, 97];
    const bytes = new Uint8Array((MAX_PIECES + 1) * piece.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = piece[i % piece.length];
    const error = thrownBy(() => parseModelProto(bytes));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("expected at most 2097152 pieces, got more");
  });

  it("refuses what is not bytes", () => {
    expect(() => parseModelProto("tokenizer.model" as unknown as Uint8Array)).toThrow(
      ArgumentError,
    );
  });
});

/** Vectors of sentencepiece v0.1.97: src/bpe_model_test.cc. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Segmenter } from "../../src/tokenizer/bpe.ts";
import { parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import { BASE, modelProto, type PieceRow } from "../support/files/model-proto-writer.ts";

/** The pieces of `text`, and whether each is the text of its id. */
function pieces(rows: readonly PieceRow[], text: string): string[] {
  const vocabulary = new Vocabulary(parseModelProto(modelProto([...BASE, ...rows])));
  const found: string[] = [];
  let at = 0;
  new Segmenter(vocabulary).segment(text, (id, begin, end) => {
    const piece = text.slice(begin, end);
    if (begin !== at || id !== (vocabulary.idOf(piece) ?? vocabulary.unkId)) {
      throw new Error(`${piece} at ${begin}, after ${at}, has id ${id}`);
    }
    found.push(piece);
    at = end;
  });
  expect(at).toBe(text.length);
  return found;
}

describe("the segmenter", () => {
  const A: PieceRow[] = [
    ...[["ab", 0] as const, ["cd", -0.1] as const, ["abc", -0.2] as const],
    ...[["a", -0.3] as const, ["b", -0.4] as const, ["c", -0.5] as const],
    ...[["ABC", -0.5, 4] as const, ["abcdabcd", -0.5, 4] as const],
    ...[["q", -0.5, 4] as const, ["r", -0.5, 4] as const, ["qr", -0.5] as const],
  ];

  it.each([
    ["", ""],
    ["abc", "abc"],
    ["AB", "A|B"],
    ["abcd", "ab|cd"],
    ["abcc", "abc|c"],
    ["xabcabaabcdd", "x|abc|ab|a|ab|cd|d"],
    ["xyz東京", "x|y|z|東|京"],
  ])("merges the best score first: %s → %s", (text, expected) => {
    expect(pieces(A, text).join("|")).toBe(expected);
  });

  it.each([
    ["ABC", "ABC"],
    ["abABCcd", "ab|ABC|cd"],
    ["ababcdabcdcd", "ab|abcdabcd|cd"],
    ["abqrcd", "ab|q|r|cd"],
  ])("never merges a user-defined piece with its neighbours: %s → %s", (text, expected) => {
    expect(pieces(A, text).join("|")).toBe(expected);
  });

  it.each([
    ["aaa", "aa|a"],
    ["aabb", "aa|bb"],
    ["aaabbb", "aa|a|bb|b"],
    ["aaaba", "aa|ab|a"],
  ])("merges the leftmost of equal scores first: %s → %s", (text, expected) => {
    const B: PieceRow[] = [
      ["aa", -0.1],
      ["bb", -0.2],
      ["ab", -0.3],
      ["a", -0.4],
      ["b", -0.5],
    ];
    expect(pieces(B, text).join("|")).toBe(expected);
  });

  it.each([
    [[], "abcd"],
    [["abcd"], "abc|d"],
    [["abcd", "ab"], "abc|d"],
    [["abcd", "abc"], "ab|c|d"],
  ])("splits an unused piece as it was merged: without %j, abcd → %s", (unused, expected) => {
    const C = (["abcd", "abc", "ab", "cd", "a", "b", "c", "d"] as const).map(
      (piece, i) => [piece, [10, 5, 2, 1, 0, 0, 0, 0][i], unused.includes(piece) ? 5 : 1] as const,
    );
    expect(pieces(C, "abcd").join("|")).toBe(expected);
  });

  it("takes a character outside the BMP for one, as a piece and inside one", () => {
    const rows: PieceRow[] = [
      ["🦙", -5],
      ["🦙a", -1],
      ["a", -6],
    ];
    expect(pieces(rows, "🦙🦙aꙊ🦚a")).toEqual(["🦙", "🦙a", "Ꙋ", "🦚", "a"]);
  });

  it("splits an unused piece around a character outside the BMP that is no piece", () => {
    expect(
      pieces(
        [
          ["🦙a", -1, 5],
          ["a", -6],
        ],
        "🦙aa",
      ),
    ).toEqual(["🦙", "a", "a"]);
  });

  it("keeps pairs apart, however many there are", () => {
    // More than the slots of the merge table, so that some of them share one.
    const right = Array.from({ length: 150_000 }, (_, i) => String.fromCodePoint(0x10000 + i));
    const merging = right.filter((_, i) => i % 7500 === 0);
    const found = pieces(
      merging.map((c) => [`a${c}`] as const),
      right.map((c) => `a${c}`).join(""),
    );
    expect(found.filter((piece) => piece.length > 2)).toEqual(merging.map((c) => `a${c}`));
  });

  it("merges across a word boundary where the vocabulary has pieces that do", () => {
    const rows: PieceRow[] = [
      ["a", -9],
      ["▁", -9],
      ["a▁", -1],
      ["a▁a", -2],
      ["▁a", -3],
      ["▁▁", -4],
    ];
    // These three from the C++ library 0.1.97, through Python.
    expect(pieces(rows, "a▁a▁▁a").join("|")).toBe("a▁|a▁|▁a");
    expect(pieces(rows, "b▁▁▁a").join("|")).toBe("b|▁▁|▁a");
    expect(pieces(rows, "ba▁ab").join("|")).toBe("b|a▁a|b");
  });

  it("decides in a long stretch as in a short one", () => {
    // Above 32 symbols a queue says which merge is next; below, a look at all of them.
    const rows: PieceRow[] = [
      ...[["aa", -0.1] as const, ["ab", -0.1] as const, ["ba", -0.2] as const],
      ...[["aab", -0.3] as const, ["baab", -0.3] as const, ["a", -1] as const, ["b", -1] as const],
    ];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 32 }), (word) => {
        // ! is in no piece: nothing merges across it, but it belongs to the stretch.
        expect(pieces(rows, "!".repeat(33) + word).slice(33)).toEqual(pieces(rows, word));
      }),
      { numRuns: 300 },
    );
  });

  it("splits unused pieces nested in one another, down to what is used", () => {
    const nested = Array.from({ length: 200 }, (_, i) => ["a".repeat(i + 2), -i, 5] as const);
    expect(pieces([["a", -999], ...nested], "a".repeat(201))).toEqual(Array(201).fill("a"));
  });
});

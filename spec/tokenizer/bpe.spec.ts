/** Vectors of sentencepiece v0.1.97: src/bpe_model_test.cc. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Segmenter } from "../../src/tokenizer/bpe.ts";
import { segmentPlainly } from "../../src/tokenizer/bpe-plain.ts";
import { parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { type EmitPiece, Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import {
  BASE,
  BYTE_PIECES,
  modelProto,
  type PieceRow,
} from "../support/files/model-proto-writer.ts";
import { anyCharacter, RUNS } from "../support/fuzz.ts";
import { FIXTURE_BYTES } from "../support/tokenizer-fixture.ts";

type Segment = (text: string, emit: EmitPiece) => void;
type MakeSegment = (vocabulary: Vocabulary) => Segment;
const fast: MakeSegment = (vocabulary) => {
  const segmenter = new Segmenter(vocabulary);
  return (text, emit) => segmenter.segment(text, emit);
};
const plain: MakeSegment = (vocabulary) => (text, emit) => segmentPlainly(vocabulary, text, emit);

/** The pieces of `text`; throws unless each is the text of its id, and they are the whole text. */
function piecesOf(vocabulary: Vocabulary, segment: Segment, text: string): string[] {
  const found: string[] = [];
  let at = 0;
  segment(text, (id, begin, end) => {
    const piece = text.slice(begin, end);
    if (begin !== at || id !== (vocabulary.idOf(piece) ?? vocabulary.unkId)) {
      throw new Error(`${piece} at ${begin}, after ${at}, has id ${id}`);
    }
    found.push(piece);
    at = end;
  });
  if (at !== text.length) throw new Error(`ends at ${at} of ${text.length}`);
  return found;
}

function vocabularyOf(rows: readonly PieceRow[], byteFallback = false): Vocabulary {
  const bytes = byteFallback ? BYTE_PIECES : [];
  return new Vocabulary(
    parseModelProto(modelProto([...BASE, ...rows, ...bytes], { byteFallback })),
  );
}

describe.each([
  ["fast", fast],
  ["plain", plain],
])("the %s segmenter", (_, make) => {
  const pieces = (rows: readonly PieceRow[], text: string) => {
    const vocabulary = vocabularyOf(rows);
    return piecesOf(vocabulary, make(vocabulary), text);
  };

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

  it("splits unused pieces nested in one another, down to what is used", () => {
    const nested = Array.from({ length: 200 }, (_, i) => ["a".repeat(i + 2), -i, 5] as const);
    expect(pieces([["a", -999], ...nested], "a".repeat(201))).toEqual(Array(201).fill("a"));
  });
});

describe("the fast segmenter", () => {
  it("keeps pairs apart, however many there are", () => {
    // More than the slots of the merge table, so that some of them share one.
    const right = Array.from({ length: 150_000 }, (_, i) => String.fromCodePoint(0x10000 + i));
    const merging = right.filter((_, i) => i % 7500 === 0);
    const vocabulary = vocabularyOf(merging.map((c) => [`a${c}`] as const));
    const text = right.map((c) => `a${c}`).join("");
    const found = piecesOf(vocabulary, fast(vocabulary), text);
    expect(found.filter((piece) => piece.length > 2)).toEqual(merging.map((c) => `a${c}`));
  });
});

/** Each case has several texts, as making a vocabulary takes longer than cutting a text. */
describe("the fast and the plain segmenter", () => {
  const TEXTS = 20;
  const numRuns = Math.ceil(RUNS / TEXTS);
  // Above 32 symbols that nothing cuts, a queue says which merge is next; below, a look at all.
  const long = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 33, maxLength: 70 });
  const texts = (unit: fc.Arbitrary<string>, maxLength: number) => {
    const short = fc.array(unit, { maxLength }).map((units) => units.join(""));
    const text = fc.oneof({ weight: 3, arbitrary: short }, long);
    return fc.array(text, { minLength: TEXTS, maxLength: TEXTS });
  };
  const assertSame = (vocabulary: Vocabulary, cases: readonly string[]) => {
    const [one, other] = [fast(vocabulary), plain(vocabulary)];
    for (const text of cases) {
      const found = piecesOf(vocabulary, one, text).join("|");
      const expected = piecesOf(vocabulary, other, text).join("|");
      if (found !== expected) expect(found).toBe(expected);
    }
  };

  it("agree on the fixture's vocabulary", () => {
    const vocabulary = new Vocabulary(parseModelProto(FIXTURE_BYTES));
    const pieces = vocabulary.model.pieces.map(({ piece }) => piece);
    const unit = fc.oneof(
      fc.constantFrom(...pieces),
      fc.string({ unit: anyCharacter, maxLength: 2 }),
      fc.constantFrom("▁", "▁▁", "\n", "a", "e", "th", "▁fox", "<end_of_turn", "日", "🦙"),
    );
    fc.assert(
      fc.property(texts(unit, 12), (cases) => assertSame(vocabulary, cases)),
      { numRuns },
    );
  });

  it("agree on vocabularies of random pieces, used and unused", () => {
    const letters = fc.constantFrom("a", "b", "▁", "🦙");
    const row = fc.tuple(
      fc.string({ unit: letters, minLength: 1, maxLength: 5 }),
      fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(-Infinity, Infinity, -0)),
      fc.constantFrom<1 | 5>(1, 1, 5),
    );
    const rows = fc.uniqueArray(row, { maxLength: 20, selector: ([piece]) => piece });
    const text = texts(fc.oneof({ weight: 9, arbitrary: letters }, fc.constant("!")), 32);
    fc.assert(
      fc.property(rows, text, (rows, cases) => assertSame(vocabularyOf(rows), cases)),
      { numRuns },
    );
  });

  it("agree where scores are equal, pieces user-defined, and bytes a fallback", () => {
    const vocabulary = vocabularyOf(
      [
        ...(["aa", "ab", "aab", "▁a", "é"] as const).map((piece) => [piece, -1] as const),
        ...(["ba", "baab", "a", "b", "bb", "bbb▁"] as const).map((piece) => [piece, -2] as const),
        ...(["<x>", "<x", "a<", "▁▁", "\n\n"] as const).map((piece) => [piece, 0, 4] as const),
        ...(["bbb", "abb"] as const).map((piece) => [piece, -1, 5] as const),
      ],
      true,
    );
    const unit = fc.constantFrom(
      ...["a", "a", "a", "b", "b", "b", "▁", "▁", "<", "x", ">", "<x>", "\n", "é", "ß", "🦙"],
    );
    fc.assert(
      fc.property(texts(unit, 32), (cases) => assertSame(vocabulary, cases)),
      { numRuns },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "../../src/errors.ts";
import { mergeSteps } from "../../src/tokenizer/merge-steps.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import {
  AS_GEMMA,
  BASE,
  BYTE_PIECES,
  modelProto,
  type PieceRow,
} from "../support/files/model-proto-writer.ts";
import { anyCharacter, RUNS } from "../support/fuzz.ts";
import { fixtureTokenizer, goldens } from "../support/tokenizer-fixture.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const tokenizer = fixtureTokenizer();

/** Whether each step does what it says to the parts before it, and the end is `encode`. */
function assertHolds(of: Tokenizer, text: string): void {
  const { steps, partsAfter, tokens, text: normalised } = mergeSteps(of.vocabulary, text);
  expect(tokens.map(({ id }) => id)).toEqual(of.encode(text));
  const { pieces } = of.vocabulary.model;
  let before = partsAfter(0);
  for (const [i, step] of steps.entries()) {
    const { at, left, right, piece, id, score, rank, begin, middle, end } = step;
    expect([before[at], before[at + 1], left + right]).toEqual([left, right, piece]);
    expect([pieces[id].piece, pieces[id].score]).toEqual([piece, score]);
    expect(rank).toBe(of.vocabulary.ranks[id]);
    expect(begin).toBe(before.slice(0, at).join("").length);
    expect(normalised.slice(begin, middle)).toBe(left);
    expect(normalised.slice(middle, end)).toBe(right);
    const after = partsAfter(i + 1);
    expect(after).toEqual([...before.slice(0, at), piece, ...before.slice(at + 2)]);
    before = after;
  }
  expect(before.join("")).toBe(normalised);
}

describe("mergeSteps", () => {
  it("shows the merges of a text one by one, best rank first", () => {
    const { text, steps, partsAfter, tokens } = mergeSteps(tokenizer.vocabulary, "the foxes");
    expect(text).toBe("the▁foxes");
    expect(partsAfter(0)).toEqual([..."the▁foxes"]);
    expect(steps[0]).toEqual({
      ...{ at: 1, left: "h", right: "e", piece: "he", id: 285, score: -0, rank: 0 },
      ...{ begin: 1, middle: 2, end: 3 },
    });
    expect(partsAfter(1)).toEqual(["t", "he", "▁", "f", "o", "x", "e", "s"]);
    expect(steps.map(({ rank }) => rank)).toEqual(steps.map(({ score }) => -score));
    const last = partsAfter(steps.length);
    expect(last).toEqual(tokenizer.encodePieces("the foxes").pieces);
    expect(tokens.map(({ begin, end }) => text.slice(begin, end))).toEqual(last);
  });

  it("spells in bytes what no piece covers, once nothing merges any more", () => {
    const { steps, partsAfter, tokens } = mergeSteps(tokenizer.vocabulary, "🦊é");
    expect(steps).toEqual([]);
    expect(partsAfter(0)).toEqual(["🦊", "é"]);
    expect(tokens.map(({ begin, end }) => [begin, end])).toEqual([
      ...Array(4).fill([0, 2]),
      ...Array(2).fill([2, 3]),
    ]);
    expect(tokens.map(({ id }) => tokenizer.piece(id)).join("")).toBe(
      "<0xF0><0x9F><0xA6><0x8A><0xC3><0xA9>",
    );
  });

  it("has pieces that somebody defined whole from the start", () => {
    const { partsAfter } = mergeSteps(tokenizer.vocabulary, "a<end_of_turn>\n\n");
    expect(partsAfter(0)).toEqual(["a", "<end_of_turn>", "\n\n"]);
  });

  it.each(goldens().encode)("ends with the ids of the C++ library: $text", ({ text, ids }) => {
    expect(mergeSteps(tokenizer.vocabulary, text).tokens.map(({ id }) => id)).toEqual(ids);
    if (text.length < 200) assertHolds(tokenizer, text);
  });

  it("ends with what encode gives, of any text", () => {
    const pieces = tokenizer.vocabulary.model.pieces.map(({ piece }) => piece);
    const unit = fc.oneof(
      fc.constantFrom(...pieces),
      fc.string({ unit: anyCharacter, maxLength: 2 }),
      fc.constantFrom(
        " ",
        "  ",
        "\n",
        "a",
        "e",
        "th",
        " fox",
        "<end_of_turn",
        "日",
        "🦙",
        "\ud800",
      ),
    );
    const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(""));
    fc.assert(
      fc.property(text, (text) => assertHolds(tokenizer, text)),
      { numRuns: RUNS },
    );
  });

  it("ends with what encode gives, of vocabularies of random pieces, used and unused", () => {
    const letters = fc.constantFrom("a", "b", "▁", "🦙");
    const row = fc.tuple(
      fc.string({ unit: letters, minLength: 1, maxLength: 5 }),
      fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(-Infinity, Infinity, -0)),
      fc.constantFrom<1 | 4 | 5>(1, 1, 1, 4, 5),
    );
    const rows = fc.uniqueArray(row, { maxLength: 20, selector: ([piece]) => piece });
    const unit = fc.oneof({ weight: 9, arbitrary: letters }, fc.constantFrom("!", " "));
    const text = fc.array(unit, { maxLength: 24 }).map((units) => units.join(""));
    const made = (rows: readonly PieceRow[], hasBytes: boolean, addDummyPrefix: boolean) => {
      const all = [...BASE, ...rows, ...(hasBytes ? BYTE_PIECES : [])];
      const settings = { ...AS_GEMMA, byteFallback: hasBytes, addDummyPrefix };
      return Tokenizer.fromBytes(modelProto(all, settings));
    };
    fc.assert(
      fc.property(rows, fc.boolean(), fc.boolean(), text, (rows, hasBytes, hasPrefix, text) =>
        assertHolds(made(rows, hasBytes, hasPrefix), text),
      ),
      { numRuns: RUNS },
    );
  });

  it("refuses what is no text, no vocabulary, or no step", () => {
    const refused = (make: () => unknown) => expect(make).toThrow(ArgumentError);
    refused(() => mergeSteps(tokenizer.vocabulary, 5 as never));
    refused(() => mergeSteps(tokenizer as never, "a"));
    refused(() => (mergeSteps as Untyped)(tokenizer.vocabulary, "a", 1));
    const { partsAfter, steps } = mergeSteps(tokenizer.vocabulary, "the");
    for (const count of [-1, 0.5, steps.length + 1]) refused(() => partsAfter(count));
    const odd = Tokenizer.fromBytes(modelProto([...BASE, ["x", 0, 3], ["a"]], AS_GEMMA));
    expect(() => mergeSteps(odd.vocabulary, "axa")).toThrow(UnsupportedError);
  });
});

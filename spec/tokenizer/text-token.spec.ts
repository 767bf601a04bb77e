/** Tokens and the text behind each. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gemma } from "../../src/gemma.ts";
import type { TextToken } from "../../src/tokenizer/text-token.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import {
  AS_GEMMA,
  BASE,
  BYTE_PIECES,
  modelProto,
  type PieceRow,
} from "../support/files/model-proto-writer.ts";
import { fixtureFolder } from "../support/files.ts";
import { anyCharacter, RUNS } from "../support/fuzz.ts";
import { readJson } from "../support/goldens.ts";
import { fixtureTokenizer, goldens } from "../support/tokenizer-fixture.ts";

const tokenizer = fixtureTokenizer();

/** The stretches, one after the other, where the bytes of one character count once. */
const joined = (tokens: readonly TextToken[]) =>
  tokens.map(({ text, byte }) => (byte && byte.place > 0 ? "" : text)).join("");
const places = (tokens: readonly TextToken[]) =>
  tokens.map(({ piece, from, to }) => [piece, from, to]);

const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 3 }),
      fc.constantFrom(
        ...[
          "\uD83D",
          "\uDE00",
          "\uDE00\uD83D",
          "▁",
          "e\u0301",
          "👩‍👩‍👧",
          "日本語",
          "क्षि",
          "\u{1F1E9}\u{1F1EA}",
        ],
        ...[" ", "  ", "\n", "\t", " the", "<start_of_turn>", "<bos>", "<0x0A>", "a b  c"],
      ),
    ),
    { maxLength: 12 },
  )
  .map((units) => units.join(""));

describe("tokens of a text", () => {
  it("make up the text, agree with encode, and follow each other", () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, special) => {
        const tokens = tokenizer.tokens(text, { special });
        const { ids, pieces } = tokenizer.encodePieces(text, { special });
        expect(tokens.map(({ id }) => id)).toEqual(ids);
        expect(tokens.map(({ piece }) => piece)).toEqual(pieces);
        expect(joined(tokens)).toBe(text);
        const ends = tokens.map(({ to }) => to);
        const begins = tokens.map(({ byte, from }, i) => (byte?.place ? from : (ends[i - 1] ?? 0)));
        expect(tokens.map(({ from }) => from)).toEqual(begins);
        const parts = tokens.map(({ from, to }) => text.slice(from, to));
        expect(tokens.map((token) => token.text)).toEqual(parts);
      }),
      { numRuns: RUNS },
    );
  });

  it("end where SentencePiece ends them", () => {
    const ends = readJson<(number[] | null)[]>("tokenizer/spans.json");
    for (const [i, { text }] of goldens().encode.entries()) {
      const places = [0]; // of each code point, in UTF-16
      for (const c of text) places.push(places[places.length - 1] + c.length);
      if (ends[i] === null) continue;
      const theirs = ends[i].map((end) => places[end]);
      // SentencePiece gives a character to the last of its bytes; here each of them has it.
      const ours = tokenizer
        .tokens(text)
        .map(({ from, to, byte }) => (byte && byte.place < byte.of - 1 ? from : to));
      expect([text, ours]).toEqual([text, theirs]);
    }
  });

  it("say which bytes of which character they are", () => {
    const tokens = tokenizer.tokens("a🐌é");
    const bytes = tokens.filter(({ from }) => from === 1);
    expect(bytes.map(({ piece }) => piece)).toEqual(["<0xF0>", "<0x9F>", "<0x90>", "<0x8C>"]);
    expect(bytes.map(({ byte }) => byte)).toEqual(
      [0xf0, 0x9f, 0x90, 0x8c].map((value, place) => ({ value, place, of: 4 })),
    );
    for (const { text, to } of bytes) expect([text, to]).toEqual(["🐌", 3]);
    const twice = tokenizer.tokens("🐌🐌");
    expect(twice.map(({ from }) => from)).toEqual([0, 0, 0, 0, 2, 2, 2, 2]);
  });

  it("have a space where their piece has ▁", () => {
    expect(places(tokenizer.tokens("Mira the fox"))).toEqual([
      ["Mira", 0, 4],
      ["▁the", 4, 8],
      ["▁fox", 8, 12],
    ]);
    expect(tokenizer.tokens(" the").map(({ text }) => text)).toEqual([" the"]);
  });

  it("of special tokens have their names as text", () => {
    const text = "a<bos>b<eos>";
    expect(places(tokenizer.tokens(text, { special: true }))).toEqual([
      ["a", 0, 1],
      ["<bos>", 1, 6],
      ["b", 6, 7],
      ["<eos>", 7, 12],
    ]);
    expect(tokenizer.tokens(text).length).toBeGreaterThan(4);
  });
});

describe("tokens of a vocabulary that changes spaces", () => {
  const rows: readonly PieceRow[] = [
    ...BASE,
    ...["a", "b", "▁", "▁a", "▁b", "a▁", "ab"].map((piece) => [piece] as const),
    ["a  b", 0, 4],
  ];
  const of = (options: Parameters<typeof modelProto>[1], pieces = rows) =>
    Tokenizer.fromBytes(modelProto(pieces, options));

  it("have no text where it puts a space in front, or behind", () => {
    const front = of({ ...AS_GEMMA, addDummyPrefix: true });
    expect(places(front.tokens("ab a"))).toEqual([
      ["▁a", 0, 1],
      ["b", 1, 2],
      ["▁a", 2, 4],
    ]);
    const behind = of({ ...AS_GEMMA, addDummyPrefix: true, treatWhitespaceAsSuffix: true });
    expect(places(behind.tokens("b b"))).toEqual([
      ["b", 0, 1],
      ["▁b", 1, 3],
      ["▁", 3, 3],
    ]);
  });

  it("have the spaces that it drops with what follows, or with the last", () => {
    const drops = of({ addDummyPrefix: false, removeExtraWhitespaces: true });
    expect(places(drops.tokens("  b   b "))).toEqual([
      ["b", 0, 3],
      ["▁b", 3, 8],
    ]);
  });

  it("make up the text all the same", () => {
    const options = fc.record({
      addDummyPrefix: fc.boolean(),
      removeExtraWhitespaces: fc.boolean(),
      escapeWhitespaces: fc.boolean(),
      treatWhitespaceAsSuffix: fc.boolean(),
      byteFallback: fc.boolean(),
    });
    const text = fc
      .array(fc.constantFrom("a", "b", " ", "  ", "▁", "é", "\uD83D", "🐌", "a  b"))
      .map((units) => units.join(""));
    const known = new Map<string, Tokenizer>();
    const made = (settings: NonNullable<Parameters<typeof of>[0]>) => {
      const key = JSON.stringify(settings);
      const pieces = settings.byteFallback ? [...rows, ...BYTE_PIECES] : rows;
      const tokenizer = known.get(key) ?? of(settings, pieces);
      known.set(key, tokenizer);
      return tokenizer;
    };
    fc.assert(
      fc.property(options, text, (settings, given) => {
        const tokens = made(settings).tokens(given);
        expect(joined(tokens)).toBe(tokens.length > 0 ? given : "");
        // What is no space stands where the piece has it.
        for (const { piece, text: part, byte } of tokens) {
          const letters = (s: string) =>
            s.replace(/[ ▁]/g, "").replace(/\p{Surrogate}/gu, "\uFFFD");
          if (!byte) expect(letters(part)).toBe(letters(piece));
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("Gemma.tokens", () => {
  it("agrees with encode, and has the BOS that is put in front", async () => {
    const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"));
    const ids = (text: string, options = {}) => gemma.tokens(text, options).map(({ id }) => id);
    for (const text of ["", "Mira the fox", "a 🐌", "x<bos>"]) {
      expect(ids(text)).toEqual(gemma.encode(text));
      expect(gemma.tokens(text)[0]).toEqual({ id: 2, piece: "<bos>", text: "", from: 0, to: 0 });
    }
    const own = "<bos>Mira";
    expect(ids(own, { special: true })).toEqual(gemma.encode(own, { special: true }));
    expect(gemma.tokens(own, { special: true })[0]).toMatchObject({ text: "<bos>", to: 5 });
    await gemma.dispose();
  });
});

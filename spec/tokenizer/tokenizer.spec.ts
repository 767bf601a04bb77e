import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError, GemmaError, UnsupportedError } from "../../src/errors.ts";
import type { PieceType } from "../../src/tokenizer/model-proto.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import {
  AS_GEMMA,
  BASE,
  BYTE_PIECES,
  modelProto,
  type PieceRow,
} from "../support/files/model-proto-writer.ts";
import { anyCharacter, damaged, RUNS } from "../support/fuzz.ts";
import { FIXTURE_BYTES, fixtureTokenizer, goldens } from "../support/tokenizer-fixture.ts";

const tokenizer = fixtureTokenizer();
const { encode, decode } = goldens();

describe("Tokenizer, against the C++ library", () => {
  it.each(encode)("encodes $text", ({ text, ids, pieces }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.encodePieces(text)).toEqual({ ids, pieces });
  });

  it.each([...encode, ...decode])("decodes to $decoded", ({ ids, decoded }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
  });
});

describe("Tokenizer", () => {
  it("knows Gemma's special ids by name", () => {
    const { padId, eosId, bosId, unkId, startOfTurnId, endOfTurnId, vocabSize } = tokenizer;
    expect([padId, eosId, bosId, unkId]).toEqual([0, 1, 2, 3]);
    expect([startOfTurnId, endOfTurnId, vocabSize]).toEqual([10, 11, 1024]);
    expect(tokenizer.piece(11)).toBe("<end_of_turn>");
    expect(tokenizer.idOf("▁the")).toBe(tokenizer.encode(" the")[0]);
    expect(tokenizer.idOf("no such piece")).toBeUndefined();
  });

  it("tells control pieces from user-defined ones", () => {
    expect([0, 1, 2, 3, 10].map((id) => tokenizer.isControl(id))).toEqual([
      ...[true, true, true, false, false],
    ]);
  });

  it("says -1 and undefined for special pieces that a vocabulary lacks", () => {
    const bare = Tokenizer.fromBytes(
      modelProto([
        ["?", 0, 2],
        ["<s>", 0, 1],
      ]),
    );
    expect([bare.bosId, bare.eosId, bare.padId, bare.unkId]).toEqual([-1, -1, -1, 0]);
    expect([bare.startOfTurnId, bare.endOfTurnId]).toEqual([undefined, undefined]);
  });

  it("finds them under other names that the file gives", () => {
    const renamed = Tokenizer.fromBytes(
      modelProto([...BASE, ["[B]", 0, 3], ["[P]", 0, 3]], { bosPiece: "[B]", padPiece: "[P]" }),
    );
    expect([renamed.bosId, renamed.eosId, renamed.padId]).toEqual([3, 2, 4]);
  });

  it("never encodes a control piece: the text <bos> is ordinary text", () => {
    for (const text of ["<bos>", "<eos>x", "a<pad>", "<unk>"]) {
      expect(tokenizer.encode(text).some((id) => tokenizer.isControl(id) || id === 3)).toBe(false);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it("encodes a turn marker in the text as the marker", () => {
    expect(tokenizer.encode("<start_of_turn>")).toEqual([tokenizer.startOfTurnId]);
  });

  it("gives every text back, but for ▁ and unpaired surrogates", () => {
    const unit = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 3 }),
      fc.constantFrom(
        " ",
        "  ",
        "\n",
        "\t\t",
        "\0",
        "\ufeff",
        "\ufffd",
        "the",
        "<end_of_turn>",
        "<0x41>",
      ),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
        const text = units
          .join("")
          .replaceAll("▁", "")
          .replace(/\p{Surrogate}/gu, "");
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  it("gives ▁ back as a space, and an unpaired surrogate as U+FFFD, whatever is around", () => {
    expect(tokenizer.decode(tokenizer.encode("a▁b\ud800"))).toBe("a b\ufffd");
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((c) => String.fromCharCode(c)),
      fc.constantFrom("▁", " ▁", "\ufeff", "\uffff", "\0", "é", "🦙", "the", "<end_of_turn>"),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
        const text = units.join("");
        const expected = text.replaceAll("▁", " ").replace(/\p{Surrogate}/gu, "\ufffd");
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(expected);
        expect(tokenizer.encodePieces(text).ids).toEqual(tokenizer.encode(text));
      }),
      { numRuns: RUNS },
    );
  });

  it("decodes any ids of the vocabulary", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1023), { maxLength: 40 }), (ids) => {
        const text = tokenizer.decode(ids);
        expect(text.replace(/\p{Surrogate}/gu, "")).toBe(text);
        const decoder = tokenizer.decoder();
        expect(ids.map((id) => decoder.push(id)).join("") + decoder.flush()).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  it("joins neighbouring unknown characters into one token where there are no bytes", () => {
    const bare = Tokenizer.fromBytes(modelProto([...BASE, ["a"]], AS_GEMMA));
    expect(bare.encodePieces("éßaé🦙")).toEqual({ ids: [0, 3, 0], pieces: ["éß", "a", "é🦙"] });
    expect(bare.decode([0, 3])).toBe(" ⁇ a");
  });

  it("refuses a text in which the vocabulary would find a control piece", () => {
    const odd = Tokenizer.fromBytes(modelProto([...BASE, ["x", 0, 3], ["a"]], AS_GEMMA));
    expect(() => odd.encode("axa")).toThrow(UnsupportedError);
    expect(odd.encode("aa")).toEqual([4, 4]);
  });

  it("runs the self-tests in the file", () => {
    const pieces: PieceRow[] = [...BASE, ["ab"], ["a"], ["b"]];
    const load = (expected: string) =>
      Tokenizer.fromBytes(modelProto(pieces, { ...AS_GEMMA, selfTests: [["aba", expected]] }), "m");
    expect(load("ab a").vocabSize).toBe(6);
    expect(() => load("a ba")).toThrow(FormatError);
    expect(() => load("a ba")).toThrow(/m: "self_test_data.samples\[0\]" expected a ba, got ab a/);
  });

  it.each([undefined, 5, ["a"]])("refuses to encode %j", (text) => {
    expect(() => tokenizer.encode(text as unknown as string)).toThrow(ArgumentError);
  });

  it("refuses ids of another vocabulary, with a hint", () => {
    expect(() => tokenizer.decode([5, 235248])).toThrow(ArgumentError);
    expect(() => tokenizer.decode([5, 235248])).toThrow(/0 to 1023, got 235248; are the ids/);
    expect(() => tokenizer.piece(-1)).toThrow(ArgumentError);
    expect(() => tokenizer.isControl(1024)).toThrow(ArgumentError);
  });

  it("decodes typed arrays, and leaves a Buffer's neighbours alone", () => {
    expect(tokenizer.decode(Int32Array.of(10, 11))).toBe("<start_of_turn><end_of_turn>");
    const inside = new Uint8Array(FIXTURE_BYTES.length + 7).fill(0xff);
    inside.set(FIXTURE_BYTES, 5);
    const window = inside.subarray(5, 5 + FIXTURE_BYTES.length);
    expect(Tokenizer.fromBytes(window).encode("Lily")).toEqual(tokenizer.encode("Lily"));
  });
});

describe("Tokenizer.fromBytes", () => {
  const small = modelProto([...BASE, ["▁a", -1], ["ab", -2, 5], ["xy", 0, 4], ...BYTE_PIECES], {
    ...AS_GEMMA,
    byteFallback: true,
    unkSurface: "?",
    selfTests: [["xy", "xy"]],
  });

  it("refuses every file that is cut short, or works on", () => {
    for (let end = 0; end < small.length; end += end < 200 || end > small.length - 200 ? 1 : 97) {
      onlyTypedErrors(small.subarray(0, end));
    }
    expect(() => Tokenizer.fromBytes(FIXTURE_BYTES.subarray(0, -1))).toThrow(GemmaError);
  });

  it("refuses damaged files with a typed error, or loads a tokenizer that works", () => {
    let loaded = 0;
    fc.assert(
      fc.property(damaged(small), (bytes) => {
        if (onlyTypedErrors(bytes)) loaded++;
      }),
      { numRuns: RUNS },
    );
    expect(loaded).toBeGreaterThan(0); // else the mutations never came past the parser
  });

  it("refuses pieces that contradict each other with a typed error, or loads what works", () => {
    const text = fc.oneof(
      fc.constantFrom("", "a", "b", "ab", "▁", "▁a", "a▁", "\0", "<0x41>", "<0xZZ>", "<unk>", "xy"),
      fc.string({ unit: anyCharacter, maxLength: 4 }),
    );
    const score = fc.oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.constantFrom(Number.NaN, -Infinity, 1e38),
    );
    const row = fc.tuple(text, score, fc.integer({ min: 0, max: 7 }) as fc.Arbitrary<PieceType>);
    const flags = fc.record({
      modelType: fc.integer({ min: 1, max: 4 }),
      byteFallback: fc.boolean(),
      addDummyPrefix: fc.boolean(),
      removeExtraWhitespaces: fc.boolean(),
      escapeWhitespaces: fc.boolean(),
      treatWhitespaceAsSuffix: fc.boolean(),
      bosPiece: text,
    });
    const model = fc.record({
      rows: fc.array(row, { maxLength: 12 }),
      withBase: fc.boolean(),
      withBytes: fc.boolean(),
      options: fc.oneof(flags, fc.constant({ ...AS_GEMMA })),
    });
    fc.assert(
      fc.property(model, ({ rows, withBase, withBytes, options }) => {
        const pieces = [...(withBase ? BASE : []), ...rows, ...(withBytes ? BYTE_PIECES : [])];
        onlyTypedErrors(modelProto(pieces, options));
      }),
      { numRuns: RUNS },
    );
  });

  it("refuses random bytes with a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        onlyTypedErrors(bytes);
      }),
      { numRuns: RUNS },
    );
  });

  /** Whether the file loads; if so it must encode and decode. */
  function onlyTypedErrors(bytes: Uint8Array): boolean {
    try {
      const loaded = Tokenizer.fromBytes(bytes);
      const ids = loaded.encode("a ab xy\n<s>é🦙");
      loaded.decode(ids);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(GemmaError);
      return false;
    }
  }
});

describe("count", () => {
  it("is the length of encode", () => {
    for (const { text, ids } of encode) expect(tokenizer.count(text)).toBe(ids.length);
    const special = { special: true };
    expect(tokenizer.count("<bos>Mira<eos>", special)).toBe(3);
    expect(() => tokenizer.count(5 as never)).toThrow(ArgumentError);
  });
});

describe("bytes", () => {
  const bytesOf = (ids: readonly number[]) =>
    Uint8Array.from(ids.flatMap((id) => [...tokenizer.bytes(id)]));

  it("of the tokens of a text are those of the text", () => {
    const any = fc.string({ unit: anyCharacter }).filter((text) => !text.includes("▁"));
    fc.assert(
      fc.property(any, (text) => {
        expect(bytesOf(tokenizer.encode(text))).toEqual(new TextEncoder().encode(text));
      }),
      { numRuns: RUNS },
    );
  });

  it("of half a character are half of its bytes; a control piece has none", () => {
    const ids = tokenizer.encode("🐌");
    expect(ids.map((id) => [...tokenizer.bytes(id)])).toEqual([[0xf0], [0x9f], [0x90], [0x8c]]);
    expect(tokenizer.bytes(2)).toEqual(new Uint8Array());
    expect(bytesOf([tokenizer.unkId])).toEqual(new TextEncoder().encode(tokenizer.decode([3])));
    expect(() => tokenizer.bytes(99999)).toThrow(ArgumentError);
  });
});

describe("special tokens, when asked for", () => {
  it("are tokens, and the texts between them are encoded each by itself", () => {
    const text = "<bos>Hey<eos>\n<unk><pad> Hey<start_of_turn>";
    const [hey, spaced, newline] = ["Hey", " Hey", "\n"].map((part) => tokenizer.encode(part));
    expect(tokenizer.encode(text, { special: true })).toEqual([
      ...[2, ...hey, 1, ...newline, 3, 0, ...spaced, 10],
    ]);
    const { ids, pieces } = tokenizer.encodePieces("<bos>Hey", { special: true });
    expect([ids, pieces[0]]).toEqual([[2, ...hey], "<bos>"]);
    expect(tokenizer.decode(tokenizer.encode(text, { special: true }))).toBe(
      "Hey\n \u2047  Hey<start_of_turn>",
    );
  });

  it("change nothing in a text that has none, for all texts of the C++ library", () => {
    for (const { text, ids } of encode) {
      if (/<(bos|eos|pad|unk)>/.test(text)) continue;
      expect(tokenizer.encode(text, { special: true })).toEqual(ids);
    }
    expect(tokenizer.encode("", { special: true })).toEqual([]);
  });

  it("are found by their whole text only, of two that begin alike the longer one", () => {
    const own = Tokenizer.fromBytes(
      modelProto([...BASE, ["<s>a", 0, 3], ["(.*)", 0, 3], ["x", -1]], AS_GEMMA),
    );
    const ids = own.encode("<s>a(.*)<s>x<s", { special: true });
    expect(ids).toEqual([3, 4, 1, 5, 0]); // what is left is unknown to it
  });
});

describe("time taken", () => {
  it.each([
    ["one letter", "a".repeat(1 << 18)],
    ["spaces", " ".repeat(1 << 18)],
    ["the text of special tokens", "<bos".repeat(1 << 16)],
    ["letters without spaces", "onceuponatimetherewasahedgehog".repeat(1 << 13)],
    ["the beginning of a marker", "<start_of_".repeat(1 << 15)],
  ])("does not grow with the square of the text: a quarter of a megabyte of %s", (_, text) => {
    const start = performance.now();
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(text);
    // A tenth of a second, on a machine with nothing else to do; a quadratic one takes minutes.
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

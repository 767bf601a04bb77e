import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ggufVocabulary } from "../../../src/checkpoint/gguf/vocabulary.ts";
import { hfVocabulary } from "../../../src/checkpoint/tokenizer-json/read.ts";
import { ArgumentError, FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { type ModelProto, PieceType, parseModelProto } from "../../../src/tokenizer/model-proto.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import { type Json, mutatedJson, RUNS } from "../../support/fuzz.ts";
import { readJson } from "../../support/goldens.ts";
import { FIXTURE_BYTES, goldens } from "../../support/tokenizer-fixture.ts";

interface AddedToken {
  id: number;
  content: string;
  [option: string]: Json;
}

interface TokenizerJson {
  added_tokens: AddedToken[];
  normalizer: Json;
  pre_tokenizer: Json;
  model: { vocab: Record<string, number>; merges: Json[]; [field: string]: Json };
  [part: string]: Json;
}

/** Written by fixtures/tokenizer/tokenizer-json.py from the tokenizer.model of the goldens. */
const FIXTURE = readJson<TokenizerJson>("tokenizer/tokenizer.json");
const MODEL = parseModelProto(FIXTURE_BYTES);

function changed(json: TokenizerJson, change: (copy: TokenizerJson) => void): TokenizerJson {
  const copy = structuredClone(json);
  change(copy);
  return copy;
}

const fixtureWith = (change: (copy: TokenizerJson) => void) => changed(FIXTURE, change);
const made = (merge: Json) => (merge as string[]).join("");

/** A vocabulary to see at a glance: ab, bc, abc, then characters. */
function small(change: (copy: TokenizerJson) => void = () => {}): TokenizerJson {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase());
  const texts = [
    ...["<pad>", "<eos>", "<bos>", "<unk>", "<end_of_turn>"],
    ...bytes.map((byte) => `<0x${byte.padStart(2, "0")}>`),
    ...["ab", "bc", "abc", "▁", "a", "b", "c"],
  ];
  const json = {
    added_tokens: texts.slice(0, 5).map((content, id) => ({ id, content })),
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    pre_tokenizer: null,
    model: {
      type: "BPE",
      unk_token: "<unk>",
      byte_fallback: true,
      vocab: Object.fromEntries(texts.map((text, id) => [text, id])),
      merges: ["a b", "b c", "ab c", "a bc"],
    },
  };
  return changed(json, change);
}

/** The merges as the converter wrote them before it looked at lengths: by score, else as they came. */
function earlyMerges({ model }: TokenizerJson): Json[] {
  const scores = new Map(MODEL.pieces.map(({ piece, score }) => [piece, score]));
  const ids = (merge: Json) => [made(merge), ...(merge as string[])].map((t) => model.vocab[t]);
  return [...model.merges].sort((a, b) => {
    const byScore = scores.get(made(b))! - scores.get(made(a))!;
    const [x, y] = [ids(a), ids(b)];
    return byScore || x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
  });
}

const column = <K extends keyof ModelProto["pieces"][number]>(key: K) =>
  MODEL.pieces.map((piece) => piece[key]);
const gguf = new Map<string, unknown>([
  ["tokenizer.ggml.model", "llama"],
  ["tokenizer.ggml.tokens", column("piece")],
  ["tokenizer.ggml.scores", column("score")],
  ["tokenizer.ggml.token_type", column("type")],
]);

const METASPACE = {
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme: "never",
  split: false,
};

describe.each<[string, ModelProto]>([
  ["tokenizer.model", MODEL],
  ["a GGUF file", ggufVocabulary(gguf, "x.gguf")!],
  ["tokenizer.json", hfVocabulary(FIXTURE)],
  [
    "a tokenizer.json with merges as strings",
    hfVocabulary(
      fixtureWith(({ model }) => {
        model.merges = model.merges.map((merge) => (merge as string[]).join(" "));
      }),
    ),
  ],
  [
    "a tokenizer.json of the converter of early 2024",
    hfVocabulary(
      fixtureWith((json) => {
        json.model.merges = earlyMerges(json);
        json.pre_tokenizer = null;
      }),
    ),
  ],
  [
    "a tokenizer.json that replaces spaces when it cuts",
    hfVocabulary(
      fixtureWith((json) => {
        json.normalizer = null;
        json.pre_tokenizer = METASPACE;
      }),
    ),
  ],
])("a vocabulary from %s", (_, model) => {
  const tokenizer = Tokenizer.from(model);
  const { encode, decode } = goldens();

  it("gives the ids of the C++ library", () => {
    for (const { text, ids, pieces } of encode) {
      expect({ text, ...tokenizer.encodePieces(text) }).toEqual({ text, ids, pieces });
    }
  });

  it("decodes as the C++ library does", () => {
    for (const { ids, decoded } of [...encode, ...decode]) {
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
  });

  it("knows the special pieces", () => {
    const { padId, eosId, bosId, unkId, startOfTurnId, endOfTurnId, vocabSize } = tokenizer;
    expect([padId, eosId, bosId, unkId]).toEqual([0, 1, 2, 3]);
    expect([startOfTurnId, endOfTurnId, vocabSize]).toEqual([10, 11, 1024]);
  });
});

describe("hfVocabulary", () => {
  it("restores text, type and score of every piece, as the trainer gave them", () => {
    const pieces = MODEL.pieces.map((piece) => ({ ...piece, score: piece.score + 0 })); // no -0
    expect(hfVocabulary(FIXTURE).pieces).toEqual(pieces);
  });

  it("gives the ids of tokenizer.model for any text", () => {
    const [ours, theirs] = [Tokenizer.from(hfVocabulary(FIXTURE)), Tokenizer.from(MODEL)];
    const learnt = MODEL.pieces.flatMap(({ piece, type }) =>
      type === PieceType.BYTE ? [] : [piece.replaceAll("▁", " ")],
    );
    const unit = fc.oneof(
      fc.constantFrom(...learnt),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("\n", "\t", " ", "▁").chain((c) => fc.nat(40).map((n) => c.repeat(n))),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
        const text = units.join("");
        expect(ours.encode(text)).toEqual(theirs.encode(text));
      }),
      { numRuns: RUNS },
    );
  });

  it("takes the text <bos> for text, and a turn marker for the marker, special though both are", () => {
    const tokenizer = Tokenizer.from(hfVocabulary(FIXTURE));
    expect(tokenizer.encode("<bos>")).not.toContain(tokenizer.bosId);
    expect(tokenizer.encode("<end_of_turn>")).toEqual([tokenizer.endOfTurnId]);
  });

  it("reads the tab that stands for its byte", () => {
    const json = small(({ model: { vocab } }) => {
      vocab["\t"] = vocab["<0x09>"];
      delete vocab["<0x09>"];
    });
    const model = hfVocabulary(json);
    expect(model.pieces[5 + 9]).toEqual({ piece: "<0x09>", score: 0, type: PieceType.BYTE });
    expect(Tokenizer.from(model).encode("a\t")).toEqual([json.model.vocab.a, 5 + 9]);
  });

  it("reads Prepend as SentencePiece's dummy prefix", () => {
    const json = fixtureWith((copy) => {
      const prepend = { type: "Prepend", prepend: "▁" };
      copy.normalizer = { type: "Sequence", normalizers: [prepend, copy.normalizer] };
    });
    const normalizerSpec = { ...MODEL.normalizerSpec, addDummyPrefix: true };
    const expected = Tokenizer.from({ ...MODEL, normalizerSpec });
    expect(Tokenizer.from(hfVocabulary(json)).encode("the end")).toEqual(
      expected.encode("the end"),
    );
  });

  it("counts the ways to make a piece by texts, not by their hashes", () => {
    const json = small(({ model }) => {
      // "ฝ❞" is no piece, but has the slot of "c" in the filter of tokenizer-json/merges.ts.
      Object.assign(model.vocab, { "❞b": 268, "ฝ❞b": 269, ฝ: 270, "❞": 271 });
      model.merges.push("❞ b", "ฝ ❞b");
    });
    expect(Tokenizer.from(hfVocabulary(json)).encode("ฝ❞b")).toEqual([269]);
  });

  it("finds tokens in text that were added behind the vocabulary", () => {
    const json = small(({ added_tokens }) => {
      added_tokens.push({ id: 268, content: "a b", special: true }, { id: 269, content: "ca" });
    });
    const tokenizer = Tokenizer.from(hfVocabulary(json));
    expect(tokenizer.encodePieces("abca bca").pieces).toEqual(["ab", "ca", "▁", "b", "ca"]);
    expect(tokenizer.encodePieces("a bc").pieces).toEqual(["a▁b", "c"]);
    expect(tokenizer.decode([268])).toBe("a b");
  });
});

describe("a tokenizer.json that does not say which pieces are user-defined", () => {
  /** Of Gemma's size: what matters of it, and otherwise characters. */
  function early(): TokenizerJson {
    const texts = Object.keys(small().model.vocab).slice(0, 4);
    const put = (begin: number, more: readonly string[]) => {
      for (const [i, text] of more.entries()) texts[begin + i] = text;
    };
    const runs = (text: string, from: number) =>
      Array.from({ length: 32 - from }, (_, i) => text.repeat(from + i));
    put(106, ["<start_of_turn>", "<end_of_turn>", ...runs("\n", 1), ...runs("▁", 2)]);
    put(217, Object.keys(small().model.vocab).slice(5, 261)); // bytes
    put(217 + 9, ["\t"]);
    put(473, ["ab", "▁", "a", "b"]);
    put(255_969, runs("\t", 2));
    for (let id = 4, c = 0x20000; id < 256_000; id++) texts[id] ??= String.fromCodePoint(c++);
    const ways = (run: string) =>
      Array.from(
        { length: run.length - 1 },
        (_, i) => `${run.slice(i + 1)} ${run.slice(0, i + 1)}`,
      );
    return small((json) => {
      json.added_tokens.pop();
      json.model.vocab = Object.fromEntries(texts.map((text, id) => [text, id]));
      json.model.merges = [
        ...["\n", "▁"].flatMap((text) => runs(text, 2).flatMap(ways)),
        "a b",
        ...runs("\t", 2).flatMap(ways),
      ];
    });
  }

  it("is understood if the vocabulary is Gemma's own: runs are one token, and cut at 31", () => {
    const tokenizer = Tokenizer.from(hfVocabulary(early()));
    const run = (text: string, count: number) => tokenizer.encode(text.repeat(count));
    expect([run("\n", 1), run("\n", 2), run("\n", 31)]).toEqual([[108], [109], [138]]);
    expect([run(" ", 2), run(" ", 31), run(" ", 34)]).toEqual([[139], [168], [168, 140]]);
    expect([run("\t", 1), run("\t", 2), run("\t", 40)]).toEqual([
      [226],
      [255_969],
      [255_998, 255_976],
    ]);
    expect(tokenizer.encode("<start_of_turn>ab\n\n\n")).toEqual([106, 473, 110]);
  });

  it("is refused otherwise, with the way out", () => {
    const json = small(({ added_tokens }) => void added_tokens.pop());
    expect(() => hfVocabulary(json, "x.json")).toThrow(UnsupportedError);
    expect(() => hfVocabulary(json, "x.json")).toThrow(
      'hfVocabulary: x.json: "added_tokens" expected "<end_of_turn>" among them, as it stands before ' +
        "the bytes, got a list without it: which pieces are user-defined is lost; put the model's tokenizer.model beside it: that",
    );
  });
});

describe("hfVocabulary refuses", () => {
  const model = (fields: Json) => small((json) => void Object.assign(json.model, fields));
  const vocab = (entries: Record<string, Json>) =>
    small((json) => void Object.assign(json.model.vocab, entries));
  const added = (token: Json) => small((json) => void json.added_tokens.push(token as AddedToken));
  const normalizer = (value: Json) =>
    small((json) => void Object.assign(json, { normalizer: value }));
  const preTokenizer = (value: Json) =>
    small((json) => void Object.assign(json, { pre_tokenizer: value }));
  const without = (text: string) => small((json) => delete json.model.vocab[text]);
  const { normalizer: replace } = small();

  it.each<[string, TokenizerJson, string]>([
    [
      "another kind of model",
      model({ type: "Unigram" }),
      '"model.type" expected "BPE", got "Unigram"',
    ],
    ["no byte fallback", model({ byte_fallback: false }), '"model.byte_fallback" expected true'],
    [
      "whole words without merging",
      model({ ignore_merges: true }),
      '"model.ignore_merges" expected',
    ],
    ["dropout", model({ dropout: 0.1 }), '"model.dropout" expected null, got 0.1'],
    ["prefixes inside words", model({ continuing_subword_prefix: "##" }), 'got "##"'],
    ["suffixes of words", model({ end_of_word_suffix: "</w>" }), 'got "</w>"'],
    [
      "another normaliser",
      normalizer({ type: "NFKC" }),
      '"normalizer" expected Replace " " by "▁"',
    ],
    ["another normaliser", normalizer({ type: "NFKC" }), 'got an object of type "NFKC"'],
    [
      "no normaliser",
      normalizer(null),
      '"normalizer" expected Replace " " by "▁", and nothing else, got null',
    ],
    [
      "a replacement of other text",
      normalizer({ type: "Replace", pattern: { Regex: " +" }, content: "▁" }),
      '"normalizer" expected',
    ],
    [
      "more normalisers",
      normalizer({ type: "Sequence", normalizers: [replace, { type: "NFC" }] }),
      "got another sequence",
    ],
    ["a sequence of nothing", normalizer({ type: "Sequence" }), "got another sequence"],
    [
      "another cutter",
      preTokenizer({ type: "ByteLevel" }),
      '"pre_tokenizer" expected null, or a cutter',
    ],
    ["a cutter at spaces", preTokenizer({ ...METASPACE, split: true }), '"pre_tokenizer" expected'],
    [
      "a cutter that adds",
      preTokenizer({ ...METASPACE, prepend_scheme: "always" }),
      'of type "Metaspace"',
    ],
    [
      "a cutter at other text",
      preTokenizer({
        type: "Split",
        pattern: { String: "a" },
        behavior: "MergedWithPrevious",
        invert: false,
      }),
      '"pre_tokenizer" expected',
    ],
    ["added tokens with conditions", added({ id: 268, content: "x", lstrip: true }), "[5].lstrip"],
    [
      "a vocabulary without <bos>",
      small((json) => {
        delete json.model.vocab["<bos>"];
        json.model.vocab["<s>"] = 2;
        json.added_tokens[2].content = "<s>";
      }),
      '"model.vocab" expected <bos>, as in Gemma\'s, got no such piece; this file belongs to another family',
    ],
    [
      "a way left out",
      model({ merges: ["a b", "b c", "ab c"] }),
      'ways to make "abc", at least one, got 1',
    ],
    ["a piece nothing makes", model({ merges: ["a b", "ab c", "a bc"] }), '"bc" next, got "abc"'],
    [
      "a last piece nothing makes",
      model({ merges: ["a b", "b c"] }),
      'make "abc", at least one, got 0',
    ],
    ["a piece nothing can make", vocab({ xyz: 268 }), 'make "xyz", at least one, got 0'],
    [
      "pieces out of the order of ids",
      model({ merges: ["b c", "a b", "ab c", "a bc"] }),
      '"model.merges" expected pieces in the order of their ids: "ab" next, got "bc"',
    ],
    [
      "merges of one piece apart",
      model({ merges: ["a b", "ab c", "b c", "a bc"] }),
      'order of their ids: "bc" next, got "abc"',
    ],
    [
      "merges again at the end",
      model({ merges: ["a b", "b c", "ab c", "a bc", "a b"] }),
      "no further piece",
    ],
  ])("what SentencePiece does not do: %s", (_, json, message) => {
    expect(() => hfVocabulary(json)).toThrow(UnsupportedError);
    expect(() => hfVocabulary(json)).toThrow(message);
  });

  it.each<[string, TokenizerJson, string]>([
    [
      "no model",
      small((json) => void Object.assign(json, { model: 1 })),
      '"model" expected an object, got 1',
    ],
    ["no vocabulary", model({ vocab: [] }), '"model.vocab" expected an object, got an array'],
    [
      "no added tokens",
      small((json) => void Object.assign(json, { added_tokens: null })),
      "got null",
    ],
    ["an added token that is none", added({ id: "1" }), 'a text as content, got "1", nothing'],
    ["a gap between ids", vocab({ c: 268 }), 'ids from 0 to 267, each once, got 268 for "c"'],
    ["an id twice", vocab({ c: 266 }), 'each once, got 266 for "c"'],
    ["a negative id", vocab({ c: -1 }), 'got -1 for "c"'],
    ["half an id", vocab({ c: 1.5 }), 'got 1.5 for "c"'],
    ["an id that is none", vocab({ c: "267" }), 'got "267" for "c"'],
    ["an empty piece", vocab({ "": 268 }), "texts of Unicode, not empty"],
    ["half a character", vocab({ "\ud83d": 268 }), "texts of Unicode, not empty"],
    [
      "an added token of another id",
      added({ id: 5, content: "abc" }),
      'the id of "abc" in model.vocab, got 5',
    ],
    ["an added token far behind", added({ id: 999, content: "x" }), 'got 999 for "x"'],
    [
      "bytes that lack one",
      small((json) => {
        const last = Object.keys(json.model.vocab).length - 1;
        delete json.model.vocab["<0x41>"];
        json.model.vocab.c = 5 + 0x41;
        expect(last).toBe(267);
      }),
      "expected 256 byte pieces, got 255",
    ],
    [
      "no unknown piece",
      model({ unk_token: null }),
      '"model.unk_token" expected the text of a piece',
    ],
    ["an unknown piece that is not there", model({ unk_token: "[UNK]" }), 'got "[UNK]"'],
    ["no merges", model({ merges: null }), '"model.merges" expected an array'],
    ["a merge of one", model({ merges: ["ab"] }), 'expected pairs of texts, got "ab"'],
    ["a merge of three", model({ merges: ["a b c"] }), 'got a pair that makes "ab c"'],
    ["a merge of one and nothing", model({ merges: ["ab "] }), 'got "ab "'],
    ["a merge of nothing and one", model({ merges: [" ab"] }), 'got " ab"'],
    [
      "a merge of three, listed",
      model({ merges: [["a", "b", "c"]] }),
      'expected pairs of texts, got ["a", "b", "c"]',
    ],
    ["a merge of lists", model({ merges: [[["a"], "b"]] }), 'got [["a"], "b"]'],
    ["a merge of numbers", model({ merges: [[1, 2]] }), "got [1, 2]"],
    [
      "a merge that makes no piece",
      model({ merges: ["a b", "c c"] }),
      'got a pair that makes "cc"',
    ],
    ["nothing where a piece was", without("b"), "ids from 0 to 266, each once"],
  ])("what contradicts itself: %s", (_, json, message) => {
    expect(() => hfVocabulary(json, "x.json")).toThrow(FormatError);
    expect(() => hfVocabulary(json, "x.json")).toThrow(message);
  });

  it.each([null, "{}", []])("what is no object: %j", (json) => {
    expect(() => hfVocabulary(json as unknown as TokenizerJson)).toThrow(ArgumentError);
  });

  it("a vocabulary with one merge a piece, as tokenizers itself trains them", () => {
    const json = fixtureWith(({ model }) => {
      const once = new Map(model.merges.map((merge) => [made(merge), merge]));
      model.merges = [...once.values()];
    });
    expect(() => hfVocabulary(json)).toThrow(UnsupportedError);
    expect(() => hfVocabulary(json)).toThrow("it was trained or changed elsewhere");
  });

  it("or reads whatever it is given, and then encodes and decodes", () => {
    fc.assert(
      fc.property(mutatedJson(small()), (json) => {
        try {
          const tokenizer = Tokenizer.from(hfVocabulary(json as TokenizerJson));
          expect(tokenizer.decode(tokenizer.encode("ab c<end_of_turn>"))).toContain("ab");
        } catch (error) {
          expect(error).toBeInstanceOf(GemmaError);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

/**
 * Mistakes in how a text becomes ids.
 * @module
 */
import { type ModelProto, PieceType } from "../../tokenizer/model-proto.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { type Cut, cutIds, likeliestPieces, longestPieces } from "./cut.ts";
import type { TextMutant } from "./text-mutant.ts";

type Encode = NonNullable<TextMutant["encode"]>;

/** The tokenizer of another model file. */
function withModel(change: (model: ModelProto) => ModelProto): Encode {
  return ({ vocabulary }) => {
    const changed = new Tokenizer({ ...change(vocabulary.model), selfTests: [] });
    return (text) => changed.encode(text);
  };
}

/** A normaliser with other switches. */
function withNormalizer(changes: Partial<ModelProto["normalizerSpec"]>): Encode {
  return withModel((model) => ({
    ...model,
    normalizerSpec: { ...model.normalizerSpec, ...changes },
  }));
}

/** Another text, encoded as it should be. */
function withText(change: (text: string) => string): Encode {
  return (tokenizer) => (text) => tokenizer.encode(change(text));
}

const withCut =
  (cut: Cut): Encode =>
  (tokenizer) =>
  (text) =>
    cutIds(tokenizer, text, cut);

/** Without byte pieces, which a model without byte fallback may not have. */
function withoutBytes(model: ModelProto): ModelProto {
  const { BYTE, CONTROL } = PieceType;
  const pieces = model.pieces.map((piece) =>
    piece.type === BYTE ? { ...piece, type: CONTROL } : piece,
  );
  return { ...model, pieces, trainerSpec: { ...model.trainerSpec, byteFallback: false } };
}

function asNormal(model: ModelProto): ModelProto {
  const { NORMAL, USER_DEFINED } = PieceType;
  const pieces = model.pieces.map((piece) =>
    piece.type === USER_DEFINED ? { ...piece, type: NORMAL } : piece,
  );
  return { ...model, pieces };
}

/** ▁ as its bytes. */
const underlineAsBytes: Encode = (tokenizer) => (text) => {
  const bytes = [0xe2, 0x96, 0x81].map((byte) => tokenizer.vocabulary.byteIds?.[byte]);
  const known = bytes.filter((id): id is number => id !== undefined);
  const ids = known.length === 0 ? [tokenizer.unkId] : known;
  return text.split("▁").flatMap((part, i) => [...(i === 0 ? [] : ids), ...tokenizer.encode(part)]);
};

export const ENCODE_MUTANTS: readonly TextMutant[] = [
  {
    id: "tokenizer-bos-added",
    mistake: "encode puts BOS before the text.",
    fix: "Give the text's own tokens; BOS comes once, before the prompt as a whole.",
    encode: (tokenizer) => (text) => [tokenizer.bosId, ...tokenizer.encode(text)],
  },
  {
    id: "tokenizer-dummy-prefix",
    mistake: "A space is put before every text.",
    fix: "add_dummy_prefix is false in Gemma's file (the default, where the field is absent, is true).",
    seen: "llama.cpp with GGUF files older than July 2024 (#8248)",
    encode: withNormalizer({ addDummyPrefix: true }),
  },
  {
    id: "tokenizer-extra-spaces-removed",
    mistake: "Spaces at both ends are dropped, and runs of spaces become one space.",
    fix: "remove_extra_whitespaces is false in Gemma's file (the default, where the field is absent, is true).",
    encode: withNormalizer({ removeExtraWhitespaces: true }),
  },
  {
    id: "tokenizer-spaces-not-escaped",
    mistake: "Spaces are not turned into ▁ before the text is cut.",
    fix: "Replace every U+0020 by U+2581 first.",
    encode: withNormalizer({ escapeWhitespaces: false }),
  },
  {
    id: "tokenizer-no-byte-fallback",
    mistake: "Characters without a piece become <unk>.",
    fix: "Spell them in bytes: one piece <0xXX> for each byte of their UTF-8.",
    encode: withModel(withoutBytes),
  },
  {
    id: "tokenizer-rank-ties",
    mistake: "Of merges with the same score the rightmost is made first.",
    fix: "Merge the leftmost of equals first.",
    encode: withCut({ ties: "rightmost" }),
  },
  {
    id: "tokenizer-user-symbols-late",
    mistake:
      "User-defined pieces (turn markers, runs of newlines) are pieces like any other, found by merging.",
    fix: "Cut them out of the text first, from left to right; no merge of characters gives <start_of_turn>.",
    encode: withModel(asNormal),
  },
  {
    id: "tokenizer-user-symbols-shortest",
    mistake: "Of the user-defined pieces that begin at a place the shortest is taken.",
    fix: "Take the longest: three newlines are one token.",
    encode: withCut({ userDefined: "shortest" }),
  },
  {
    id: "tokenizer-user-symbols-merge",
    mistake: "User-defined pieces merge with their neighbours.",
    fix: "A user-defined piece is frozen: it takes part in no merge.",
    encode: withCut({ thaws: true }),
  },
  {
    id: "tokenizer-unused-kept",
    mistake: "A piece of the type UNUSED is given out.",
    fix: "Split it again into the two pieces that it was merged from, and these likewise.",
    encode: withCut({ splitsUnused: false }),
  },
  {
    id: "tokenizer-longest-match",
    mistake: "The longest piece is taken at each place, from left to right.",
    fix: "Merge neighbours by the scores of the pieces that they make: this is BPE, not WordPiece.",
    encode: withCut({ between: longestPieces }),
  },
  {
    id: "tokenizer-unigram",
    mistake: "The pieces are those whose scores have the largest sum.",
    fix: "Merge neighbours, the highest score first: model_type is BPE (2), not unigram.",
    encode: withCut({ between: likeliestPieces }),
  },
  {
    id: "tokenizer-special-in-text",
    mistake: "<bos>, <eos>, <pad> and <unk> written in a text become those tokens.",
    fix: "Control pieces never come from text, so that a text cannot end itself: <bos> is five or so ordinary tokens.",
    seen: "Hugging Face's tokenizers",
    encode: (tokenizer) => (text) => tokenizer.encode(text, { special: true }),
  },
  {
    id: "tokenizer-nfkc",
    mistake: "Characters are normalised (NFKC) first.",
    fix: "Gemma's normaliser is the identity: ﬁ, ½ and full-width letters stay as they are.",
    seen: "SentencePiece's default for new models, nmt_nfkc",
    encode: withText((text) => text.normalize("NFKC")),
  },
  {
    id: "tokenizer-nfc",
    mistake: "Characters are composed (NFC) first.",
    fix: "Gemma's normaliser is the identity: e and a combining accent stay two characters.",
    encode: withText((text) => text.normalize("NFC")),
  },
  {
    id: "tokenizer-text-trimmed",
    mistake: "A text loses its whitespace at both ends.",
    fix: "Encode the text to the letter.",
    encode: withText((text) => text.trim()),
  },
  {
    id: "tokenizer-crlf-to-lf",
    mistake: "A carriage return and newline become a newline.",
    fix: "Read and encode texts as bytes are: U+000D is a character, <0x0D>.",
    seen: "files that Python reads in text mode",
    encode: withText((text) => text.replace(/\r\n?/g, "\n")),
  },
  {
    id: "tokenizer-bom-dropped",
    mistake: "U+FEFF at the beginning is dropped.",
    fix: "It is a character like any other here; a TextDecoder keeps it with ignoreBOM.",
    encode: withText((text) => text.replace(/^\ufeff/, "")),
  },
  {
    id: "tokenizer-c-string",
    mistake: "A text ends at its first U+0000.",
    fix: "Pass the length of a text along: U+0000 is a character, <0x00>.",
    encode: withText((text) => text.split("\0", 1)[0]),
  },
  {
    id: "tokenizer-utf16-units",
    mistake: "Characters beyond U+FFFF are taken as two halves, and each half becomes U+FFFD.",
    fix: "Go through a text by code points, not by UTF-16 units.",
    // Without the flag u the pattern sees units.
    encode: withText((text) => text.replace(/[\ud800-\udfff]/g, "\ufffd")),
  },
  {
    id: "tokenizer-underline-as-bytes",
    mistake: "U+2581 in the text is kept apart from a space.",
    fix: "A ▁ of the text's own is indistinguishable from a space, and merges like one.",
    encode: underlineAsBytes,
  },
];

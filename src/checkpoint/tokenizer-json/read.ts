/**
 * `tokenizer.json`: the vocabulary as Hugging Face's `tokenizers` saves it, read back as the SentencePiece
 * model it was converted from.
 * transformers 4: src/transformers/convert_slow_tokenizer.py (`GemmaConverter`, `generate_merges`).
 *
 * The conversion loses two things, which are restored here.
 *
 * - *Types.* User-defined pieces are added tokens. In files from before mid-2024 they are ordinary pieces, and
 *   can be restored for Gemma's own vocabulary only. Control pieces are known by their names, `<bos>`, `<eos>`
 *   and `<pad>`: other special tokens, such as the turn markers, are found in text. Unused pieces cannot be
 *   recognised, but Gemma has none: its `<unused0>` and so on are user-defined.
 * - *Scores.* SentencePiece's trainer gives the scores 0, −1, −2, … to the pieces that it learns, in the order
 *   of their ids. That this order holds is checked against the merges, see merges.ts.
 *
 * A file with any setting that SentencePiece does not have is refused, because its ids could differ.
 * `post_processor` (which adds `<bos>`) and `decoder` are ignored: as with every other vocabulary the caller
 * adds `<bos>`, and decoding is SentencePiece's. `<bos>` in a text stays text, also on purpose: `tokenizers`
 * would make it the token.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { isObject, kindOf } from "../../source/json.ts";
import { type ModelProto, type NormalizerSpec, PieceType } from "../../tokenizer/model-proto.ts";
import { SPACE_SYMBOL } from "../../tokenizer/normalizer.ts";
import { isBytePiece } from "../../tokenizer/vocabulary.ts";
import { gemmaUserDefined } from "../gemma-vocabulary.ts";
import { assertMerges } from "./merges.ts";

/** A parsed JSON object. */
type Json = Readonly<Record<string, unknown>>;

interface AddedToken {
  readonly id: number;
  readonly content: string;
}

const HINT = "put the model's tokenizer.model beside it: that is read instead";
const NAMES = { bosPiece: "<bos>", eosPiece: "<eos>", padPiece: "<pad>" };

/** A byte piece. The converter writes the tab itself in its place. */
const TAB = "<0x09>";

/** Fields of `model`, and the values with which merging is SentencePiece's. */
const MODEL: Readonly<Record<string, readonly unknown[]>> = {
  type: ["BPE"],
  byte_fallback: [true],
  ignore_merges: [false, undefined],
  dropout: [null, undefined, 0],
  continuing_subword_prefix: [null, undefined, ""],
  end_of_word_suffix: [null, undefined, ""],
};

const REPLACE = { type: "Replace", pattern: { String: " " }, content: SPACE_SYMBOL };
const PREPEND = { type: "Prepend", prepend: SPACE_SYMBOL };
/** Splits nothing: the normalizer has replaced every space by then. */
const SPLIT = {
  type: "Split",
  pattern: { String: " " },
  behavior: "MergedWithPrevious",
  invert: false,
};
/** Only replaces spaces. */
const METASPACE = {
  type: "Metaspace",
  replacement: SPACE_SYMBOL,
  prepend_scheme: "never",
  split: false,
};

/**
 * The SentencePiece model that a `tokenizer.json` was converted from.
 * @param json the parsed file.
 * @param file its name, for error messages.
 * @throws {FormatError} if ids have gaps or come twice, or parts of it are missing or contradict each other.
 * @throws {UnsupportedError} if it was not converted from a SentencePiece model like Gemma's, or leaves out too
 * much of it.
 */
export function hfVocabulary(
  json: Readonly<Record<string, unknown>>,
  file = "tokenizer.json",
): ModelProto {
  if (!isObject(json))
    throw refusals("hfVocabulary").argument("json", "an object", described(json));
  const refuse = refusals("hfVocabulary", file, { unsupported: HINT });
  const model = object(json.model, "model", refuse);
  for (const [field, values] of Object.entries(MODEL)) {
    const value = model[field];
    if (values.includes(value)) continue;
    throw refuse.unsupported(`model.${field}`, brief(values[0]), described(value));
  }
  const normalizerSpec = readNormalizer(json, refuse);
  const vocab = object(model.vocab, "model.vocab", refuse);
  const added = readAddedTokens(json.added_tokens, refuse);
  const texts = textsById(vocab, added, refuse);
  const types = typesOf(texts, model.unk_token, added, refuse);
  assertMerges({ merges: model.merges, vocab, texts, types }, refuse);

  let learnt = 0;
  const pieces = texts.map((text, id) => {
    const type = types[id];
    const score = type === PieceType.NORMAL ? 0 - learnt++ : 0;
    return { piece: spelling(text, type), score, type };
  });
  return {
    pieces,
    trainerSpec: {
      treatWhitespaceAsSuffix: false,
      byteFallback: true,
      ...NAMES,
      unkSurface: " \u2047 ",
    },
    normalizerSpec,
    selfTests: [],
  };
}

/** Spaces must become ▁, and before it is merged the text may not be changed or cut in any other way. */
function readNormalizer({ normalizer, pre_tokenizer }: Json, refuse: Refusals): NormalizerSpec {
  const isSequence = isObject(normalizer) && normalizer.type === "Sequence";
  const steps = isSequence ? normalizer.normalizers : [normalizer].filter((step) => step != null);
  const isMetaspace = isLike(pre_tokenizer, METASPACE);
  const addDummyPrefix = isLike(steps, [PREPEND, REPLACE]);
  if (!addDummyPrefix && !isLike(steps, [REPLACE]) && !(isMetaspace && isLike(steps, []))) {
    const got = isSequence ? "another sequence" : described(normalizer);
    const expected = `Replace " " by "${SPACE_SYMBOL}", and nothing else`;
    throw refuse.unsupported("normalizer", expected, got);
  }
  if (pre_tokenizer != null && !isMetaspace && !isLike(pre_tokenizer, SPLIT)) {
    const got = described(pre_tokenizer);
    throw refuse.unsupported("pre_tokenizer", "null, or a cutter that cuts nothing", got);
  }
  return { addDummyPrefix, removeExtraWhitespaces: false, escapeWhitespaces: true };
}

function readAddedTokens(value: unknown, refuse: Refusals): AddedToken[] {
  if (!Array.isArray(value)) throw refuse.format("added_tokens", "an array", described(value));
  return value.map((token: unknown, i) => {
    const key = `added_tokens[${i}]`;
    const { id, content, ...options } = object(token, key, refuse);
    if (typeof id !== "number" || typeof content !== "string") {
      const got = `${described(id)}, ${described(content)}`;
      throw refuse.format(key, "a number as id, and a text as content", got);
    }
    const isNamed = Object.values(NAMES).includes(content); // never found in text, whatever the options
    for (const option of isNamed ? [] : ["single_word", "lstrip", "rstrip"]) {
      if (options[option] !== true) continue;
      throw refuse.unsupported(`${key}.${option}`, "false", "true");
    }
    return { id, content };
  });
}

/** The texts of the pieces by id, as in the file. */
function textsById(vocab: Json, added: readonly AddedToken[], refuse: Refusals): string[] {
  const beyond = added.filter(({ content }) => !Object.hasOwn(vocab, content));
  const known = Object.keys(vocab);
  const size = known.length + beyond.length;
  const texts = new Array<string | undefined>(size).fill(undefined);
  const put = (text: string, id: unknown) => {
    if (text === "" || /\p{Surrogate}/u.test(text)) {
      throw refuse.format("model.vocab", "texts of Unicode, not empty", brief(text));
    }
    if (typeof id !== "number" || !(id in texts) || texts[id] !== undefined) {
      const got = `${described(id)} for ${brief(text)}`;
      throw refuse.format("model.vocab", `ids from 0 to ${size - 1}, each once`, got);
    }
    texts[id] = text;
  };
  for (const text of known) put(text, vocab[text]);
  for (const { content, id } of beyond) put(content, id);
  for (const { content, id } of added) {
    if (texts[id] === content) continue;
    throw refuse.format("added_tokens", `the id of ${brief(content)} in model.vocab`, id);
  }
  return texts as string[]; // as many texts as places, and no place filled twice
}

/** The text of a piece in SentencePiece. */
function spelling(text: string, type: PieceType): string {
  if (type === PieceType.USER_DEFINED) return text.replaceAll(" ", SPACE_SYMBOL);
  return type === PieceType.BYTE && text === "\t" ? TAB : text;
}

function typesOf(
  texts: readonly string[],
  unknown: unknown,
  added: readonly AddedToken[],
  refuse: Refusals,
): PieceType[] {
  const missing = Object.values(NAMES).find((name) => !texts.includes(name));
  if (missing !== undefined) {
    const hint = "this file belongs to another family of models";
    throw refuse.unsupported("model.vocab", `${missing}, as in Gemma's`, "no such piece", hint);
  }
  const controls = new Set(Object.values(NAMES));
  const addedIds = new Set(added.map(({ id }) => id));
  const isGemmas = gemmaUserDefined(texts);
  const isTabBare = !texts.includes(TAB);
  const types = texts.map((text, id) => {
    if (text === unknown) return PieceType.UNKNOWN;
    if (controls.has(text)) return PieceType.CONTROL;
    if (addedIds.has(id) || isGemmas(id)) return PieceType.USER_DEFINED;
    const isByte = isBytePiece(text) || (isTabBare && text === "\t");
    return isByte ? PieceType.BYTE : PieceType.NORMAL;
  });
  if (!types.includes(PieceType.UNKNOWN)) {
    throw refuse.format("model.unk_token", "the text of a piece", described(unknown));
  }
  const bytes = types.filter((type) => type === PieceType.BYTE).length;
  if (bytes !== 256) throw refuse.format("model.vocab", "256 byte pieces", bytes);
  // SentencePiece's trainer numbers the pieces it was given first, then the bytes, then what it learnt.
  const first = types.indexOf(PieceType.NORMAL);
  if (first >= 0 && first < types.indexOf(PieceType.BYTE)) {
    const expected = `${brief(texts[first])} among them, as it stands before the bytes`;
    const got = "a list without it: which pieces are user-defined is lost";
    throw refuse.unsupported("added_tokens", expected, got);
  }
  return types;
}

/** Whether `value` has every key of `expected`, and exactly its elements where that is an array. */
function isLike(value: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(value) || value.length !== expected.length) return false;
    return expected.every((element, i) => isLike(value[i], element));
  }
  if (!isObject(expected)) return value === expected;
  return isObject(value) && Object.keys(expected).every((key) => isLike(value[key], expected[key]));
}

function object(value: unknown, key: string, refuse: Refusals): Json {
  if (isObject(value)) return value;
  throw refuse.format(key, "an object", described(value));
}

/** A value in a message. An object is described by its `type`, which most parts of the file have. */
function described(value: unknown): string {
  if (typeof value !== "object" || value === null) return brief(value);
  const type = isObject(value) ? value.type : undefined;
  return typeof type === "string" ? `an object of type ${brief(type)}` : kindOf(value);
}

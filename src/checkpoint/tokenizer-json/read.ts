/**
 * `tokenizer.json`: the vocabulary as Hugging Face's `tokenizers` saves it, read back as the SentencePiece
 * model it was converted from.
 * transformers 4: src/transformers/convert_slow_tokenizer.py (`GemmaConverter`, `generate_merges`).
 *
 * The conversion loses two things, which are set right here.
 *
 * - *Types.* User-defined pieces are added tokens; in files from before mid-2024 they are ordinary pieces,
 *   and only of Gemma's own vocabulary is it known which. Control pieces are told by their names, `<bos>`,
 *   `<eos>` and `<pad>`: other special tokens, such as the turn markers, are found in text. Unused pieces
 *   cannot be told, but Gemma has none: its `<unused0>` and so on are user-defined.
 * - *Scores.* They are those that SentencePiece's trainer gives: 0, −1, −2, … in the order of the ids of
 *   what it learnt. That this order holds is checked against the merges, see merges.ts.
 *
 * A file that says anything which SentencePiece does not do, so that its ids could be others, is refused.
 * What adds `<bos>` (`post_processor`) and what decodes (`decoder`) are not looked at: here as for every
 * other vocabulary the caller adds `<bos>`, and decoding is SentencePiece's. So is, on purpose, the treatment
 * of `<bos>` typed in a text: it is text, where `tokenizers` would make it the token.
 * @module
 */
import { brief } from "../../brief.ts";
import { ArgumentError, FormatError, UnsupportedError } from "../../errors.ts";
import { type ModelProto, type NormalizerSpec, PieceType } from "../../tokenizer/model-proto.ts";
import { SPACE_SYMBOL } from "../../tokenizer/normalizer.ts";
import { gemmaUserDefined } from "../gemma-vocabulary.ts";
import { assertMerges } from "./merges.ts";

/** A parsed JSON object. */
type Json = Readonly<Record<string, unknown>>;

interface AddedToken {
  readonly id: number;
  readonly content: string;
}

const op = "hfVocabulary";
const hint = "put the model's tokenizer.model beside it: that is read instead";
const NAMES = { bosPiece: "<bos>", eosPiece: "<eos>", padPiece: "<pad>" };

/** The piece of this byte, for which the converter writes the tab itself. */
const TAB = "<0x09>";

/** Fields of `model`, and the values with which it merges as SentencePiece does. */
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
/** Finds nothing to split: there is no space left when it comes to work. */
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
 * @param json the parsed file.
 * @param file its name, for error messages.
 * @throws {FormatError} if ids have gaps or come twice, or parts of it are missing or contradict each other.
 * @throws {UnsupportedError} if it is no conversion of a SentencePiece model like Gemma's, or leaves out too
 * much of it.
 */
export function hfVocabulary(
  json: Readonly<Record<string, unknown>>,
  file = "tokenizer.json",
): ModelProto {
  if (!isObject(json)) {
    throw new ArgumentError({ op, argument: "json", expected: "an object", got: kindOf(json) });
  }
  const model = object(json.model, "model", file);
  for (const [field, values] of Object.entries(MODEL)) {
    if (values.includes(model[field])) continue;
    throw unsupported(file, `model.${field}`, brief(values[0]), kindOf(model[field]));
  }
  const normalizerSpec = readNormalizer(json, file);
  const vocab = object(model.vocab, "model.vocab", file);
  const added = readAddedTokens(json.added_tokens, file);
  const texts = textsById(vocab, added, file);
  const types = typesOf(texts, model.unk_token, added, file);
  assertMerges({ merges: model.merges, vocab, texts, types, file });

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

/** Spaces must become ▁, and nothing else may happen to the text, or cut it, before it is merged. */
function readNormalizer({ normalizer, pre_tokenizer }: Json, file: string): NormalizerSpec {
  const isSequence = isObject(normalizer) && normalizer.type === "Sequence";
  const steps = isSequence ? normalizer.normalizers : [normalizer].filter((step) => step != null);
  const isMetaspace = isLike(pre_tokenizer, METASPACE);
  const addDummyPrefix = isLike(steps, [PREPEND, REPLACE]);
  if (!addDummyPrefix && !isLike(steps, [REPLACE]) && !(isMetaspace && isLike(steps, []))) {
    const got = isSequence ? "another sequence" : kindOf(normalizer);
    throw unsupported(file, "normalizer", `Replace " " by "${SPACE_SYMBOL}", and no more`, got);
  }
  if (pre_tokenizer != null && !isMetaspace && !isLike(pre_tokenizer, SPLIT)) {
    const expected = "none, or one that cuts nothing";
    throw unsupported(file, "pre_tokenizer", expected, kindOf(pre_tokenizer));
  }
  return { addDummyPrefix, removeExtraWhitespaces: false, escapeWhitespaces: true };
}

function readAddedTokens(value: unknown, file: string): AddedToken[] {
  if (!Array.isArray(value)) throw malformed(file, "added_tokens", "an array", kindOf(value));
  return value.map((token: unknown, i) => {
    const argument = `added_tokens[${i}]`;
    const { id, content, ...options } = object(token, argument, file);
    if (typeof id !== "number" || typeof content !== "string") {
      const got = `${kindOf(id)}, ${kindOf(content)}`;
      throw malformed(file, argument, "a number as id, and a text as content", got);
    }
    const isNamed = Object.values(NAMES).includes(content); // never found in text, with or without
    for (const option of isNamed ? [] : ["single_word", "lstrip", "rstrip"]) {
      if (options[option] !== true) continue;
      throw unsupported(file, `${argument}.${option}`, "false", "true");
    }
    return { id, content };
  });
}

/** The texts of the pieces by id, as in the file. */
function textsById(vocab: Json, added: readonly AddedToken[], file: string): string[] {
  const beyond = added.filter(({ content }) => !Object.hasOwn(vocab, content));
  const known = Object.keys(vocab);
  const size = known.length + beyond.length;
  const texts = new Array<string | undefined>(size).fill(undefined);
  const put = (text: string, id: unknown) => {
    if (text === "" || /\p{Surrogate}/u.test(text)) {
      throw malformed(file, "model.vocab", "texts of Unicode, not empty", brief(text));
    }
    if (typeof id !== "number" || !(id in texts) || texts[id] !== undefined) {
      const got = `${kindOf(id)} for ${brief(text)}`;
      throw malformed(file, "model.vocab", `ids from 0 to ${size - 1}, each once`, got);
    }
    texts[id] = text;
  };
  for (const text of known) put(text, vocab[text]);
  for (const { content, id } of beyond) put(content, id);
  for (const { content, id } of added) {
    if (texts[id] === content) continue;
    const expected = `the id of ${brief(content)} in model.vocab`;
    throw malformed(file, "added_tokens", expected, `${id}`);
  }
  return texts as string[]; // as many texts as places, none of them twice
}

/** The text of a piece as SentencePiece has it. */
function spelling(text: string, type: PieceType): string {
  if (type === PieceType.USER_DEFINED) return text.replaceAll(" ", SPACE_SYMBOL);
  return type === PieceType.BYTE && text === "\t" ? TAB : text;
}

function typesOf(
  texts: readonly string[],
  unknown: unknown,
  added: readonly AddedToken[],
  file: string,
): PieceType[] {
  for (const name of Object.values(NAMES)) {
    if (texts.includes(name)) continue;
    const what = { op, file, argument: "model.vocab", expected: `${name}, as in Gemma's` };
    const another = "this file belongs to another family of models";
    throw new UnsupportedError({ ...what, got: "none", hint: another });
  }
  const controls = new Set(Object.values(NAMES));
  const addedIds = new Set(added.map(({ id }) => id));
  const isGemmas = gemmaUserDefined(texts);
  const isTabBare = !texts.includes(TAB);
  const types = texts.map((text, id) => {
    if (text === unknown) return PieceType.UNKNOWN;
    if (controls.has(text)) return PieceType.CONTROL;
    if (addedIds.has(id) || isGemmas(id)) return PieceType.USER_DEFINED;
    const isByte = /^<0x[0-9A-F]{2}>$/.test(text) || (isTabBare && text === "\t");
    return isByte ? PieceType.BYTE : PieceType.NORMAL;
  });
  if (!types.includes(PieceType.UNKNOWN)) {
    throw malformed(file, "model.unk_token", "the text of a piece", kindOf(unknown));
  }
  const bytes = types.filter((type) => type === PieceType.BYTE).length;
  if (bytes !== 256) throw malformed(file, "model.vocab", "256 byte pieces", `${bytes}`);
  // SentencePiece's trainer numbers what it was told of first, the bytes last among it, then what it learnt.
  const first = types.indexOf(PieceType.NORMAL);
  if (first >= 0 && first < types.indexOf(PieceType.BYTE)) {
    const expected = `${brief(texts[first])} among them, as it stands before the bytes`;
    throw unsupported(file, "added_tokens", expected, "none such: which are user-defined is lost");
  }
  return types;
}

/** Whether `value` has all that `expected` has, and as many elements where that is an array. */
function isLike(value: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(value) || value.length !== expected.length) return false;
    return expected.every((element, i) => isLike(value[i], element));
  }
  if (!isObject(expected)) return value === expected;
  return isObject(value) && Object.keys(expected).every((key) => isLike(value[key], expected[key]));
}

function object(value: unknown, argument: string, file: string): Json {
  if (isObject(value)) return value;
  throw malformed(file, argument, "an object", kindOf(value));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in a message; of an object its `type`, which most parts of a tokenizer.json have. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (!isObject(value)) return brief(value);
  return typeof value.type === "string" ? `an object of type ${brief(value.type)}` : "an object";
}

function malformed(file: string, argument: string, expected: string, got: string): FormatError {
  return new FormatError({ op, file, argument, expected, got });
}

function unsupported(
  file: string,
  argument: string,
  expected: string,
  got: string,
): UnsupportedError {
  return new UnsupportedError({ op, file, argument, expected, got, hint });
}

/**
 * `tokenizer.model`: a serialized `sentencepiece.ModelProto`.
 * sentencepiece v0.1.97: src/sentencepiece_model.proto (proto2).
 *
 * Only the fields that encoding and decoding look at are read; the rest (how the model was trained)
 * is stepped over. A field that is absent has its proto2 default, which for the three switches of
 * the normaliser is *true*: Gemma writes two explicit falses.
 * @module
 */
import { brief } from "../brief.ts";
import { type Refusals, refusals } from "../errors.ts";
import { ProtoReader, tag, WireType } from "./protobuf.ts";

/** What a piece is for. The numbers of `ModelProto.SentencePiece.Type`. */
export const PieceType = {
  /** Found in training; made by merging. */
  NORMAL: 1,
  /** Stands for text that no piece covers. There is exactly one. */
  UNKNOWN: 2,
  /** Never found in text, invisible when decoded: `<bos>`. */
  CONTROL: 3,
  /** Always one token wherever its text occurs: `<start_of_turn>`, a run of newlines. */
  USER_DEFINED: 4,
  /** Takes part in merging, but is split again before output. */
  UNUSED: 5,
  /** One byte of UTF-8, `<0x00>` to `<0xFF>`, for characters that have no piece. */
  BYTE: 6,
} as const;
export type PieceType = (typeof PieceType)[keyof typeof PieceType];

/** A piece; its id is its position in {@link ModelProto.pieces}. */
export interface Piece {
  /** Its text, with ▁ for a space. */
  readonly piece: string;
  /** A float32: pieces of higher score merge first. */
  readonly score: number;
  /** Whether it is text, a marker, a byte, or unknown. */
  readonly type: PieceType;
}

/** The part of `TrainerSpec` that matters after training. */
export interface TrainerSpec {
  /** Whether a space belongs to the word before it. Gemma's does not. */
  readonly treatWhitespaceAsSuffix: boolean;
  /** Whether a character that no piece has becomes its bytes. */
  readonly byteFallback: boolean;
  /** The piece in front of a text. */
  readonly bosPiece: string;
  /** The piece behind a text. */
  readonly eosPiece: string;
  /** The piece that fills up a batch. */
  readonly padPiece: string;
  /** What the unknown piece decodes to. */
  readonly unkSurface: string;
}

/** How text is prepared before it is cut into pieces. */
export interface NormalizerSpec {
  /** Whether a space is put in front of a text. Gemma's is not. */
  readonly addDummyPrefix: boolean;
  /** Whether spaces at the ends, and several in a row, are dropped. Gemma keeps them. */
  readonly removeExtraWhitespaces: boolean;
  /** Whether spaces become ▁. */
  readonly escapeWhitespaces: boolean;
}

/** A sample text, and its pieces joined by spaces. */
export interface SelfTest {
  /** A text. */
  readonly input: string;
  /** Its pieces, with spaces between them. */
  readonly expected: string;
}

/** What a `tokenizer.model` holds. */
export interface ModelProto {
  /** The vocabulary: the id of a piece is its place. */
  readonly pieces: readonly Piece[];
  /** What the trainer was told, as far as it matters for cutting. */
  readonly trainerSpec: TrainerSpec;
  /** What is done to a text before it is cut. */
  readonly normalizerSpec: NormalizerSpec;
  /** Texts and their pieces, as the trainer had them. */
  readonly selfTests: readonly SelfTest[];
}

/** Most pieces a model may have. Gemma has 256,000; a hostile file could have one every 5 bytes. */
export const MAX_PIECES: number = 2 ** 21;

const BPE = 2; // TrainerSpec.ModelType: 1 unigram, 2 BPE, 3 word, 4 char
const { VARINT, LENGTH_DELIMITED, FIXED32 } = WireType;
const OTHER_FAMILY = "this file belongs to another family of models";

/**
 * Reads a `tokenizer.model`.
 *
 * @param bytes the whole file.
 * @param file its name, for error messages.
 * @throws {ArgumentError} if `bytes` is not a Uint8Array.
 * @throws {FormatError} if it is truncated or damaged, or a piece is empty, of an unknown type, not
 * UTF-8, or its score is NaN.
 * @throws {UnsupportedError} if it is a valid model but not BPE, normalises characters, or has more
 * than {@link MAX_PIECES} pieces.
 */
export function parseModelProto(bytes: Uint8Array, file = "tokenizer.model"): ModelProto {
  const refuse = refusals("parseModelProto", file);
  if (!(bytes instanceof Uint8Array)) {
    throw refuse.argument("bytes", "a Uint8Array", brief(bytes));
  }
  const pieces: Piece[] = [];
  const selfTests: SelfTest[] = [];
  const trainer = {
    modelType: 1,
    treatWhitespaceAsSuffix: false,
    byteFallback: false,
    bosPiece: "<s>",
    eosPiece: "</s>",
    padPiece: "<pad>",
    unkSurface: " \u2047 ",
  };
  const normalizer = { ...identityNormalizer };
  const denormalizer = { ...identityNormalizer };

  const reader = new ProtoReader({ bytes, refuse });
  while (reader.next()) {
    switch (reader.tag) {
      case tag(1, LENGTH_DELIMITED):
        if (pieces.length === MAX_PIECES) {
          throw refuse.unsupported(undefined, `at most ${MAX_PIECES} pieces`, "more");
        }
        pieces.push(readPiece(reader.message(), pieces.length, refuse));
        break;
      // proto2 merges a message that comes twice field by field: hence reading into the same object.
      case tag(2, LENGTH_DELIMITED):
        readTrainerSpec(reader.message(), trainer);
        break;
      case tag(3, LENGTH_DELIMITED):
        readNormalizerSpec(reader.message(), normalizer);
        break;
      case tag(4, LENGTH_DELIMITED):
        readSelfTests(reader.message(), selfTests);
        break;
      case tag(5, LENGTH_DELIMITED):
        readNormalizerSpec(reader.message(), denormalizer);
        break;
      default:
        reader.skip();
    }
  }

  if (pieces.length === 0) {
    const hint = "the file is empty or not a SentencePiece model";
    throw refuse.format(undefined, "at least one piece", "none", hint);
  }
  const { modelType, ...trainerSpec } = trainer;
  if (modelType !== BPE) {
    const got = modelType === 1 ? "1 (unigram)" : modelType;
    const hint = `Gemma's tokenizer is BPE; ${OTHER_FAMILY}`;
    throw refuse.unsupported("trainer_spec.model_type", "2 (BPE)", got, hint);
  }
  for (const [name, { charsmapLength }] of Object.entries({
    normalizer_spec: normalizer,
    denormalizer_spec: denormalizer,
  })) {
    if (charsmapLength === 0) continue;
    const hint = `Gemma's leaves characters as they are; ${OTHER_FAMILY}`;
    const argument = `${name}.precompiled_charsmap`;
    throw refuse.unsupported(argument, "no character map", `${charsmapLength} bytes`, hint);
  }
  const { charsmapLength: _, ...normalizerSpec } = normalizer;
  return { pieces, trainerSpec, normalizerSpec, selfTests };
}

function readPiece(reader: ProtoReader, id: number, refuse: Refusals): Piece {
  let piece = "";
  let score = 0;
  let type: number = PieceType.NORMAL;
  while (reader.next()) {
    if (reader.tag === tag(1, LENGTH_DELIMITED)) piece = reader.string();
    else if (reader.tag === tag(2, FIXED32)) score = reader.float();
    else if (reader.tag === tag(3, VARINT)) type = reader.varint();
    else reader.skip();
  }
  if (piece === "") throw refuse.format(`pieces[${id}].piece`, "a text", '""');
  if (Number.isNaN(score)) throw refuse.format(`pieces[${id}].score`, "a number", score);
  if (!isPieceType(type)) throw refuse.format(`pieces[${id}].type`, "1 to 6", type);
  return { piece, score, type };
}

function isPieceType(type: number): type is PieceType {
  return type >= PieceType.NORMAL && type <= PieceType.BYTE;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function readTrainerSpec(
  reader: ProtoReader,
  spec: Writable<TrainerSpec> & { modelType: number },
): void {
  while (reader.next()) {
    if (reader.tag === tag(3, VARINT)) spec.modelType = reader.varint();
    else if (reader.tag === tag(24, VARINT)) spec.treatWhitespaceAsSuffix = reader.bool();
    else if (reader.tag === tag(35, VARINT)) spec.byteFallback = reader.bool();
    else if (reader.tag === tag(44, LENGTH_DELIMITED)) spec.unkSurface = reader.string();
    // An empty name means the default, as in the C++ library (RETURN_PIECE in model_interface.cc).
    else if (reader.tag === tag(46, LENGTH_DELIMITED)) spec.bosPiece = reader.string() || "<s>";
    else if (reader.tag === tag(47, LENGTH_DELIMITED)) spec.eosPiece = reader.string() || "</s>";
    else if (reader.tag === tag(48, LENGTH_DELIMITED)) spec.padPiece = reader.string() || "<pad>";
    else reader.skip();
  }
}

const identityNormalizer = {
  addDummyPrefix: true,
  removeExtraWhitespaces: true,
  escapeWhitespaces: true,
  charsmapLength: 0,
};

function readNormalizerSpec(reader: ProtoReader, spec: typeof identityNormalizer): void {
  while (reader.next()) {
    if (reader.tag === tag(2, LENGTH_DELIMITED)) spec.charsmapLength = reader.length();
    else if (reader.tag === tag(3, VARINT)) spec.addDummyPrefix = reader.bool();
    else if (reader.tag === tag(4, VARINT)) spec.removeExtraWhitespaces = reader.bool();
    else if (reader.tag === tag(5, VARINT)) spec.escapeWhitespaces = reader.bool();
    else reader.skip();
  }
}

function readSelfTests(reader: ProtoReader, selfTests: SelfTest[]): void {
  while (reader.next()) {
    if (reader.tag !== tag(1, LENGTH_DELIMITED)) {
      reader.skip();
      continue;
    }
    const sample = reader.message();
    const test = { input: "", expected: "" };
    while (sample.next()) {
      if (sample.tag === tag(1, LENGTH_DELIMITED)) test.input = sample.string();
      else if (sample.tag === tag(2, LENGTH_DELIMITED)) test.expected = sample.string();
      else sample.skip();
    }
    selfTests.push(test);
  }
}

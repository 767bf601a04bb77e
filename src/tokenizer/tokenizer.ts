/**
 * Gemma's tokenizer: text ↔ token ids, as the C++ library SentencePiece does it, id for id.
 * sentencepiece v0.1.97: src/sentencepiece_processor.cc.
 *
 * A tokenizer is known by its file alone (`tokenizer.model`); nothing of Gemma's vocabulary is
 * written down here.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError, FormatError, UnsupportedError } from "../errors.ts";
import { type EmitPiece, Segmenter } from "./bpe.ts";
import { StreamDecoder } from "./decoder.ts";
import { type ModelProto, PieceType, parseModelProto } from "./model-proto.ts";
import { normalize } from "./normalizer.ts";
import { forEachByte } from "./utf8.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Tokens as ids, and as the text each came from. */
export interface Encoding {
  readonly ids: number[];
  /** As SentencePiece prints them: ▁ for a space, `<0x0A>` for a byte, unknown text as itself. */
  readonly pieces: string[];
}

/**
 * Encodes and decodes with the vocabulary of one `tokenizer.model`.
 *
 *     const tokenizer = Tokenizer.fromBytes(await readFile("tokenizer.model"));
 *     const ids = [tokenizer.bosId, ...tokenizer.encode("The capital of France is")];
 *     tokenizer.decode(ids); // "The capital of France is": <bos> is invisible
 */
export class Tokenizer {
  readonly vocabulary: Vocabulary;
  /** Number of token ids. */
  readonly vocabSize: number;
  /** The control piece that starts a text; -1 if there is none, as in the C++ library. */
  readonly bosId: number;
  /** The control piece that ends a text, or -1. */
  readonly eosId: number;
  /** The control piece that fills up a batch, or -1. */
  readonly padId: number;
  /** The unknown piece, whatever its text. (C++ `unk_id()` is -1 if that is not `unk_piece`.) */
  readonly unkId: number;
  /** The piece `<start_of_turn>`, which opens a turn of a chat. */
  readonly startOfTurnId: number | undefined;
  /** The piece `<end_of_turn>`, with which the model ends its turn. */
  readonly endOfTurnId: number | undefined;
  readonly #segmenter: Segmenter;

  /**
   * @param model as {@link parseModelProto} gives it.
   * @param file where it was read from, for error messages.
   * @throws {FormatError} if the pieces contradict each other, or a self-test in the file fails.
   * @throws {UnsupportedError} if it asks for what this library does not do.
   */
  constructor(model: ModelProto, file = "tokenizer.model") {
    const vocabulary = new Vocabulary(model, file);
    const { bosPiece, eosPiece, padPiece } = model.trainerSpec;
    const controlId = (piece: string) => {
      const id = vocabulary.idOf(piece) ?? vocabulary.unkId;
      return vocabulary.types[id] === PieceType.CONTROL ? id : -1;
    };
    this.vocabulary = vocabulary;
    this.vocabSize = vocabulary.size;
    this.bosId = controlId(bosPiece);
    this.eosId = controlId(eosPiece);
    this.padId = controlId(padPiece);
    this.unkId = vocabulary.unkId;
    this.startOfTurnId = vocabulary.idOf("<start_of_turn>");
    this.endOfTurnId = vocabulary.idOf("<end_of_turn>");
    this.#segmenter = new Segmenter(vocabulary);

    for (const [i, { input, expected }] of model.selfTests.entries()) {
      const got = this.encodePieces(input).pieces.join(" ");
      if (got === expected) continue;
      const argument = `self_test_data.samples[${i}]`;
      throw new FormatError({ op: "Tokenizer", file, argument, expected, got });
    }
  }

  /**
   * @param bytes the whole `tokenizer.model`.
   * @param file its name, for error messages.
   * @throws {FormatError} if it is damaged.
   * @throws {UnsupportedError} if it is a SentencePiece model of another kind.
   */
  static fromBytes(bytes: Uint8Array, file = "tokenizer.model"): Tokenizer {
    return new Tokenizer(parseModelProto(bytes, file), file);
  }

  /** From whatever a checkpoint came with: a file, or a vocabulary that was read from elsewhere. */
  static from(model: Uint8Array | ModelProto, file?: string): Tokenizer {
    return model instanceof Uint8Array
      ? Tokenizer.fromBytes(model, file)
      : new Tokenizer(model, file);
  }

  /**
   * The token ids of `text`. No `<bos>` is added, and none comes out of text that says `<bos>`;
   * `<start_of_turn>` in the text, on the other hand, *is* that token.
   *
   * @throws {UnsupportedError} if the text contains the text of a control piece and the model would
   * merge to it.
   */
  encode(text: string): number[] {
    const ids: number[] = [];
    this.#forEachToken(this.#normalize(text), (id) => ids.push(id));
    return ids;
  }

  /** The tokens of `text`, with the piece of text behind each. Errors as {@link encode}. */
  encodePieces(text: string): Encoding {
    const { types, model } = this.vocabulary;
    const normalized = this.#normalize(text);
    const ids: number[] = [];
    const pieces: string[] = [];
    this.#forEachToken(normalized, (id, begin, end) => {
      const isByte = types[id] === PieceType.BYTE;
      ids.push(id);
      pieces.push(isByte ? model.pieces[id].piece : normalized.slice(begin, end));
    });
    return { ids, pieces };
  }

  /**
   * The text of `ids`. Control pieces are invisible. With Gemma's settings, every text without ▁
   * (U+2581) and unpaired surrogates is `decode(encode(text))`.
   *
   * @throws {ArgumentError} if an id is not of this vocabulary.
   */
  decode(ids: Iterable<number>): string {
    if (typeof ids?.[Symbol.iterator] !== "function") {
      const got = brief(ids);
      const expected = "a list of token ids";
      throw new ArgumentError({ op: "decode", argument: "ids", expected, got });
    }
    const decoder = this.decoder();
    let text = "";
    for (const id of ids) text += decoder.push(id);
    return text + decoder.flush();
  }

  /** A decoder for ids that come one at a time. */
  decoder(): StreamDecoder {
    return new StreamDecoder(this.vocabulary);
  }

  /**
   * The piece of `id`, as it stands in the file.
   * @throws {ArgumentError} if there is no such id.
   */
  piece(id: number): string {
    this.vocabulary.assertId("piece", id);
    return this.vocabulary.model.pieces[id].piece;
  }

  /** The id whose piece is exactly `piece` (▁ for a space), or undefined. */
  idOf(piece: string): number | undefined {
    return this.vocabulary.idOf(piece);
  }

  /** Whether `id` is invisible and never comes out of {@link encode}: `<bos>`, `<eos>`, `<pad>`. */
  isControl(id: number): boolean {
    this.vocabulary.assertId("isControl", id);
    return this.vocabulary.model.pieces[id].type === PieceType.CONTROL;
  }

  #normalize(text: string): string {
    if (typeof text !== "string") {
      throw new ArgumentError({
        op: "encode",
        argument: "text",
        expected: "a string",
        got: typeof text,
      });
    }
    return normalize(text, this.vocabulary.model, this.#segmenter.userDefined);
  }

  /**
   * Emits the tokens of normalised text. What no piece covers becomes its bytes or, where there is
   * no byte fallback, one unknown token for all of it that is together.
   */
  #forEachToken(text: string, emit: EmitPiece): void {
    const { unkId, byteIds, types } = this.vocabulary;
    let unknownBegin = -1;
    this.#segmenter.segment(text, (id, begin, end) => {
      if (id !== unkId) {
        if (unknownBegin >= 0) emit(unkId, unknownBegin, begin);
        unknownBegin = -1;
        if (types[id] === PieceType.CONTROL) throw textOfControl(text.slice(begin, end), id);
        emit(id, begin, end);
      } else if (byteIds === undefined) {
        if (unknownBegin < 0) unknownBegin = begin;
      } else {
        forEachByte(text, begin, end, (byte) => emit(byteIds[byte], begin, end));
      }
    });
    if (unknownBegin >= 0) emit(unkId, unknownBegin, text.length);
  }
}

/** The C++ library has no answer either ("all normalized characters are not consumed"). */
function textOfControl(piece: string, id: number): UnsupportedError {
  return new UnsupportedError({
    op: "encode",
    argument: "text",
    expected: "no text that is also a control piece",
    got: `${brief(piece)}, piece ${id}`,
    hint: "this vocabulary has a control piece of one character, or of the text of another piece",
  });
}

/**
 * Gemma's tokenizer: text ↔ token ids, as the C++ library SentencePiece does it, id for id.
 * sentencepiece v0.1.97: src/sentencepiece_processor.cc.
 *
 * All it knows comes from its file (`tokenizer.model`); Gemma's vocabulary is not written down here.
 * @module
 */
import { brief } from "../brief.ts";
import { assertNoMore, listHint } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { Segmenter } from "./bpe.ts";
import { type DecodeOptions, StreamDecoder } from "./decoder.ts";
import { type ModelProto, PieceType, parseModelProto } from "./model-proto.ts";
import { normalize, SPACE_SYMBOL } from "./normalizer.ts";
import { placesIn, type TextToken } from "./text-token.ts";
import { forEachToken } from "./unknown-text.ts";
import { forEachByte } from "./utf8.ts";
import { byteOfPiece, type EmitPiece, isPlaceholder, Vocabulary } from "./vocabulary.ts";

/** Tokens as ids, and as the text each came from. */
export interface Encoding {
  /** The ids, without BOS. */
  readonly ids: number[];
  /** As SentencePiece prints them: ▁ for a space, `<0x0A>` for a byte, unknown text as itself. */
  readonly pieces: string[];
}

/** A stretch of a text: to be cut into pieces, or a special token. */
interface Part {
  readonly text: string;
  /** As the segmenter wants it; of a special token, its text. */
  readonly normalised: string;
  /** The special token. */
  readonly id?: number;
}

/** Options of {@link Tokenizer.encode}. */
export interface EncodeOptions {
  /**
   * Whether `<bos>`, `<eos>`, `<pad>` and `<unk>` in the text are those tokens: for a text that one wrote oneself,
   * or that a template made, and never for one from somebody else. Default false: they are mere text.
   */
  readonly special?: boolean;
}

export const ENCODE_NAMES: OptionNames<EncodeOptions> = { special: "boolean" };

/**
 * Encodes and decodes with the vocabulary of one `tokenizer.model`.
 *
 *     const tokenizer = Tokenizer.fromBytes(await readFile("tokenizer.model"));
 *     const ids = [tokenizer.bosId, ...tokenizer.encode("The capital of France is")];
 *     tokenizer.decode(ids); // "The capital of France is": <bos> is invisible
 */
export class Tokenizer {
  /** Its pieces, and which of them are markers. */
  readonly vocabulary: Vocabulary;
  /** Number of token ids. */
  readonly vocabSize: number;
  /** The control piece that starts a text; -1 without such a piece, as in the C++ library. */
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
      throw refusals("Tokenizer", file).format(`self_test_data.samples[${i}]`, expected, got);
    }
  }

  /**
   * @param bytes the whole `tokenizer.model`.
   * @param file its name, for error messages.
   * @throws {FormatError} if it is damaged.
   * @throws {UnsupportedError} if it is a SentencePiece model of another kind.
   */
  static fromBytes(bytes: Uint8Array, file = "tokenizer.model", ...surplus: []): Tokenizer {
    assertNoMore("Tokenizer.fromBytes", 2, surplus);
    return new Tokenizer(parseModelProto(bytes, file), file);
  }

  /** From a whole `tokenizer.model`, or from a vocabulary that came in another file. */
  static from(model: Uint8Array | ModelProto, file?: string, ...surplus: []): Tokenizer {
    assertNoMore("Tokenizer.from", 2, surplus);
    return model instanceof Uint8Array
      ? Tokenizer.fromBytes(model, file)
      : new Tokenizer(model, file);
  }

  /**
   * The token ids of `text`. No `<bos>` is added, and a text that says `<bos>` does not become that
   * token, unless `options` say so; `<start_of_turn>` in the text, on the other hand, *does*.
   *
   * @param options {@link EncodeOptions}
   * @throws {ArgumentError} if `text` is not a string.
   * @throws {UnsupportedError} if the text would merge to a control piece.
   */
  encode(text: string, options: EncodeOptions = {}, ...surplus: []): number[] {
    assertNoMore("encode", 2, surplus);
    const ids: number[] = [];
    for (const { id, normalised } of this.#parts(text, options)) {
      if (id !== undefined) ids.push(id);
      else this.#forEachToken(normalised, (id) => ids.push(id));
    }
    return ids;
  }

  /** The tokens of `text`, with the piece of text behind each. Errors as {@link encode}. */
  encodePieces(text: string, options: EncodeOptions = {}, ...surplus: []): Encoding {
    assertNoMore("encodePieces", 2, surplus);
    const ids: number[] = [];
    const pieces: string[] = [];
    for (const { id, normalised } of this.#parts(text, options)) {
      if (id !== undefined) {
        ids.push(id);
        pieces.push(normalised);
        continue;
      }
      this.#forEachToken(normalised, (id, begin, end) => {
        ids.push(id);
        pieces.push(this.#pieceOf(id, normalised.slice(begin, end)));
      });
    }
    return { ids, pieces };
  }

  /** How many tokens `text` has: the length of {@link encode}, without BOS. Errors as {@link encode}. */
  count(text: string, options: EncodeOptions = {}, ...surplus: []): number {
    assertNoMore("count", 2, surplus);
    let count = 0;
    for (const { id, normalised } of this.#parts(text, options)) {
      if (id !== undefined) count++;
      else this.#forEachToken(normalised, () => count++);
    }
    return count;
  }

  /**
   * The tokens of `text`, each with the stretch of it that it stands for. The stretches follow each other and make up
   * the text, where the bytes of one character count once. A vocabulary that drops spaces gives them to the token that
   * follows, or to the last; a space that it puts in front has no stretch. Errors as {@link encode}.
   *
   *     tokenizer.tokens("a 🐌"); // 🐌: four bytes, { from: 2, to: 4 } each
   */
  tokens(text: string, options: EncodeOptions = {}, ...surplus: []): TextToken[] {
    assertNoMore("tokens", 2, surplus);
    const { types, model } = this.vocabulary;
    const tokens: TextToken[] = [];
    let before = 0; // where the part begins
    let from = 0; // where the next token begins
    const add = (id: number, piece: string, to: number, byte?: TextToken["byte"]) => {
      const token = { id, piece, text: text.slice(from, to), from, to };
      tokens.push(byte === undefined ? token : { ...token, byte });
    };
    for (const part of this.#parts(text, options)) {
      const partEnd = before + part.text.length;
      if (part.id !== undefined) {
        add(part.id, part.normalised, partEnd);
        from = partEnd;
      } else {
        const { normalised } = part;
        const places = placesIn(part.text, normalised, model);
        let place = 0; // among the bytes of a character
        this.#forEachToken(normalised, (id, begin, end) => {
          const to = end === normalised.length ? partEnd : before + places[end];
          const character = normalised.slice(begin, end);
          const piece = this.#pieceOf(id, character);
          if (types[id] === PieceType.BYTE) {
            const of = utf8Size(character);
            add(id, piece, to, { value: byteOfPiece(piece), place, of });
            place = (place + 1) % of;
            if (place > 0) return;
          } else add(id, piece, to);
          from = to;
        });
      }
      before = partEnd;
    }
    return tokens;
  }

  /**
   * The text of `ids`. Control pieces are invisible, unless they are asked for with `special`. With Gemma's settings, every text without ▁
   * (U+2581) and unpaired surrogates is `decode(encode(text))`.
   *
   * @throws {ArgumentError} if an id is not in this vocabulary.
   */
  decode(ids: Iterable<number>, options: DecodeOptions = {}, ...surplus: []): string {
    assertNoMore("decode", 2, surplus);
    if (typeof ids !== "object" || typeof ids?.[Symbol.iterator] !== "function") {
      throw refusals("decode").argument("ids", "a list of token ids", brief(ids), listHint(ids));
    }
    const decoder = this.decoder(options);
    let text = "";
    for (const id of ids) text += decoder.push(id);
    return text + decoder.flush();
  }

  /** A decoder for ids that come one at a time. */
  decoder(options: DecodeOptions = {}, ...surplus: []): StreamDecoder {
    assertNoMore("decoder", 1, surplus);
    return new StreamDecoder(this.vocabulary, options);
  }

  /**
   * The piece of `id`, as it stands in the file.
   * @throws {ArgumentError} if there is no such id.
   */
  piece(id: number): string {
    this.vocabulary.assertId("piece", id);
    return this.vocabulary.model.pieces[id].piece;
  }

  /**
   * The bytes of UTF-8 that `id` adds to a text: of a byte piece that byte, which may be a part of a character; of any other
   * its text, with spaces for ▁. None of a control piece.
   *
   *     const bytes = tokenizer.encode("🐌").flatMap((id) => [...tokenizer.bytes(id)]); // F0 9F 90 8C
   *
   * @throws {ArgumentError} if there is no such id.
   */
  bytes(id: number): Uint8Array {
    this.vocabulary.assertId("bytes", id);
    const { types, model } = this.vocabulary;
    const { piece } = model.pieces[id];
    if (types[id] === PieceType.BYTE) return Uint8Array.of(byteOfPiece(piece));
    if (types[id] === PieceType.CONTROL || isPlaceholder(model.pieces[id], id))
      return new Uint8Array();
    const { unkSurface } = model.trainerSpec;
    const text = types[id] === PieceType.UNKNOWN ? unkSurface : piece.replaceAll(SPACE_SYMBOL, " ");
    return new TextEncoder().encode(text);
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

  /** Emits the tokens of normalised text. */
  #forEachToken(text: string, emit: EmitPiece): void {
    const cut = (emitPiece: EmitPiece) => this.#segmenter.segment(text, emitPiece);
    forEachToken(this.vocabulary, text, cut, emit);
  }

  /** A byte as its file spells it, and any other piece as the text that it was cut from. */
  #pieceOf(id: number, text: string): string {
    const { types, model } = this.vocabulary;
    return types[id] === PieceType.BYTE ? model.pieces[id].piece : text;
  }

  /** Stretches of text, and between them the special tokens that are asked for. Together they are the whole text. */
  *#parts(text: string, options: EncodeOptions): Generator<Part> {
    assertOptions("encode", options, ENCODE_NAMES);
    const { special = false } = options;
    if (typeof text !== "string") {
      const one = "one text at a time: texts.map((text) => gemma.encode(text))";
      const hint = Array.isArray(text) ? one : undefined;
      throw refusals("encode").argument("text", "a string", brief(text), hint);
    }
    const { model, reserved } = this.vocabulary;
    const texts = special ? text.split(this.#special()) : [text];
    for (const [i, part] of texts.entries()) {
      if (i % 2 === 1) {
        yield { text: part, normalised: part, id: reserved.get(part) };
      } else if (part !== "" || texts.length === 1) {
        yield { text: part, normalised: normalize(part, model, this.#segmenter.userDefined) };
      }
    }
  }

  /** Matches the text of every special token, of two that begin alike the longer. */
  #special(): RegExp {
    const { reserved, types } = this.vocabulary;
    const texts = [...reserved].flatMap(([text, id]) => (types[id] === PieceType.BYTE ? [] : text));
    const longestFirst = texts.sort((a, b) => b.length - a.length);
    return new RegExp(`(${longestFirst.map(escaped).join("|")})`);
  }
}

/** How many bytes a character has. */
function utf8Size(character: string): number {
  let size = 0;
  forEachByte(character, 0, character.length, () => size++);
  return size;
}

/** A text as a regular expression that matches it. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

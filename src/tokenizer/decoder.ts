/**
 * From ids back to text.
 * sentencepiece v0.1.97: src/sentencepiece_processor.cc (`SentencePieceProcessor::Decode`).
 *
 * - a control piece has no text, unless it is asked for, and an id that stands for no piece has none;
 * - the unknown piece: the model's `unk_surface`;
 * - a run of byte pieces: the UTF-8 it spells, with one U+FFFD for each byte outside any character;
 * - any other: its text, each ▁ as a space. Gemma adds no dummy prefix, so a leading space stays.
 *
 * Decoding does not stop at `<eos>`.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { PieceType } from "./model-proto.ts";
import { SPACE_SYMBOL } from "./normalizer.ts";
import { decodeUtf8, isTrailByte, REPLACEMENT, utf8Length } from "./utf8.ts";
import { byteOfPiece, isPlaceholder, Vocabulary } from "./vocabulary.ts";

/** Options of decoding. */
export interface DecodeOptions {
  /**
   * Number of ids that the model has. Those that this vocabulary lacks have no text then, instead of being refused:
   * a model may say them, and Hugging Face's tokenizers show nothing either. Default: as many as pieces.
   */
  readonly vocabSize?: number;
  /** Whether `<bos>`, `<eos>` and the other control pieces show their names. Default false: they have no text. */
  readonly special?: boolean;
}

export const DECODE_NAMES: OptionNames<DecodeOptions> = { vocabSize: true, special: "boolean" };

/**
 * Decodes ids as they are generated. The returns of all calls of {@link push} and then of {@link
 * flush} add up to exactly the decoding of all ids at once; text comes out as soon as no later id
 * can change it.
 */
export class StreamDecoder {
  readonly #vocabulary: Vocabulary;
  readonly #vocabSize: number;
  readonly #special: boolean;
  /** Bytes that may yet become a character: at most 3. */
  #bytes: number[] = [];
  /** Whether no text has come out yet, so that a leading ▁ was added by encoding. */
  #isAtStart: boolean;

  constructor(vocabulary: Vocabulary, options: DecodeOptions = {}) {
    if (!(vocabulary instanceof Vocabulary)) {
      const hint = "tokenizer.decoder() makes a decoder";
      const got = brief(vocabulary);
      throw refusals("StreamDecoder").argument("vocabulary", "a Vocabulary", got, hint);
    }
    assertOptions("decode", options, DECODE_NAMES);
    this.#vocabSize = options.vocabSize ?? 0;
    this.#special = options.special ?? false;
    const { addDummyPrefix, removeExtraWhitespaces } = vocabulary.model.normalizerSpec;
    this.#vocabulary = vocabulary;
    this.#isAtStart = addDummyPrefix || removeExtraWhitespaces;
  }

  /**
   * The text that is certain now that `id` is known: often a word; "" inside a character of several
   * bytes.
   * @throws {ArgumentError} if there is no such id.
   */
  push(id: number): string {
    const { types, model, size } = this.#vocabulary;
    if (Number.isInteger(id) && id >= size && id < this.#vocabSize) return this.flush();
    this.#vocabulary.assertId("decode", id);
    const type = types[id];
    if (type === PieceType.BYTE) {
      this.#bytes.push(byteOfPiece(model.pieces[id].piece));
      return this.#out(this.#wholeCharacters());
    }
    const before = this.flush();
    if (type === PieceType.CONTROL && this.#special) return before + model.pieces[id].piece;
    if (type === PieceType.CONTROL || isPlaceholder(model.pieces[id], id)) return before;
    if (type === PieceType.UNKNOWN) return before + this.#out(model.trainerSpec.unkSurface);
    return before + this.#out(this.#withoutAddedSpace(model.pieces[id].piece));
  }

  /** After the last id: the bytes held back, as one U+FFFD each. More ids may still be pushed. */
  flush(): string {
    const text = REPLACEMENT.repeat(this.#bytes.length);
    this.#bytes = [];
    return this.#out(text);
  }

  #out(text: string): string {
    if (text !== "") this.#isAtStart = false;
    return text;
  }

  #withoutAddedSpace(piece: string): string {
    if (this.#isAtStart && piece.startsWith(SPACE_SYMBOL)) {
      piece = piece.slice(1);
      // The dummy prefix is one space; extra spaces are all dropped, but only one from each piece.
      if (!this.#vocabulary.model.normalizerSpec.removeExtraWhitespaces) this.#isAtStart = false;
    }
    return piece.replaceAll(SPACE_SYMBOL, " ");
  }

  /** Takes out the held bytes that no further byte can change, as text. */
  #wholeCharacters(): string {
    let text = "";
    while (this.#bytes.length > 0) {
      const length = utf8Length(this.#bytes[0]);
      const c = decodeUtf8(this.#bytes, 0, this.#bytes.length);
      if (c < 0 && this.#bytes.length < length && this.#bytes.slice(1).every(isTrailByte)) break;
      text += c < 0 ? REPLACEMENT : String.fromCodePoint(c);
      this.#bytes.splice(0, c < 0 ? 1 : length);
    }
    return text;
  }
}

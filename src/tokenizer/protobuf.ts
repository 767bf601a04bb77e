/**
 * The wire format of protocol buffers, as far as a `tokenizer.model` needs it.
 * https://protobuf.dev/programming-guides/encoding
 *
 * A message is a run of fields. Each starts with a varint `number << 3 | wire type`, and the wire
 * type says how the value is stored, so that a reader can step over fields it does not know:
 *
 *     0  varint: 7 bits a byte, the lowest first, the top bit set on all bytes but the last
 *     1  8 bytes    2  a varint length, then that many bytes    5  4 bytes
 *
 * (3 and 4 open and close groups, which proto2 deprecated before SentencePiece existed.)
 * @module
 */
import type { FormatError, Refusals } from "../errors.ts";
import { utf8Text } from "./utf8.ts";

/** How the value of a field is stored. */
export const WireType = { VARINT: 0, FIXED64: 1, LENGTH_DELIMITED: 2, FIXED32: 5 } as const;

/** What introduces field `number` stored as `wireType`. */
export function tag(number: number, wireType: number): number {
  return number * 8 + wireType;
}

const floatBytes = new DataView(new ArrayBuffer(4));

/** A file being read. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly refuse: Refusals;
}

/**
 * Walks over the fields of one message. Nothing is read beyond its end, whatever lengths it claims.
 *
 *     while (reader.next()) {
 *       if (reader.tag === tag(1, WireType.LENGTH_DELIMITED)) name = reader.string();
 *       else reader.skip();
 *     }
 */
export class ProtoReader {
  /**
   * The tag of the field that {@link next} moved to. It holds the wire type too: a known number
   * stored another way is an unknown field.
   */
  tag = 0;
  readonly #source: Source;
  #at: number;
  readonly #end: number;

  constructor(source: Source, begin = 0, end: number = source.bytes.length) {
    this.#source = source;
    this.#at = begin;
    this.#end = end;
  }

  /**
   * Moves to the next field; false at the end of the message. The value must then be read or
   * skipped.
   * @throws {FormatError} where no field can start, as do all methods below.
   */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const at = this.#at;
    this.tag = this.varint();
    if (this.tag >= 8 && this.tag < 2 ** 32) return true;
    throw this.#damaged("the number of a field", this.tag, at);
  }

  /** An unsigned varint of up to 64 bits; exact below 2^53, and never 0 if it is not. */
  varint(): number {
    const start = this.#at;
    const { bytes } = this.#source;
    let value = 0;
    let scale = 1;
    for (let length = 1; length <= 10; length++) {
      const byte = bytes[this.#advance(1)];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw this.#damaged("a varint of at most 10 bytes", "a longer one", start);
  }

  /** A varint that is 0 or not. */
  bool(): boolean {
    return this.varint() !== 0;
  }

  /** A float32 (wire type FIXED32). */
  float(): number {
    const begin = this.#advance(4);
    const bytes = this.#source.bytes;
    for (let i = 0; i < 4; i++) floatBytes.setUint8(i, bytes[begin + i]);
    return floatBytes.getFloat32(0, true);
  }

  /** Steps over the value of a LENGTH_DELIMITED field → its length. */
  length(): number {
    const length = this.varint();
    this.#advance(length);
    return length;
  }

  /** The text of a LENGTH_DELIMITED field. */
  string(): string {
    const length = this.varint();
    const begin = this.#advance(length);
    const text = utf8Text(this.#source.bytes, begin, begin + length);
    if (text === undefined) throw this.#damaged("valid UTF-8", "other bytes", begin);
    return text;
  }

  /** A reader of the message in a LENGTH_DELIMITED field. */
  message(): ProtoReader {
    const length = this.varint();
    const begin = this.#advance(length);
    return new ProtoReader(this.#source, begin, begin + length);
  }

  /** Steps over a value, whatever its wire type. */
  skip(): void {
    const wireType = this.tag % 8;
    if (wireType === WireType.VARINT) this.varint();
    else if (wireType === WireType.FIXED64) this.#advance(8);
    else if (wireType === WireType.LENGTH_DELIMITED) this.#advance(this.varint());
    else if (wireType === WireType.FIXED32) this.#advance(4);
    else throw this.#damaged("wire type 0, 1, 2 or 5", wireType, this.#at);
  }

  /**
   * Where `length` bytes begin that lie wholly inside the message; the position moves past them.
   */
  #advance(length: number): number {
    const begin = this.#at;
    const left = this.#end - begin;
    if (length > left) throw this.#damaged(`${length} more bytes`, left, begin);
    this.#at = begin + length;
    return begin;
  }

  #damaged(expected: string, got: string | number, at: number): FormatError {
    const hint = "the file is truncated or damaged, or is not a SentencePiece model";
    return this.#source.refuse.format(`byte ${at}`, expected, got, hint);
  }
}

/**
 * The bytes of a pickle in order: opcodes and their arguments. Numbers are little-endian, except floats.
 * @module
 */
import { type FormatError, type Refusals, refusals, type UnsupportedError } from "../../errors.ts";
import { SAVE_ALONE } from "./pickle-globals.ts";

/** Every method throws a RangeError beyond the end: DataView guards each read, and says only that. */
export class PickleReader {
  readonly #view: DataView;
  readonly #refuse: Refusals;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#refuse = refusals("readPickle", file);
  }

  /** Where the next byte lies. */
  get at(): number {
    return this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }

  uint8(): number {
    return this.#view.getUint8(this.#at++);
  }

  uint16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }

  uint32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  int32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4, true);
  }

  /** Big-endian, the only number that is. */
  float64(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8);
  }

  /** An integer of `length` bytes in two's complement. */
  long(length: number): number {
    if (length > 8) throw this.unsupported("an integer of at most 8 bytes", length);
    let value = 0n;
    for (let i = 0; i < length; i++) value |= BigInt(this.uint8()) << BigInt(8 * i);
    const number = Number(BigInt.asIntN(8 * length, value));
    if (Number.isSafeInteger(number)) return number;
    throw this.unsupported("an integer below 2⁵³", number);
  }

  /** A text of `length` bytes. */
  text(length: number): string {
    const { buffer, byteOffset, byteLength } = this.#view;
    if (this.#at + length > byteLength) throw new RangeError("beyond the end");
    const bytes = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw this.damaged("text in UTF-8", "other bytes", cause);
    }
  }

  /** A text that a newline ends. */
  line(): string {
    let end = this.#at;
    while (this.#view.getUint8(end) !== 0x0a) end++;
    const line = this.text(end - this.#at);
    this.#at++;
    return line;
  }

  /** The error of a pickle that no writer of pickles makes. */
  damaged(expected: string, got: string, cause?: unknown): FormatError {
    const hint = "the file is damaged; copy or download it again";
    return this.#refuse.format(`byte ${this.#at}`, expected, got, hint, cause);
  }

  /** The error of a pickle that does more than a state dict needs. */
  unsupported(expected: string, got: string | number, hint: string = SAVE_ALONE): UnsupportedError {
    return this.#refuse.unsupported(undefined, expected, got, hint);
  }
}

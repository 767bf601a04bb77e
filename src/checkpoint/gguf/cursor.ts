/**
 * Reading a GGUF header value by value: its length is not known before it has been read.
 * @module
 */
import { FormatError } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";

/** Bytes that are read at once, if no value needs more. */
const CHUNK = 2 ** 20;
const op = "readGguf";

/** A position in a file, and the bytes from there on that have been read already. */
export class GgufCursor {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #bytes: Uint8Array = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  /** Where in the file `#bytes` begins. */
  #base = 0;
  #at = 0;

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  get file(): string {
    return this.#source.name;
  }

  /** In the file, in bytes. */
  get position(): number {
    return this.#base + this.#at;
  }

  async skip(count: number): Promise<void> {
    await this.#need(count, "the header");
    this.#at += count;
  }

  async uint32(): Promise<number> {
    await this.#need(4, "the header");
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  /** @param what it is, for error messages. @throws {FormatError} if it is 2⁵³ or more. */
  async uint64(what: string): Promise<number> {
    await this.#need(8, what);
    return this.#uint64(what);
  }

  async string(what: string): Promise<string> {
    const length = await this.uint64(what);
    await this.#need(length, what);
    return this.#text(length, what);
  }

  /** Many strings: one at a time would wait a million times for nothing. */
  async strings(count: number, what: string): Promise<string[]> {
    const strings: string[] = [];
    for (let i = 0; i < count; i++) {
      if (this.#left < 8) await this.#need(8, what);
      const length = this.#uint64(what);
      if (this.#left < length) await this.#need(length, what);
      strings.push(this.#text(length, what));
    }
    return strings;
  }

  async numbers<T extends GgufNumbers>(Type: NumberArray<T>, count: number): Promise<T> {
    const length = count * Type.BYTES_PER_ELEMENT;
    await this.#need(length, "an array");
    const copy = new Uint8Array(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return new Type(copy.buffer as ArrayBuffer);
  }

  refusal(argument: string, expected: string, got: string): FormatError {
    return new FormatError({ op, file: this.file, argument, expected, got });
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #uint64(what: string): number {
    const value = this.#view.getBigUint64(this.#at, true);
    this.#at += 8;
    if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
    throw this.refusal(what, "a number below 2⁵³", `${value}`);
  }

  #text(length: number, what: string): string {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw this.refusal(what, "text in UTF-8", "other bytes");
    }
  }

  /** Reads on, until the next `count` bytes are here. */
  async #need(count: number, what: string): Promise<void> {
    if (this.#left >= count) return;
    const { size } = this.#source;
    const begin = this.position;
    if (begin + count > size) {
      throw new FormatError({
        op,
        file: this.file,
        argument: what,
        expected: `${count} bytes at ${begin}`,
        got: `a file of ${size} bytes`,
        hint: "the file is truncated, or is still being downloaded",
      });
    }
    const end = Math.min(size, begin + Math.max(count, CHUNK));
    this.#bytes = await readExactly(op, this.#source, begin, end, this.#signal);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    this.#base = begin;
    this.#at = 0;
  }
}

export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** Makes an array of numbers of little-endian bytes. */
export interface NumberArray<T extends GgufNumbers = GgufNumbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (bytes: ArrayBuffer): T;
}

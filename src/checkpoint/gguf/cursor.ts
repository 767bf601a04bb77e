/**
 * Reading a GGUF header value by value: its length is not known before it has been read.
 * @module
 */
import { type Refusals, refusals } from "../../errors.ts";
import { allocate, type ByteSource, readExactly } from "../../source/byte-source.ts";
import { TRUNCATED } from "../file-rows.ts";

/** Bytes that are read at a time, if no value needs more. */
export const CHUNK: number = 2 ** 20;
const op = "readGguf";

/** A position in a file, and the bytes from there on that have been read already. */
export class GgufCursor {
  /** The errors of this file. */
  readonly refuse: Refusals;
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #bytes: Uint8Array;
  #view: DataView;
  /** Where in the file `#bytes` begins. */
  #base = 0;
  #at = 0;

  /** @param head the first bytes of the file, which have been read already. */
  constructor(source: ByteSource, head: Uint8Array, signal?: AbortSignal) {
    this.refuse = refusals(op, source.name);
    this.#source = source;
    this.#signal = signal;
    this.#bytes = head;
    this.#view = viewOf(head);
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

  /** @param field its name in error messages. @throws {FormatError} if it is 2⁵³ or more. */
  async uint64(field: string): Promise<number> {
    await this.#need(8, field);
    return this.#uint64(field);
  }

  async string(field: string): Promise<string> {
    const length = await this.uint64(field);
    await this.#need(length, field);
    return this.#text(length, field);
  }

  /** Many strings: a promise for each would be a million promises. */
  async strings(count: number, field: string): Promise<string[]> {
    const strings: string[] = [];
    for (let i = 0; i < count; i++) {
      if (this.#left < 8) await this.#need(8, field);
      const length = this.#uint64(field);
      if (this.#left < length) await this.#need(length, field);
      strings.push(this.#text(length, field));
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

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #uint64(field: string): number {
    const value = this.#view.getBigUint64(this.#at, true);
    this.#at += 8;
    if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
    throw this.refuse.format(field, "a number below 2⁵³", value);
  }

  #text(length: number, field: string): string {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw this.refuse.format(field, "text in UTF-8", "other bytes");
    }
  }

  /** Reads on, until the next `count` bytes are here. No byte is read twice. */
  async #need(count: number, field: string): Promise<void> {
    if (this.#left >= count) return;
    const { size, name } = this.#source;
    const { position } = this;
    if (position + count > size) {
      const expected = `${count} bytes at ${position}`;
      throw this.refuse.format(field, expected, `a file of ${size} bytes`, TRUNCATED);
    }
    const begin = position + this.#left;
    const end = Math.min(size, begin + Math.max(count - this.#left, CHUNK));
    const more = await readExactly(op, this.#source, begin, end, this.#signal);
    const bytes = allocate(op, name, end - position);
    bytes.set(this.#bytes.subarray(this.#at));
    bytes.set(more, begin - position);
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#base = position;
    this.#at = 0;
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** An array in the metadata whose elements are numbers. */
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

/** Makes an array of numbers from little-endian bytes. */
export interface NumberArray<T extends GgufNumbers = GgufNumbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (bytes: ArrayBuffer): T;
}

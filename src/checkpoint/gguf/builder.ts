/**
 * The header of a GGUF file, put together value by value. See header.ts for the layout.
 * @module
 */
import { joinBytes } from "../../source/bytes.ts";
import { ValueType } from "./value-types.ts";

/** Metadata and tensors are kept in the order in which they are added. */
export class GgufBuilder {
  readonly #entries: Uint8Array[] = [];
  readonly #tensors: Uint8Array[] = [];
  readonly #encoder = new TextEncoder();
  #count = 0;

  string(key: string, value: string): void {
    this.#entry(key, ValueType.STRING, this.#text(value));
  }

  uint32(key: string, value: number): void {
    this.#entry(key, ValueType.UINT32, uint32(value));
  }

  float32(key: string, value: number): void {
    this.#entry(key, ValueType.FLOAT32, bytesOf(Float32Array.of(value)));
  }

  bool(key: string, value: boolean): void {
    this.#entry(key, ValueType.BOOL, Uint8Array.of(value ? 1 : 0));
  }

  strings(key: string, values: readonly string[]): void {
    const texts = values.map((value) => this.#text(value));
    this.#array(key, ValueType.STRING, values.length, texts);
  }

  integers(key: string, values: Int32Array): void {
    this.#array(key, ValueType.INT32, values.length, [bytesOf(values)]);
  }

  floats(key: string, values: Float32Array): void {
    this.#array(key, ValueType.FLOAT32, values.length, [bytesOf(values)]);
  }

  /** @param shape row-major, the slowest axis first; the file has the axes in reverse. */
  tensor(name: string, shape: readonly number[], type: number, offset: number): void {
    const dimensions = [...shape].reverse().map(uint64);
    const rank = uint32(shape.length);
    const parts = [this.#text(name), rank, ...dimensions, uint32(type), uint64(offset)];
    this.#tensors.push(joinBytes(parts));
  }

  /** The header, filled up to where the data begin. */
  finish(tensorCount: number, alignment: number): Uint8Array {
    const magic = this.#encoder.encode("GGUF");
    const start = [magic, uint32(3), uint64(tensorCount), uint64(this.#count)];
    const header = joinBytes([...start, ...this.#entries, ...this.#tensors]);
    const padding = new Uint8Array(
      Math.ceil(header.length / alignment) * alignment - header.length,
    );
    return joinBytes([header, padding]);
  }

  #array(key: string, type: number, count: number, elements: readonly Uint8Array[]): void {
    this.#entry(key, ValueType.ARRAY, joinBytes([uint32(type), uint64(count), ...elements]));
  }

  #entry(key: string, type: number, value: Uint8Array): void {
    this.#count++;
    this.#entries.push(this.#text(key), uint32(type), value);
  }

  #text(value: string): Uint8Array {
    const bytes = this.#encoder.encode(value);
    return joinBytes([uint64(bytes.length), bytes]);
  }
}

function uint32(value: number): Uint8Array {
  return bytesOf(Uint32Array.of(value));
}

function uint64(value: number): Uint8Array {
  return bytesOf(BigUint64Array.of(BigInt(value)));
}

/** Little-endian, as is every machine that this runs on. */
function bytesOf({ buffer }: { readonly buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(buffer);
}

/**
 * Writes GGUF files for specs, right ones and wrong ones. It uses neither the reader nor the writer of the
 * library.
 */

/** Type number and value of a metadata entry. */
export type Entry =
  | readonly [type: 0 | 2 | 4 | 5 | 6 | 7 | 10 | 12, value: number | bigint]
  | readonly [type: 8, value: string]
  | readonly [type: 9, of: 0 | 5 | 6 | 8 | 10, values: readonly (number | bigint | string)[]];

export interface TensorRow {
  readonly name: string;
  /** The fastest first. */
  readonly dimensions: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
  /** A wrong one, instead of the right one. */
  readonly offset?: number;
}

export interface Wrong {
  readonly version?: number;
  readonly tensorCount?: number;
  readonly entryCount?: number;
}

export function ggufFile(
  metadata: Readonly<Record<string, Entry>> | readonly (readonly [string, Entry])[],
  tensors: readonly TensorRow[] = [],
  { version = 3, tensorCount, entryCount }: Wrong = {},
): Uint8Array {
  const entries = Array.isArray(metadata) ? metadata : Object.entries(metadata);
  const header = new Bytes();
  header.bytes(new TextEncoder().encode("GGUF"));
  header.uint32(version);
  header.uint64(tensorCount ?? tensors.length);
  header.uint64(entryCount ?? entries.length);
  for (const [key, entry] of entries) {
    header.text(key);
    header.uint32(entry[0]);
    value(header, entry);
  }
  let offset = 0;
  for (const { name, dimensions, type, bytes: data, offset: wrong } of tensors) {
    header.text(name);
    header.uint32(dimensions.length);
    for (const dimension of dimensions) header.uint64(dimension);
    header.uint32(type);
    header.uint64(wrong ?? offset);
    offset += padded(data.length);
  }
  const begin = padded(header.length);
  const file = new Uint8Array(begin + offset);
  file.set(header.written());
  let at = begin;
  for (const { bytes: data } of tensors) {
    file.set(data, at);
    at += padded(data.length);
  }
  return file;
}

/** The shape of a Gemma. */
export const GEMMA_SHAPE: Readonly<Record<string, Entry>> = {
  "general.architecture": [8, "gemma"],
  "gemma.context_length": [4, 16],
  "gemma.embedding_length": [4, 8],
  "gemma.block_count": [4, 1],
  "gemma.feed_forward_length": [4, 8],
  "gemma.attention.head_count": [4, 2],
  "gemma.attention.layer_norm_rms_epsilon": [6, 1e-6],
};

/** As much of a Gemma as it takes to open it: its shape, and a table of so many rows. */
export function gemmaGguf(rows: number, changes: Readonly<Record<string, Entry>> = {}): Uint8Array {
  const metadata = { ...GEMMA_SHAPE, ...changes };
  const bytes = new Uint8Array(rows * 32);
  return ggufFile(metadata, [{ name: "token_embd.weight", dimensions: [8, rows], type: 0, bytes }]);
}

function value(to: Bytes, entry: Entry): void {
  if (entry[0] === 9) {
    const [, of, values] = entry;
    to.uint32(of);
    to.uint64(values.length);
    for (const v of values) scalar(to, of, v);
  } else scalar(to, entry[0], entry[1]);
}

function scalar(to: Bytes, type: number, x: number | bigint | string): void {
  if (typeof x === "string") to.text(x);
  else if (type === 10) to.uint64(x);
  else if (typeof x === "bigint") throw new Error("a bigint needs type 10");
  else if (type === 6) to.float32(x);
  else if (type === 12) to.float64(x);
  else if (type === 7 || type === 0) to.uint8(x);
  else if (type === 2) to.uint16(x);
  else to.uint32(x);
}

const padded = (length: number) => Math.ceil(length / 32) * 32;

/** Bytes written one after another: a vocabulary of Gemma's size is six megabytes. */
class Bytes {
  length = 0;
  #view = new DataView(new ArrayBuffer(2 ** 12));

  written(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.length);
  }

  /** Where the next `size` bytes go. */
  #take(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.#view.byteLength) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  uint8(x: number): void {
    const at = this.#take(1);
    this.#view.setUint8(at, x);
  }

  uint16(x: number): void {
    const at = this.#take(2);
    this.#view.setUint16(at, x, true);
  }

  uint32(x: number): void {
    const at = this.#take(4);
    this.#view.setUint32(at, x, true);
  }

  uint64(x: number | bigint): void {
    const at = this.#take(8);
    this.#view.setBigUint64(at, BigInt(x), true);
  }

  float32(x: number): void {
    const at = this.#take(4);
    this.#view.setFloat32(at, x, true);
  }

  float64(x: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, x, true);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    new Uint8Array(this.#view.buffer).set(bytes, at);
  }

  text(s: string): void {
    const bytes = new TextEncoder().encode(s);
    this.uint64(bytes.length);
    this.bytes(bytes);
  }
}

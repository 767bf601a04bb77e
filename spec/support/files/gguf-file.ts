/**
 * Writes GGUF files for specs, right ones and wrong ones. It uses neither the reader nor the writer of the
 * library.
 */

/** Type number and value of a metadata entry. */
export type Entry =
  | readonly [type: 0 | 4 | 5 | 6 | 7 | 10 | 12, value: number | bigint]
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
  const bytes: number[] = [...latin("GGUF"), ...uint32(version)];
  bytes.push(...uint64(tensorCount ?? tensors.length), ...uint64(entryCount ?? entries.length));
  for (const [key, entry] of entries) {
    for (const byte of [...text(key), ...uint32(entry[0]), ...value(entry)]) bytes.push(byte);
  }
  let offset = 0;
  for (const { name, dimensions, type, bytes: data, offset: wrong } of tensors) {
    bytes.push(...text(name), ...uint32(dimensions.length), ...dimensions.flatMap(uint64));
    bytes.push(...uint32(type), ...uint64(wrong ?? offset));
    offset += padded(data.length);
  }
  const begin = padded(bytes.length);
  const file = new Uint8Array(begin + offset);
  file.set(bytes);
  let at = begin;
  for (const { bytes: data } of tensors) {
    file.set(data, at);
    at += padded(data.length);
  }
  return file;
}

function value(entry: Entry): number[] {
  if (entry[0] !== 9) return scalar(entry[0], entry[1]);
  const [, of, values] = entry;
  return [...uint32(of), ...uint64(values.length), ...values.flatMap((v) => scalar(of, v))];
}

function scalar(type: number, x: number | bigint | string): number[] {
  if (typeof x === "string") return text(x);
  if (type === 10) return uint64(x);
  if (typeof x === "bigint") throw new Error("a bigint needs type 10");
  if (type === 6) return [...new Uint8Array(Float32Array.of(x).buffer)];
  if (type === 12) return [...new Uint8Array(Float64Array.of(x).buffer)];
  return type === 7 || type === 0 ? [x] : uint32(x);
}

const padded = (length: number) => Math.ceil(length / 32) * 32;
const latin = (s: string) => [...new TextEncoder().encode(s)];
const text = (s: string) => [...uint64(latin(s).length), ...latin(s)];
const uint32 = (x: number) => [...new Uint8Array(Uint32Array.of(x).buffer)];
const uint64 = (x: number | bigint) => [...new Uint8Array(BigUint64Array.of(BigInt(x)).buffer)];

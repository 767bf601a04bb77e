/**
 * GGUF, the format of llama.cpp, up to where the tensors begin:
 *
 *     4 bytes    "GGUF"
 *     uint32     version, 2 or 3 (which differ in nothing that is read here)
 *     uint64     number of tensors
 *     uint64     number of metadata entries
 *     entries    key, type, value: everything about the model, tokenizer included
 *     tensors    name, dimensions (the fastest first), type, offset from where the data begin
 *     padding    to `general.alignment` (32), as before each tensor
 *
 * Everything is little-endian; strings and arrays begin with their length as uint64.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { fileKind } from "../../source/file-kind.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { CHUNK, GgufCursor, type GgufNumbers, type NumberArray } from "./cursor.ts";
import { ValueType } from "./value-types.ts";

/** A metadata value. Numbers beyond 2⁵³ are bigints; numbers in arrays are typed arrays, bools bytes. */
export type GgufValue = number | bigint | boolean | string | readonly string[] | GgufNumbers;

/** A tensor as the file describes it. */
export interface GgufEntry {
  /** Number of its dtype: see dtypes.ts. */
  readonly type: number;
  /** Row-major, the slowest axis first; the file has the axes in reverse. */
  readonly shape: readonly number[];
  /** Its first byte, counted from where the data begin. */
  readonly offset: number;
}

/** The contents of the header. */
export interface GgufHeader {
  /** What the file says of the model and its tokenizer, by key. */
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** The tensors by name. */
  readonly entries: ReadonlyMap<string, GgufEntry>;
  /** The byte of the file at which offset 0 lies. */
  readonly dataBegin: number;
  /** Tensors begin at multiples of it. */
  readonly alignment: number;
}

/**
 * Limits far above any real file (the vocabulary of the 7B is an array of 256,000), so that a damaged file
 * cannot ask for more memory than its own size.
 */
const MAX_ENTRIES = 65_536;
const MAX_ELEMENTS = 2 ** 22;
/** As in llama.cpp (GGML_MAX_DIMS). */
const MAX_DIMENSIONS = 4;

/**
 * Reads the header, each byte once.
 * @param head its first bytes, where they have been read already.
 * @throws {FormatError} if it is not a GGUF file, or is damaged or cut short.
 * @throws {UnsupportedError} if it is of another version, or big-endian.
 */
export async function readGgufHeader(
  source: ByteSource,
  signal?: AbortSignal,
  head?: Uint8Array,
): Promise<GgufHeader> {
  const { size } = source;
  const first = head ?? (await readExactly("readGguf", source, 0, Math.min(size, CHUNK), signal));
  const cursor = new GgufCursor(source, first, signal);
  assertGguf(first, size, cursor.refuse);
  await cursor.skip(4);
  await assertVersion(cursor);
  const tensorCount = await readCount(cursor, "the number of tensors", MAX_ENTRIES);
  const entryCount = await readCount(cursor, "the number of metadata entries", MAX_ENTRIES);

  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = await cursor.string(`the key of metadata entry ${i}`);
    if (metadata.has(key)) throw cursor.refuse.format(key, "the key once", "it twice");
    metadata.set(key, await readValue(cursor, await cursor.uint32(), key));
  }
  const alignment = alignmentOf(metadata, cursor);

  const entries = new Map<string, GgufEntry>();
  for (let i = 0; i < tensorCount; i++) {
    const name = await cursor.string(`the name of tensor ${i}`);
    if (entries.has(name)) throw cursor.refuse.format(name, "one tensor of that name", "two");
    entries.set(name, await readEntry(cursor, name));
  }
  const dataBegin = Math.ceil(cursor.position / alignment) * alignment;
  return { metadata, entries, dataBegin, alignment };
}

function assertGguf(head: Uint8Array, size: number, refuse: Refusals): void {
  const kind = fileKind(head);
  if (kind?.kind === "gguf") return;
  const bytes = size < 4 ? `${size} bytes` : `bytes ${head.subarray(0, 4).join(" ")}`;
  throw refuse.format(undefined, 'a GGUF file, which begins with "GGUF"', kind?.title ?? bytes);
}

async function assertVersion(cursor: GgufCursor): Promise<void> {
  const version = await cursor.uint32();
  if (version === 2 || version === 3) return;
  const got = version > 0xffffff ? "a big-endian file" : version;
  const hint = "convert it with llama.cpp's gguf-py, or get a current file";
  throw cursor.refuse.unsupported("version", "GGUF version 2 or 3, little-endian", got, hint);
}

async function readCount(cursor: GgufCursor, field: string, limit: number): Promise<number> {
  const count = await cursor.uint64(field);
  if (count <= limit) return count;
  throw cursor.refuse.format(field, `at most ${limit}`, count);
}

async function readValue(cursor: GgufCursor, type: number, key: string): Promise<GgufValue> {
  switch (type) {
    case ValueType.BOOL: {
      const byte = (await cursor.numbers(Uint8Array, 1))[0];
      if (byte > 1) throw cursor.refuse.format(key, "a bool, 0 or 1", byte);
      return byte === 1;
    }
    case ValueType.STRING:
      return cursor.string(key);
    case ValueType.ARRAY:
      return readArray(cursor, key);
    default: {
      const [value] = await cursor.numbers(numberType(cursor, type, key), 1);
      const isSafe = typeof value === "bigint" && Number.isSafeInteger(Number(value));
      return isSafe ? Number(value) : value;
    }
  }
}

async function readArray(cursor: GgufCursor, key: string): Promise<GgufValue> {
  const type = await cursor.uint32();
  const length = await cursor.uint64(key);
  if (length > MAX_ELEMENTS) {
    throw cursor.refuse.format(key, `an array of at most ${MAX_ELEMENTS} elements`, length);
  }
  switch (type) {
    case ValueType.ARRAY:
      throw cursor.refuse.format(key, "an array of values", "an array of arrays");
    case ValueType.STRING:
      return cursor.strings(length, key);
    case ValueType.BOOL:
      return cursor.numbers(Uint8Array, length);
    default:
      return cursor.numbers(numberType(cursor, type, key), length);
  }
}

const NUMBER_TYPES: Readonly<Record<number, NumberArray>> = {
  [ValueType.UINT8]: Uint8Array,
  [ValueType.INT8]: Int8Array,
  [ValueType.UINT16]: Uint16Array,
  [ValueType.INT16]: Int16Array,
  [ValueType.UINT32]: Uint32Array,
  [ValueType.INT32]: Int32Array,
  [ValueType.FLOAT32]: Float32Array,
  [ValueType.UINT64]: BigUint64Array,
  [ValueType.INT64]: BigInt64Array,
  [ValueType.FLOAT64]: Float64Array,
};

function numberType(cursor: GgufCursor, type: number, key: string): NumberArray {
  if (Object.hasOwn(NUMBER_TYPES, type)) return NUMBER_TYPES[type];
  throw cursor.refuse.format(key, "a value type from 0 to 12", type);
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, cursor: GgufCursor): number {
  const key = "general.alignment";
  const alignment = metadata.get(key) ?? 32;
  const isPower =
    typeof alignment === "number" &&
    alignment >= 1 &&
    alignment <= 2 ** 20 &&
    Number.isInteger(Math.log2(alignment));
  if (isPower) return alignment;
  throw cursor.refuse.format(key, "a power of two", brief(alignment));
}

async function readEntry(cursor: GgufCursor, name: string): Promise<GgufEntry> {
  const rank = await cursor.uint32();
  if (rank > MAX_DIMENSIONS) {
    throw cursor.refuse.format(name, `at most ${MAX_DIMENSIONS} dimensions`, rank);
  }
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) shape.unshift(await cursor.uint64(name));
  if (!Number.isSafeInteger(elementsOf(shape))) {
    throw cursor.refuse.format(name, "fewer than 2⁵³ elements", `shape ${shape.join("×")}`);
  }
  const type = await cursor.uint32();
  return { type, shape, offset: await cursor.uint64(name) };
}

/**
 * GGUF, the format of llama.cpp, up to where the tensors begin:
 *
 *     4 bytes    "GGUF"
 *     uint32     version, 2 or 3 (which differ in nothing that is read here)
 *     uint64     number of tensors
 *     uint64     number of metadata entries
 *     entries    key, type, value: whatever there is to know about the model, tokenizer included
 *     tensors    name, dimensions (the fastest first), type, offset from where the data begin
 *     padding    to `general.alignment` (32), as before each tensor
 *
 * All little-endian; strings and arrays begin with their length as uint64.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 * @module
 */
import { brief } from "../../brief.ts";
import { FormatError, UnsupportedError } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../../source/file-kind.ts";
import { GgufCursor, type GgufNumbers, type NumberArray } from "./cursor.ts";

/** A metadata value. Numbers beyond 2⁵³ are bigints; arrays of numbers are typed, of bools bytes. */
export type GgufValue = number | bigint | boolean | string | readonly string[] | GgufNumbers;

/** A tensor as the file describes it. */
export interface GgufEntry {
  /** Number of its type: see types.ts. */
  readonly type: number;
  /** Row-major, the slowest axis first: the other way round than in the file. */
  readonly shape: readonly number[];
  /** Its first byte, from where the data begin. */
  readonly offset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly entries: ReadonlyMap<string, GgufEntry>;
  /** The byte of the file at which offset 0 lies. */
  readonly dataBegin: number;
  readonly alignment: number;
}

/**
 * Limits that no real file comes near, so that a damaged one cannot ask for more memory than its own
 * size: counts of entries, and of elements in an array (a vocabulary of the 7B has 256,000).
 */
const MAX_ENTRIES = 65_536;
const MAX_ELEMENTS = 2 ** 22;
/** As in llama.cpp (GGML_MAX_DIMS). */
const MAX_DIMENSIONS = 4;

const op = "readGguf";

/**
 * Reads the header.
 * @throws {FormatError} if it is not a GGUF file, or is damaged or cut short.
 * @throws {UnsupportedError} if it is of another version, or big-endian.
 */
export async function readGgufHeader(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<GgufHeader> {
  const cursor = new GgufCursor(source, signal);
  await assertGguf(source, signal);
  await cursor.skip(4);
  const version = await readVersion(cursor);
  const tensorCount = await readCount(cursor, "the number of tensors", MAX_ENTRIES);
  const entryCount = await readCount(cursor, "the number of metadata entries", MAX_ENTRIES);

  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = await cursor.string(`the key of metadata entry ${i}`);
    if (metadata.has(key)) throw cursor.refusal(key, "a key of its own", "one a second time");
    metadata.set(key, await readValue(cursor, await cursor.uint32(), key));
  }
  const alignment = alignmentOf(metadata, cursor);

  const entries = new Map<string, GgufEntry>();
  for (let i = 0; i < tensorCount; i++) {
    const name = await cursor.string(`the name of tensor ${i}`);
    if (entries.has(name)) throw cursor.refusal(name, "a name of its own", "one a second time");
    entries.set(name, await readEntry(cursor, name));
  }
  const dataBegin = Math.ceil(cursor.position / alignment) * alignment;
  return { version, metadata, entries, dataBegin, alignment };
}

async function assertGguf(source: ByteSource, signal?: AbortSignal): Promise<void> {
  const { name: file, size } = source;
  const head = await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), signal);
  const kind = fileKind(head);
  if (kind?.kind === "gguf") return;
  const expected = 'a GGUF file, which begins with "GGUF"';
  if (kind) throw new FormatError({ op, file, expected, got: kind.title });
  const got = size < 4 ? `${size} bytes` : `bytes ${[...head.subarray(0, 4)].join(" ")}`;
  throw new FormatError({ op, file, expected, got });
}

async function readVersion(cursor: GgufCursor): Promise<number> {
  const version = await cursor.uint32();
  if (version === 2 || version === 3) return version;
  const isSwapped = version > 0xffffff;
  throw new UnsupportedError({
    op,
    file: cursor.file,
    argument: "version",
    expected: "GGUF version 2 or 3, little-endian",
    got: isSwapped ? "a big-endian file" : `${version}`,
    hint: "convert it with llama.cpp's gguf-py, or get a current file",
  });
}

async function readCount(cursor: GgufCursor, what: string, limit: number): Promise<number> {
  const count = await cursor.uint64(what);
  if (count <= limit) return count;
  throw cursor.refusal(what, `at most ${limit}`, `${count}`);
}

const STRING = 8;
const ARRAY = 9;

async function readValue(cursor: GgufCursor, type: number, key: string): Promise<GgufValue> {
  switch (type) {
    case 7: {
      const byte = (await cursor.numbers(Uint8Array, 1))[0];
      if (byte > 1) throw cursor.refusal(key, "a bool, 0 or 1", `${byte}`);
      return byte === 1;
    }
    case STRING:
      return cursor.string(key);
    case ARRAY:
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
    throw cursor.refusal(key, `an array of at most ${MAX_ELEMENTS} elements`, `${length}`);
  }
  if (type === ARRAY) throw cursor.refusal(key, "an array of values", "an array of arrays");
  if (type === STRING) return cursor.strings(length, key);
  return cursor.numbers(type === 7 ? Uint8Array : numberType(cursor, type, key), length);
}

const NUMBER_TYPES: Readonly<Record<number, NumberArray>> = {
  0: Uint8Array,
  1: Int8Array,
  2: Uint16Array,
  3: Int16Array,
  4: Uint32Array,
  5: Int32Array,
  6: Float32Array,
  10: BigUint64Array,
  11: BigInt64Array,
  12: Float64Array,
};

function numberType(cursor: GgufCursor, type: number, key: string): NumberArray {
  if (Object.hasOwn(NUMBER_TYPES, type)) return NUMBER_TYPES[type];
  throw cursor.refusal(key, "a value type from 0 to 12", `${type}`);
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
  throw cursor.refusal(key, "a power of two", brief(alignment));
}

async function readEntry(cursor: GgufCursor, name: string): Promise<GgufEntry> {
  const rank = await cursor.uint32();
  if (rank > MAX_DIMENSIONS) {
    throw cursor.refusal(name, `at most ${MAX_DIMENSIONS} dimensions`, `${rank}`);
  }
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) shape.unshift(await cursor.uint64(name));
  if (!Number.isSafeInteger(shape.reduce((product, axis) => product * axis, 1))) {
    throw cursor.refusal(name, "fewer than 2⁵³ elements", `shape ${shape.join("×")}`);
  }
  const type = await cursor.uint32();
  return { type, shape, offset: await cursor.uint64(name) };
}

/**
 * Weights in the dtype they were stored in. A checkpoint of 5 GB must not become one of 10 GB, so a
 * weight stays as it lay in the file and the kernels widen it row by row.
 *
 * The fields are those of an ndarray, with a `dtype` that can say bfloat16 (an ndarray of uint16
 * could not tell bfloat16 from float16), so a plain float32 ndarray is a stored weight too.
 * @module
 */
import { brief } from "../brief.ts";
import { type GemmaError, refusals } from "../errors.ts";
import { float16ToFloat32 } from "./float16.ts";
import { BLOCK_FORMATS, type BlockType } from "./quantized.ts";
import { assertHeld, assertShape, formatShape, rowMajorStride } from "./tensor.ts";

/** The dtypes in which a weight may be stored: numbers, or quantised blocks of a row's numbers. */
export type DType = "float64" | "float32" | "float16" | "bfloat16" | BlockType;

/** Bytes per element; for blocks the average over a block, which is exact (a multiple of 1/256). */
export const BYTES_PER_ELEMENT: Record<DType, number> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  ...bytesInBlocks(),
};

/**
 * A weight as stored: float16 and bfloat16 as bit patterns in a Uint16Array, blocks as bytes
 * (quantized.ts; the last axis is a multiple of their 32 or 256 numbers, and dense).
 */
export interface Stored {
  /** What those numbers mean. */
  readonly dtype: DType;
  /** [rows, columns], or [columns] of a norm. */
  readonly shape: readonly number[];
  /** Its numbers as they are stored: bits of float16 and bfloat16, bytes of blocks. */
  readonly data: Float64Array | Float32Array | Uint16Array | Uint8Array;
  /** As in an ndarray; dense and from 0 when absent. */
  readonly offset?: number;
  /** Elements from one row to the next, and 1. Dense when absent. */
  readonly stride?: readonly number[];
}

/**
 * A tensor that can be read a row at a time, from wherever it lies: a file, a network, memory. A row of a
 * vector is one number; a scalar (shape `[]`) has one row.
 */
export interface RowSource {
  /** Its name in the checkpoint, for error messages. */
  readonly name: string;
  /** The file it lies in, if it lies in one. */
  readonly file?: string;
  /** Undefined if no weight can have it (integers, big-endian numbers): then `refusal` says why. */
  readonly dtype: DType | undefined;
  /** [rows, columns]; [D] of a norm, which has one number a row. */
  readonly shape: readonly number[];
  /** Norm weights only: what is added to the weight, 0 where the file has the 1 inside (GGUF). Default 1. */
  readonly normOffset?: 0 | 1;
  /** Why the rows cannot be read. It is an error only when somebody asks for them. */
  readonly refusal?: GemmaError;
  /**
   * The bytes (little-endian, row-major) of rows `begin` to `end` (exclusive) of the first axis.
   * The caller owns the result.
   */
  rows(begin: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Optional: as {@link RowSource.rows}, into memory of the caller's, which has exactly as many bytes. So
   * weights go straight to where they stay; call it by {@link rowsInto}.
   */
  rowsInto?(begin: number, end: number, into: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** A tensor whose numbers can be read: a weight as it is handed over for upload. */
export interface WeightSource extends RowSource {
  readonly dtype: DType;
}

/** The arrays that hold a weight of each dtype. */
const STORAGE = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
} as const;

/**
 * Refuses `weight` unless it is one as stored, of `shape` (`undefined` matches any size), and its numbers are there.
 * @throws {ArgumentError} naming `op` and `argument`, if it is something else.
 * @throws {ShapeError} if it has another shape.
 * @throws {UnsupportedError} if no weight can have its dtype.
 */
export function assertStored(
  op: string,
  argument: string,
  weight: Stored,
  shape: readonly (number | undefined)[],
): void {
  assertShape(op, argument, weight, shape);
  const { dtype, data, offset = 0, stride = rowMajorStride(weight.shape) } = weight;
  if (!Object.hasOwn(BYTES_PER_ELEMENT, dtype)) throw unknownDType(op, argument, weight);
  const Storage = isBlocks(dtype) ? Uint8Array : STORAGE[dtype];
  if (!(data instanceof Storage)) {
    const expected = `${dtype} in a ${Storage.name}`;
    throw refusals(op).argument(argument, expected, brief(data), "storedFromBytes makes one");
  }
  const count = isBlocks(dtype) ? data.length / BYTES_PER_ELEMENT[dtype] : data.length;
  assertHeld(op, argument, weight, count, offset, stride);
}

function unknownDType(op: string, argument: string, { dtype, shape }: Stored): GemmaError {
  const got = `${brief(dtype)} ${formatShape(shape)}`;
  const expected = Object.keys(BYTES_PER_ELEMENT).join(", ");
  return refusals(op).unsupported(argument, expected, got);
}

/** @throws {GemmaError} the refusal of `source`, if its numbers cannot be read. */
export function assertDType(source: RowSource): asserts source is WeightSource {
  if (source.dtype === undefined) throw source.refusal;
}

/**
 * `source` with some members changed. Its methods are called on it, so that it may be an object of a class; one
 * with other `rows` has no `rowsInto`, unless `changes` has one too.
 */
export function derived<S extends RowSource>(source: S, changes: Partial<RowSource>): S {
  const { name, file, dtype, shape, normOffset, refusal } = source;
  const rows: RowSource["rows"] = (...range) => source.rows(...range);
  const into: RowSource["rowsInto"] = (...range) => rowsInto(source, ...range);
  const readers = changes.rows ? {} : { rows, ...(source.rowsInto && { rowsInto: into }) };
  return { name, file, dtype, shape, normOffset, refusal, ...readers, ...changes } as S;
}

/** Rows `begin` to `end` (exclusive) of `source` into `into`, without another copy where it can do that. */
export async function rowsInto(
  source: RowSource,
  begin: number,
  end: number,
  into: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  if (source.rowsInto) return source.rowsInto(begin, end, into, signal);
  into.set(await source.rows(begin, end, signal));
}

/** Little-endian bytes as a stored weight. Copies only when `bytes` is not aligned for its dtype. */
export function storedFromBytes(bytes: Uint8Array, dtype: DType, shape: readonly number[]): Stored {
  const size = isBlocks(dtype) ? 1 : BYTES_PER_ELEMENT[dtype];
  // Not bytes.slice(): a Buffer's is another view of the same memory.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const length = aligned.byteLength / size;
  const { buffer, byteOffset } = aligned;
  switch (dtype) {
    case "float64":
      return { dtype, shape, data: new Float64Array(buffer, byteOffset, length) };
    case "float32":
      return { dtype, shape, data: new Float32Array(buffer, byteOffset, length) };
    case "float16":
    case "bfloat16":
      return { dtype, shape, data: new Uint16Array(buffer, byteOffset, length) };
    default:
      return { dtype, shape, data: aligned };
  }
}

const half = new Float32Array(1);
const halfBits = new Uint32Array(half.buffer);

/**
 * Writes row `row` of a matrix [R, C] (or the whole of a vector [C], as row 0) into `out`, widened
 * to float64. Exact for every dtype. Allocates nothing.
 */
export function widenRow(weight: Stored, row: number, out: Float64Array): void {
  const { shape, dtype, data } = weight;
  const columns = shape[shape.length - 1];
  const begin = (weight.offset ?? 0) + row * (weight.stride?.[0] ?? columns);
  switch (dtype) {
    case "bfloat16":
      for (let c = 0; c < columns; c++) {
        halfBits[0] = data[begin + c] << 16; // a bfloat16 is the upper half of a float32
        out[c] = half[0];
      }
      return;
    case "float16":
      for (let c = 0; c < columns; c++) out[c] = float16ToFloat32(data[begin + c]);
      return;
    case "float32":
    case "float64":
      for (let c = 0; c < columns; c++) out[c] = data[begin + c];
      return;
  }
  if (!isBlocks(dtype)) {
    dtype satisfies never;
    throw unknownDType("widenRow", "weight", weight);
  }
  const { numbers, bytes, widen } = BLOCK_FORMATS[dtype];
  for (let c = 0; c < columns; c += numbers) {
    widen(data as Uint8Array, ((begin + c) / numbers) * bytes, out, c);
  }
}

function isBlocks(dtype: DType): dtype is BlockType {
  return Object.hasOwn(BLOCK_FORMATS, dtype);
}

function bytesInBlocks(): Record<BlockType, number> {
  const formats = Object.entries(BLOCK_FORMATS);
  return Object.fromEntries(
    formats.map(([type, { numbers, bytes }]) => [type, bytes / numbers]),
  ) as Record<BlockType, number>;
}

/**
 * NumPy's `.npy`: one array, as `numpy.save` writes it: a header (npy-header.ts) and the elements. Golden
 * data and engines' outputs travel in it, because every language has a reader.
 *
 * NumPy has no bfloat16: our goldens hold its bit patterns as uint16. The nameless two bytes (`V2`) that
 * other libraries save instead could be anything, and are read only where weights are expected
 * (open.ts).
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertBytes } from "../../source/byte-source.ts";
import { float16ToFloat32 } from "../../tensor/float16.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import { npyHeader, parseNpyHeader, ROW_MAJOR } from "./npy-header.ts";

/** The elements of an array, row-major. */
export type NpyData =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A NumPy array. */
export interface NpyArray {
  /** `[]` is a scalar, of one element. */
  readonly shape: readonly number[];
  /** Its numbers, row-major. */
  readonly data: NpyData;
}

/** An array read from a file. */
export interface StoredNpyArray extends NpyArray {
  /** NumPy's name of the dtype in the file: `<f8`, `|u1`. */
  readonly descr: string;
}

/** Arrays that lie in the file as they lie in memory. */
const TYPED = {
  "<f8": Float64Array,
  "<f4": Float32Array,
  "<i4": Int32Array,
  "<u4": Uint32Array,
  "<i2": Int16Array,
  "<u2": Uint16Array,
  "|i1": Int8Array,
  "|u1": Uint8Array,
} as const;

/** The dtypes that are read, each from a buffer of its own that holds exactly the elements. */
const READERS: Readonly<Record<string, (buffer: ArrayBuffer) => NpyData>> = {
  ...Object.fromEntries(
    Object.entries(TYPED).map(([descr, Typed]) => [descr, (buffer) => new Typed(buffer)]),
  ),
  "|b1": (buffer) => new Uint8Array(buffer),
  "<f2": (buffer) => Float32Array.from(new Uint16Array(buffer), float16ToFloat32),
  "<i8": (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
};

/**
 * The array in `bytes`, copied out of them. float16 is widened to float32 and int64 to float64, both
 * exactly; bool becomes 0 and 1.
 *
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not an `.npy` file, or is damaged or cut short.
 * @throws {UnsupportedError} if its dtype or order is not read, or an int64 is beyond 2^53.
 */
export function readNpy(bytes: Uint8Array, file = "npy"): StoredNpyArray {
  assertBytes("readNpy", bytes);
  const { descr, fortranOrder, shape, dataBegin } = parseNpyHeader(bytes, file);
  const refuse = refusals("readNpy", file);
  if (!Object.hasOwn(READERS, descr)) {
    const hint = 'convert it first: numpy.save(file, array.astype("<f8"))';
    throw refuse.unsupported("descr", Object.keys(READERS).join(", "), descr, hint);
  }
  if (fortranOrder) {
    throw refuse.unsupported("fortran_order", "False (row-major data)", "True", ROW_MAJOR);
  }
  const length = elementsOf(shape) * Number(descr.slice(2));
  const got = bytes.length - dataBegin;
  if (got !== length) {
    const expected = `${length} bytes of data for ${descr} ${formatShape(shape)}`;
    const hint = got < length ? "the file is truncated" : "it holds more than one array";
    throw refuse.format(undefined, expected, got, hint);
  }
  const buffer = new Uint8Array(bytes.subarray(dataBegin)).buffer;
  const data = READERS[descr](buffer);
  if (descr === "<i8" && !data.every(Number.isSafeInteger)) {
    throw refuse.unsupported("descr", "int64 values within ±2^53", "greater ones");
  }
  return { shape, data, descr };
}

/**
 * The `.npy` file of an array, byte for byte as `numpy.save` writes it.
 * @throws {ArgumentError} if `shape` does not fit `data`, or NumPy has no dtype for `data`.
 */
export function writeNpy({ shape, data }: NpyArray): Uint8Array {
  const refuse = refusals("writeNpy");
  const natural = shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0);
  if (!natural || elementsOf(shape) !== data.length) {
    throw refuse.argument("shape", `${data.length} elements in all`, shape);
  }
  const descr = Object.entries(TYPED).find(([, Typed]) => data instanceof Typed)?.[0];
  if (!descr) {
    const expected = "a typed array of float64, float32, or integers of at most 32 bits";
    throw refuse.argument("data", expected, typeof data);
  }
  const header = npyHeader(descr, shape);
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return out;
}

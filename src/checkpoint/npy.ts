/**
 * NumPy's `.npy`: one array, as `numpy.save` writes it. Golden data and engines' outputs travel in
 * it, because every language has a reader.
 *
 *     6 bytes  "\x93NUMPY"
 *     2 bytes  version: 1 0, or 2 0 where the header needs it
 *     2 bytes  length of the header, uint16 (4 bytes, uint32, in version 2)
 *     header   a Python dict, {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }, padded
 *              with spaces and a newline so that the data begin at a multiple of 64
 *     data     the elements
 *
 * numpy/lib/format.py ("Format Version 1.0", "2.0"; NumPy 2.4.6), NEP 1. NumPy has no bfloat16: our
 * goldens hold its bit patterns as uint16.
 * @module
 */
import { ArgumentError, FormatError, UnsupportedError } from "../errors.ts";
import { float16ToFloat32 } from "../tensor/float16.ts";
import { formatShape } from "../tensor/tensor.ts";
import { fileKind } from "./file-kind.ts";

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

/** An array of NumPy's. */
export interface NpyArray {
  /** `[]` is a scalar, of one element. */
  readonly shape: readonly number[];
  readonly data: NpyData;
}

/** An array read from a file. */
export interface StoredNpyArray extends NpyArray {
  /** NumPy's name of the dtype in the file: `<f8`, `|u1`. */
  readonly descr: string;
}

const MAGIC = [0x93, ...Array.from("NUMPY", (letter) => letter.charCodeAt(0))];

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

/** The dtypes read, each from a buffer of its own that holds exactly the elements. */
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
  const { descr, shape, dataBegin } = readHeader(bytes, file);
  const itemSize = Number(descr.slice(2));
  const expected = shape.reduce((product, axis) => product * axis, itemSize);
  const got = bytes.length - dataBegin;
  if (got !== expected) {
    throw new FormatError({
      op: "readNpy",
      file,
      expected: `${expected} bytes of data for ${descr} ${formatShape(shape)}`,
      got: `${got}`,
      hint: got < expected ? "the file is truncated" : "it holds more than one array",
    });
  }
  const buffer = new Uint8Array(bytes.subarray(dataBegin)).buffer;
  const data = READERS[descr](buffer);
  if (descr === "<i8" && !data.every(Number.isSafeInteger)) {
    throw unsupported(file, "descr", "int64 values within ±2^53", "greater ones");
  }
  return { shape, data, descr };
}

interface Header {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly dataBegin: number;
}

function readHeader(bytes: Uint8Array, file: string): Header {
  const op = "readNpy";
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    const kind = fileKind(bytes);
    const got = kind?.title ?? (bytes.length < 6 ? `${bytes.length} bytes` : "other first bytes");
    throw new FormatError({ op, file, expected: "an .npy file", got });
  }
  const [major, minor] = bytes.subarray(6, 8);
  const lengthBytes = major === 1 ? 2 : 4;
  const textBegin = 8 + lengthBytes;
  if (bytes.length < textBegin) {
    const expected = `${textBegin} bytes before the header`;
    throw new FormatError({ op, file, expected, got: `${bytes.length}` });
  }
  if ((major !== 1 && major !== 2) || minor !== 0) {
    throw unsupported(file, "version", "1.0 or 2.0", `${major}.${minor}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataBegin = textBegin + length;
  if (dataBegin > bytes.length) {
    const expected = `a header of ${length} bytes`;
    const hint = "the file is truncated";
    throw new FormatError({ op, file, expected, got: `${bytes.length - textBegin}`, hint });
  }
  const text = new TextDecoder("latin1").decode(bytes.subarray(textBegin, dataBegin));
  return { ...parseHeader(text, file), dataBegin };
}

/** The three fields of the dict, in any order, and nothing beside them. */
const FIELDS = {
  descr: /(['"])descr\1\s*:\s*(?:(['"])([^'"]*)\2|(\[[^\]]*\]))/,
  fortran: /(['"])fortran_order\1\s*:\s*(True|False)/,
  shape: /(['"])shape\1\s*:\s*\(([\d\s,L]*)\)/, // Python 2 wrote long integers as 3L
};

function parseHeader(text: string, file: string): { descr: string; shape: number[] } {
  const descr = FIELDS.descr.exec(text);
  const fortran = FIELDS.fortran.exec(text);
  const sizes = FIELDS.shape.exec(text);
  const rest = Object.values(FIELDS).reduce((left, field) => left.replace(field, ""), text);
  if (!descr || !fortran || !sizes || !/^\s*\{[\s,]*\}\s*$/.test(rest)) {
    throw new FormatError({
      op: "readNpy",
      file,
      argument: "header",
      expected: "a Python dict of descr, fortran_order and shape",
      got: JSON.stringify(text.trim().slice(0, 200)),
    });
  }
  const name = descr[3] ?? descr[4];
  if (!Object.hasOwn(READERS, name)) {
    const hint = 'convert it first: numpy.save(file, array.astype("<f8"))';
    throw unsupported(file, "descr", Object.keys(READERS).join(", "), name, hint);
  }
  const shape = parseShape(sizes[2]);
  if (!shape?.every(Number.isSafeInteger)) {
    const expected = "a tuple of sizes below 2^53";
    const got = `(${sizes[2]})`;
    throw new FormatError({ op: "readNpy", file, argument: "shape", expected, got });
  }
  if (fortran[2] === "True") {
    const hint = "save numpy.ascontiguousarray(array)";
    throw unsupported(file, "fortran_order", "False (row-major data)", "True", hint);
  }
  return { descr: name, shape };
}

/** `2, 3` → [2, 3]; `3,` → [3]; nothing → []. A lone `3` is no tuple, to Python. */
function parseShape(text: string): number[] | undefined {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  else if (parts.length === 1) return undefined;
  return parts.every((part) => /^\d+L?$/.test(part)) ? parts.map(Number.parseFloat) : undefined;
}

function unsupported(
  file: string,
  argument: string,
  expected: string,
  got: string,
  hint?: string,
): UnsupportedError {
  return new UnsupportedError({ op: "readNpy", file, argument, expected, got, hint });
}

/**
 * The `.npy` file of an array: byte for byte what `numpy.save` writes.
 * @throws {ArgumentError} if `shape` does not fit `data`.
 */
export function writeNpy({ shape, data }: NpyArray): Uint8Array {
  const op = "writeNpy";
  const natural = shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0);
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (!natural || size !== data.length) {
    const expected = `${data.length} elements in all`;
    throw new ArgumentError({ op, argument: "shape", expected, got: formatShape(shape) });
  }
  const descr = Object.entries(TYPED).find(([, Typed]) => data instanceof Typed)?.[0];
  if (!descr) {
    const expected = "a typed array of float64, float32, or integers of at most 32 bits";
    throw new ArgumentError({ op, argument: "data", expected, got: typeof data });
  }
  const header = headerText(descr, shape);
  const out = new Uint8Array(10 + header.length + data.byteLength);
  out.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8]);
  out.set(new TextEncoder().encode(header), 10);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return out;
}

function headerText(descr: string, shape: readonly number[]): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // NumPy leaves room to rewrite the first axis in place with up to 21 digits
  // (GROWTH_AXIS_MAX_DIGITS), and pads by 64 where nothing was to be padded.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const text = dict + " ".repeat(room);
  return `${text}${" ".repeat(64 - ((10 + text.length + 1) % 64))}\n`;
}

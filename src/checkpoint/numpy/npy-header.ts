/**
 * The header of NumPy's `.npy`, which describes the bytes after it:
 *
 *     6 bytes  "\x93NUMPY"
 *     2 bytes  version: 1 0, or 2 0 where the header needs it
 *     2 bytes  length of the header, uint16 (4 bytes, uint32, in version 2)
 *     header   a Python dict, {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }, padded
 *              with spaces and a newline so that the data begin at a multiple of 64
 *     data     the elements
 *
 * numpy/lib/format.py ("Format Version 1.0", "2.0"; NumPy 2.4.6), NEP 1.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { fileKind } from "../../source/file-kind.ts";

/** The fields of a header. Whether arrays of this dtype and order can be read is for the reader to decide. */
export interface NpyHeader {
  /** NumPy's name of the dtype: `<f8`, `|u1`; for records, the list as it is written. */
  readonly descr: string;
  /** Whether the first axis is the one that lies densely in the file. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly dataBegin: number;
}

/** The hint for an array in column-major order. */
export const ROW_MAJOR = "save numpy.ascontiguousarray(array)";

const op = "readNpy";
const MAGIC = [0x93, ...Array.from("NUMPY", (letter) => letter.charCodeAt(0))];

/** The header that numpy.save writes for an array of up to a dozen axes is shorter. */
const USUAL_BYTES = 256;
/** So that no file is read whole as a header. Version 1 has no room for a longer one. */
const MAX_LENGTH = 0xffff;

/**
 * The header at the beginning of `bytes`, which hold all of it.
 * @param file its name, for error messages.
 * @throws {FormatError} if there is no header, or it is damaged or cut short.
 * @throws {UnsupportedError} if it is of another version.
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const refuse = refusals(op, file);
  const { textBegin, dataBegin } = measure(bytes, refuse);
  if (dataBegin > bytes.length) {
    const expected = `a header of ${dataBegin - textBegin} bytes`;
    throw refuse.format(undefined, expected, bytes.length - textBegin, "the file is truncated");
  }
  const text = new TextDecoder("latin1").decode(bytes.subarray(textBegin, dataBegin));
  return { ...parseDict(text, refuse), dataBegin };
}

/** As {@link parseNpyHeader}, reading no more of `source` than the header. */
export async function readNpyHeader(
  source: ByteSource,
  file: string,
  signal?: AbortSignal,
): Promise<NpyHeader> {
  const { size } = source;
  const head = await readExactly(op, source, 0, Math.min(size, USUAL_BYTES), signal);
  const { dataBegin } = measure(head, refusals(op, file));
  if (dataBegin <= head.length) return parseNpyHeader(head, file);
  return parseNpyHeader(await readExactly(op, source, 0, Math.min(size, dataBegin), signal), file);
}

function measure(bytes: Uint8Array, refuse: Refusals): { textBegin: number; dataBegin: number } {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    const other = bytes.length < MAGIC.length ? `${bytes.length} bytes` : "other first bytes";
    throw refuse.format(undefined, "an .npy file", fileKind(bytes)?.title ?? other);
  }
  const [major, minor] = bytes.subarray(6, 8);
  const textBegin = major === 1 ? 10 : 12;
  if (bytes.length < textBegin) {
    throw refuse.format(undefined, `${textBegin} bytes before the header`, bytes.length);
  }
  if ((major !== 1 && major !== 2) || minor !== 0) {
    throw refuse.unsupported("version", "1.0 or 2.0", `${major}.${minor}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_LENGTH) {
    throw refuse.format(undefined, `a header of at most ${MAX_LENGTH} bytes`, length);
  }
  return { textBegin, dataBegin: textBegin + length };
}

/** The three fields of the dict, which may come in any order, and no others. */
const FIELDS = {
  descr: /(['"])descr\1\s*:\s*(?:(['"])([^'"]*)\2|(\[[^\]]*\]))/,
  fortran: /(['"])fortran_order\1\s*:\s*(True|False)/,
  shape: /(['"])shape\1\s*:\s*\(([\d\s,L]*)\)/, // Python 2 wrote long integers as 3L
};

function parseDict(text: string, refuse: Refusals): Omit<NpyHeader, "dataBegin"> {
  const descr = FIELDS.descr.exec(text);
  const fortran = FIELDS.fortran.exec(text);
  const sizes = FIELDS.shape.exec(text);
  const rest = Object.values(FIELDS).reduce((left, field) => left.replace(field, ""), text);
  if (!descr || !fortran || !sizes || !/^\s*\{[\s,]*\}\s*$/.test(rest)) {
    const expected = "a Python dict of descr, fortran_order and shape";
    throw refuse.format("header", expected, brief(text.trim()));
  }
  const shape = parseShape(sizes[2]);
  if (!shape?.every(Number.isSafeInteger)) {
    throw refuse.format("shape", "a tuple of sizes below 2^53", `(${sizes[2].slice(0, 200)})`);
  }
  return { descr: descr[3] ?? descr[4], fortranOrder: fortran[2] === "True", shape };
}

/** `2, 3` → [2, 3]; `3,` → [3]; nothing → []. A lone `3` is not a tuple in Python. */
function parseShape(text: string): number[] | undefined {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  else if (parts.length === 1) return undefined;
  return parts.every((part) => /^\d+L?$/.test(part)) ? parts.map(Number.parseFloat) : undefined;
}

/**
 * The header that `numpy.save` writes, byte for byte, magic and padding included.
 * @param descr NumPy's name of the dtype.
 */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // NumPy leaves room to rewrite the first axis in place with up to 21 digits
  // (GROWTH_AXIS_MAX_DIGITS), and pads by 64 where no padding was needed.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const text = dict + " ".repeat(room);
  const header = `${text}${" ".repeat(64 - ((10 + text.length + 1) % 64))}\n`;
  const bytes = new TextEncoder().encode(header);
  return Uint8Array.from([...MAGIC, 1, 0, bytes.length & 0xff, bytes.length >> 8, ...bytes]);
}

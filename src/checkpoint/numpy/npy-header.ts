/**
 * The header of NumPy's `.npy`, which says what the bytes after it are:
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
import { FormatError, UnsupportedError } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { fileKind } from "../../source/file-kind.ts";

/** What a header says. Whether arrays of this dtype and order are read is for the reader to say. */
export interface NpyHeader {
  /** NumPy's name of the dtype: `<f8`, `|u1`; of records, the list as it is written. */
  readonly descr: string;
  /** Whether the first axis is the one that lies densely in the file. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly dataBegin: number;
}

const op = "readNpy";
const MAGIC = [0x93, ...Array.from("NUMPY", (letter) => letter.charCodeAt(0))];

/** What numpy.save writes for an array of up to a dozen axes is shorter. */
const USUAL_BYTES = 256;
/** A reader is not made to take in a file as a header. Version 1 cannot say more. */
const MAX_LENGTH = 0xffff;

/**
 * The header at the beginning of `bytes`, of all of it.
 * @param file its name, for error messages.
 * @throws {FormatError} if there is none, or it is damaged or cut short.
 * @throws {UnsupportedError} if it is of another version.
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const { textBegin, dataBegin } = measure(bytes, file);
  if (dataBegin > bytes.length) {
    const expected = `a header of ${dataBegin - textBegin} bytes`;
    const hint = "the file is truncated";
    throw new FormatError({ op, file, expected, got: `${bytes.length - textBegin}`, hint });
  }
  const text = new TextDecoder("latin1").decode(bytes.subarray(textBegin, dataBegin));
  return { ...parseDict(text, file), dataBegin };
}

/** As {@link parseNpyHeader}, reading no more of `source` than the header. */
export async function readNpyHeader(
  source: ByteSource,
  file: string,
  signal?: AbortSignal,
): Promise<NpyHeader> {
  const { size } = source;
  const head = await readExactly(op, source, 0, Math.min(size, USUAL_BYTES), signal);
  const { dataBegin } = measure(head, file);
  if (dataBegin <= head.length) return parseNpyHeader(head, file);
  return parseNpyHeader(await readExactly(op, source, 0, Math.min(size, dataBegin), signal), file);
}

function measure(bytes: Uint8Array, file: string): { textBegin: number; dataBegin: number } {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    const kind = fileKind(bytes);
    const got = kind?.title ?? (bytes.length < 6 ? `${bytes.length} bytes` : "other first bytes");
    throw new FormatError({ op, file, expected: "an .npy file", got });
  }
  const [major, minor] = bytes.subarray(6, 8);
  const textBegin = major === 1 ? 10 : 12;
  if (bytes.length < textBegin) {
    const expected = `${textBegin} bytes before the header`;
    throw new FormatError({ op, file, expected, got: `${bytes.length}` });
  }
  if ((major !== 1 && major !== 2) || minor !== 0) {
    const got = `${major}.${minor}`;
    throw new UnsupportedError({ op, file, argument: "version", expected: "1.0 or 2.0", got });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_LENGTH) {
    const expected = `a header of at most ${MAX_LENGTH} bytes`;
    throw new FormatError({ op, file, expected, got: `${length}` });
  }
  return { textBegin, dataBegin: textBegin + length };
}

/** The three fields of the dict, in any order, and nothing beside them. */
const FIELDS = {
  descr: /(['"])descr\1\s*:\s*(?:(['"])([^'"]*)\2|(\[[^\]]*\]))/,
  fortran: /(['"])fortran_order\1\s*:\s*(True|False)/,
  shape: /(['"])shape\1\s*:\s*\(([\d\s,L]*)\)/, // Python 2 wrote long integers as 3L
};

function parseDict(text: string, file: string): Omit<NpyHeader, "dataBegin"> {
  const descr = FIELDS.descr.exec(text);
  const fortran = FIELDS.fortran.exec(text);
  const sizes = FIELDS.shape.exec(text);
  const rest = Object.values(FIELDS).reduce((left, field) => left.replace(field, ""), text);
  if (!descr || !fortran || !sizes || !/^\s*\{[\s,]*\}\s*$/.test(rest)) {
    throw new FormatError({
      op,
      file,
      argument: "header",
      expected: "a Python dict of descr, fortran_order and shape",
      got: brief(text.trim()),
    });
  }
  const shape = parseShape(sizes[2]);
  if (!shape?.every(Number.isSafeInteger)) {
    const expected = "a tuple of sizes below 2^53";
    const got = `(${sizes[2].slice(0, 200)})`;
    throw new FormatError({ op, file, argument: "shape", expected, got });
  }
  return { descr: descr[3] ?? descr[4], fortranOrder: fortran[2] === "True", shape };
}

/** `2, 3` → [2, 3]; `3,` → [3]; nothing → []. A lone `3` is no tuple, to Python. */
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
  // (GROWTH_AXIS_MAX_DIGITS), and pads by 64 where nothing was to be padded.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const text = dict + " ".repeat(room);
  const header = `${text}${" ".repeat(64 - ((10 + text.length + 1) % 64))}\n`;
  const bytes = new TextEncoder().encode(header);
  return Uint8Array.from([...MAGIC, 1, 0, bytes.length & 0xff, bytes.length >> 8, ...bytes]);
}

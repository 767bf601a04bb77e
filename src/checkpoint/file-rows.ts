/**
 * A tensor that lies row-major and unbroken in a file, read a few rows at a time: the embedding
 * table of the 7B is 1.57 GB, and a backend that packs or quantises it needs it in pieces.
 * @module
 */
import { type GemmaError, refusals } from "../errors.ts";
import { type ByteSource, readExactly, readIntoExactly } from "../source/byte-source.ts";
import { BYTES_PER_ELEMENT, type DType, type RowSource } from "../tensor/stored.ts";
import { elementsOf, formatShape } from "../tensor/tensor.ts";

/** The hint for a file that ends before its tensors do. */
export const TRUNCATED = "the file is truncated, or is still being downloaded";

/** A tensor, and where it lies. */
export interface FileTensor {
  /** The file that it lies in. */
  readonly source: ByteSource;
  /** Its name in the checkpoint. */
  readonly name: string;
  /** How its numbers are stored. */
  readonly dtype: DType;
  /** Its axes, as the file has them. */
  readonly shape: readonly number[];
  /** Its first byte in `source`. */
  readonly begin: number;
}

/** The rows of a tensor in a file. A scalar (shape `[]`) has one row. */
export function fileRows(tensor: FileTensor): RowSource {
  const { source, name, dtype, shape } = tensor;
  const size = BYTES_PER_ELEMENT[dtype];
  const bytesOf = rowRange(tensor, size);
  return {
    name,
    file: source.name,
    dtype,
    shape,
    rows: rowBytes(tensor, size),
    async rowsInto(begin, end, into, signal) {
      const [first, last] = bytesOf(begin, end);
      if (into.length !== last - first) {
        const expected = `${last - first} bytes of memory for rows ${begin}..${end}`;
        throw refusals("rowsInto", source.name).argument(name, expected, into.length);
      }
      await readIntoExactly("rows", source, first, into, signal);
    },
  };
}

/** Reads rows of a tensor whose elements take `size` bytes, on the average of a block, as they lie. */
export function rowBytes(tensor: Omit<FileTensor, "dtype">, size: number): RowSource["rows"] {
  const bytesOf = rowRange(tensor, size);
  return async (begin, end, signal) => {
    const [first, last] = bytesOf(begin, end);
    return readExactly("rows", tensor.source, first, last, signal);
  };
}

/** Where in the file rows `begin` to `end` lie. */
function rowRange(
  { source, name, shape, begin: base }: Omit<FileTensor, "dtype">,
  size: number,
): (begin: number, end: number) => [first: number, last: number] {
  const [count = 1, ...row] = shape;
  const bytes = elementsOf(row) * size;
  return (begin, end) => {
    const isWhole = Number.isInteger(begin) && Number.isInteger(end);
    if (isWhole && 0 <= begin && begin <= end && end <= count) {
      return [base + begin * bytes, base + end * bytes];
    }
    const expected = `a range of rows within 0..${count} of shape ${formatShape(shape)}`;
    throw refusals("rows", source.name).argument(name, expected, `${begin}..${end}`);
  };
}

/** Numbers that no weight is stored as, but that quantisers store weights in. */
export interface Integers {
  /** Their name in safetensors: U8, I8, U32. */
  readonly type: string;
  /** Their bytes, as {@link RowSource.rows} gives those of a weight. */
  readonly rows: RowSource["rows"];
}

/** A tensor that no weight can use as it is. */
export interface UnreadableSource extends RowSource {
  /** What it consists of, where that is known, for those who make weights of it. */
  readonly integers?: Integers;
}

/**
 * A tensor that the file lists but no weight can use: integers, big-endian numbers. It fails when its rows are
 * read, not when it is listed.
 */
export function unreadable(
  name: string,
  shape: readonly number[],
  refusal: GemmaError,
  integers?: Integers,
): UnreadableSource {
  return {
    name,
    shape,
    dtype: undefined,
    refusal,
    ...(integers && { integers }),
    async rows() {
      throw refusal;
    },
  };
}

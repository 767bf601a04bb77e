/**
 * A tensor that lies row-major and unbroken in a file, read a few rows at a time: the embedding
 * table of the 7B is 1.57 GB, and a backend that packs or quantises it needs it in pieces.
 * @module
 */
import { ArgumentError, type GemmaError } from "../errors.ts";
import { type ByteSource, readExactly } from "../source/byte-source.ts";
import { BYTES_PER_ELEMENT, type DType, type RowSource } from "../tensor/stored.ts";
import { formatShape } from "../tensor/tensor.ts";

/** Where a tensor lies, and what it is. */
export interface FileTensor {
  readonly source: ByteSource;
  /** Its name in the checkpoint. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Its first byte in `source`. */
  readonly begin: number;
}

/** The rows of a tensor in a file. A scalar (shape `[]`) has one row. */
export function fileRows(tensor: FileTensor): RowSource {
  const { name, dtype, shape } = tensor;
  return {
    name,
    file: tensor.source.name,
    dtype,
    shape,
    rows: rowBytes(tensor, BYTES_PER_ELEMENT[dtype]),
  };
}

/** Reads rows of a tensor whose elements take `size` bytes, on the average of a block, as they lie. */
export function rowBytes(
  { source, name, shape, begin: base }: Omit<FileTensor, "dtype">,
  size: number,
): RowSource["rows"] {
  const [count = 1, ...row] = shape;
  const bytes = row.reduce((product, axis) => product * axis, size);
  return async (begin, end, signal) => {
    const inside =
      Number.isInteger(begin) &&
      Number.isInteger(end) &&
      0 <= begin &&
      begin <= end &&
      end <= count;
    if (!inside) {
      throw new ArgumentError({
        op: "rows",
        file: source.name,
        argument: name,
        expected: `a range of rows within 0..${count} of shape ${formatShape(shape)}`,
        got: `${begin}..${end}`,
      });
    }
    return readExactly("rows", source, base + begin * bytes, base + end * bytes, signal);
  };
}

/**
 * A tensor that the file lists and no weight can be: integers, another order of bytes. It does no harm until
 * somebody asks for its rows.
 */
export function unreadable(name: string, shape: readonly number[], refusal: GemmaError): RowSource {
  return {
    name,
    shape,
    dtype: undefined,
    refusal,
    async rows() {
      throw refusal;
    },
  };
}

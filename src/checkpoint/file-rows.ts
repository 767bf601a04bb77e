/**
 * A tensor that lies row-major and unbroken in a file, read a few rows at a time: the embedding
 * table of the 7B is 1.57 GB, and a backend that packs or quantises it needs it in pieces.
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { BYTES_PER_ELEMENT, type DType, type RowSource } from "../tensor/stored.ts";
import { formatShape } from "../tensor/tensor.ts";
import { type ByteSource, readExactly } from "./byte-source.ts";

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
export function fileRows({ source, name, dtype, shape, begin: base }: FileTensor): RowSource {
  const [count = 1, ...row] = shape;
  const rowBytes = row.reduce((product, axis) => product * axis, BYTES_PER_ELEMENT[dtype]);
  return {
    name,
    dtype,
    shape,
    async rows(begin, end, signal) {
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
      return readExactly("rows", source, base + begin * rowBytes, base + end * rowBytes, signal);
    },
  };
}

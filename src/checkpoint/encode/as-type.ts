/**
 * A tensor as if it were stored in another dtype.
 * @module
 */
import type { WeightSource } from "../../tensor/stored.ts";
import { byName } from "../dtypes.ts";
import type { SafetensorsType } from "./encode.ts";
import { encodeRows } from "./rows.ts";

/**
 * `source`, each number rounded once to `type` when it is read.
 * @throws {UnsupportedError} when rows are read with a number that is too large for `type`.
 */
export function asType(source: WeightSource, type: SafetensorsType): WeightSource {
  const { name, file, shape, normOffset } = source;
  const { dtype } = byName(type);
  if (source.dtype === dtype) return source;
  return {
    name,
    file,
    shape,
    normOffset,
    dtype,
    async rows(begin, end, signal) {
      return encodeRows(source, await source.rows(begin, end, signal), begin, type, 0);
    },
  };
}

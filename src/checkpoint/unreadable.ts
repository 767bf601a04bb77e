/**
 * Tensors that a file lists and no weight can be: integers, other orders of bytes. One that nobody asks
 * for does no harm, so they are refused when asked for.
 * @module
 */
import type { GemmaError } from "../errors.ts";
import type { DType, RowSource } from "../tensor/stored.ts";

/** A tensor whose dtype and rows are the error that `refusal` makes. */
export function unreadable(
  name: string,
  shape: readonly number[],
  refusal: () => GemmaError,
): RowSource {
  return {
    name,
    shape,
    get dtype(): DType {
      throw refusal();
    },
    async rows() {
      throw refusal();
    },
  };
}

/**
 * Masters on their way out: as tensors that can be read by rows, for a file or for a model to be loaded from.
 * @module
 */
import { float64ToBfloat16 } from "../tensor/bfloat16.ts";
import type { WeightSource } from "../tensor/stored.ts";
import type { Parameter } from "./trains.ts";

/** The dtypes in which masters go out. */
export type OutType = "float64" | "float32" | "bfloat16";

/** `parameter` as it is when it is read, each number rounded once to `dtype`. Default: the master's own. */
export function sourceOf(
  { name, shape, data }: Parameter,
  dtype: OutType = data instanceof Float64Array ? "float64" : "float32",
): WeightSource {
  const columns = shape.length === 1 ? 1 : shape[shape.length - 1];
  return {
    name,
    dtype,
    shape,
    async rows(begin, end) {
      const some = data.subarray(begin * columns, end * columns);
      const numbers =
        dtype === "bfloat16"
          ? Uint16Array.from(some, float64ToBfloat16)
          : dtype === "float64"
            ? Float64Array.from(some)
            : Float32Array.from(some);
      return new Uint8Array(numbers.buffer);
    },
  };
}

/**
 * Tensors in memory, to be read as those of a file are.
 * @module
 */
import { derived, type WeightSource } from "./stored.ts";
import type { NdArray } from "./tensor.ts";

/** The numbers of a dense tensor as a weight called `name`. What is read are the numbers of that time. */
export function heldWeight(name: string, x: NdArray): WeightSource {
  const [, ...row] = x.shape;
  const columns = row.reduce((product, axis) => product * axis, 1);
  return {
    name,
    dtype: x.data instanceof Float64Array ? "float64" : "float32",
    shape: x.shape,
    async rows(begin, end) {
      const some = x.data.slice(x.offset + begin * columns, x.offset + end * columns);
      return new Uint8Array(some.buffer);
    },
  };
}

/** `source`, to be read from `bytes`: all of its rows, which are in memory. */
export function heldRows(source: WeightSource, bytes: Uint8Array): WeightSource {
  const rowBytes = bytes.length / source.shape[0];
  const rows = async (begin: number, end: number) =>
    Uint8Array.from(bytes.subarray(begin * rowBytes, end * rowBytes)); // a Buffer's slice is no copy
  return derived(source, { rows });
}

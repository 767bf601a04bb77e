/**
 * Rows of tensors, as arrays of their own, so that they can be handed to another thread.
 * @module
 */
import { type NdArray, tensor } from "../../../../src/tensor/tensor.ts";

/** Row `l` of [L, C]; of [L, heads, H] that of `head`. */
export function rowOf(x: NdArray, l: number, head = 0): Float64Array {
  const columns = x.shape[x.shape.length - 1];
  const begin = x.offset + l * x.stride[0] + (x.shape.length === 3 ? head * x.stride[1] : 0);
  return Float64Array.from(x.data.subarray(begin, begin + columns));
}

/** One row as a tensor [1, C]. */
export function asRow(values: Float64Array): NdArray {
  return tensor(values, [1, values.length]);
}

/** A row of one head as a tensor [1, 1, H]. */
export function asHead(values: Float64Array): NdArray {
  return tensor(values, [1, 1, values.length]);
}

export function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}

export function productsOf(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => value * y[i]);
}

/** From the first to the last, as a kernel sums. */
export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

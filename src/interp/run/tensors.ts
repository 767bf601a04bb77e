/**
 * Shapes of taps, and tensors that come from outside.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { headsOf, parseTap, type TapName } from "../../model/taps.ts";
import {
  assertTensor,
  elementsOf,
  type FloatArray,
  type NdArray,
  rowMajorStride,
  tensor,
} from "../../tensor/tensor.ts";

/** A tap that the forward pass writes, as it is shown: [L, columns], or [L, heads, H] where each head has its own. */
export function shown(name: TapName, flat: NdArray, config: GemmaConfig): NdArray {
  const heads = headsOf(parseTap(name).tap, config);
  if (heads === undefined) return flat;
  return tensor(flat.data, [flat.shape[0], heads, config.headDim], flat.offset);
}

/** Whether it has a map of each head, [N, L, S]. */
export function isMap(name: TapName): boolean {
  return /\.attn\.hook_(attn_scores|pattern)$/.test(name);
}

/** The same numbers, [L, columns]. */
export function flattened(x: NdArray): NdArray {
  const [L] = x.shape;
  return x.shape.length === 2 ? x : tensor(x.data, [L, elementsOf(x.shape) / L], x.offset);
}

/**
 * The numbers of a tensor in row-major order, in an array of their own kind and no more.
 * @throws {ShapeError} naming `op`, unless it has this shape.
 */
export function numbersOf(
  op: string,
  argument: string,
  x: NdArray,
  shape: readonly number[],
): FloatArray {
  assertTensor(op, argument, x, shape);
  const count = elementsOf(shape);
  const { data, offset, stride } = x;
  const dense = rowMajorStride(shape);
  if (stride.every((step, axis) => step === dense[axis])) return data.slice(offset, offset + count);
  const Floats = data.constructor as new (length: number) => FloatArray;
  const numbers = new Floats(count);
  const index = shape.map(() => 0);
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = x.get(...index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
  return numbers;
}

/** The rows along `axis` in which two tensors of one shape, row-major, differ. */
export function differingRows(x: NdArray, y: NdArray, axis: number): Set<number> {
  const inner = elementsOf(x.shape.slice(axis + 1));
  const rows = new Set<number>();
  for (let i = 0; i < x.data.length; i++) {
    if (!Object.is(x.data[i], y.data[i])) rows.add(Math.floor(i / inner) % x.shape[axis]);
  }
  return rows;
}

/** Some of the rows along `axis`, in that order. */
export function rowsAlong(x: NdArray, axis: number, rows: readonly number[]): NdArray {
  const shape = x.shape.map((size, i) => (i === axis ? rows.length : size));
  const Floats = x.data.constructor as new (length: number) => FloatArray;
  const inner = elementsOf(shape.slice(axis + 1));
  const outer = elementsOf(shape.slice(0, axis));
  const data = new Floats(elementsOf(shape));
  for (let o = 0; o < outer; o++) {
    for (const [i, row] of rows.entries()) {
      const from = x.offset + (o * x.shape[axis] + row) * inner;
      data.set(x.data.subarray(from, from + inner), (o * rows.length + i) * inner);
    }
  }
  return tensor(data, shape);
}

/**
 * The tensor type at public edges and in nn/: an ndarray of float32 or float64, row-major.
 *
 * An ndarray is exactly `data, shape, stride, offset`: element [i, j] lies at
 * `data[offset + i * stride[0] + j * stride[1]]`. Kernels find a row by its offset and
 * require the last axis to be contiguous, so that the inner loop is a plain walk through memory.
 *
 * ndarray truncates shape, stride and offset to int32, so each tensor here is a typed-array view of its own
 * and never a window into a file of gigabytes. It compiles its views with `new Function`, and view.ts does without where
 * a page may forbid that (make-view.ts).
 * @module
 */
import type ndarray from "ndarray";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { inJson } from "./json.ts";
import { makeView } from "./make-view.ts";
import { showing } from "./show.ts";

/** Storage of a tensor of activations. */
export type FloatArray = Float32Array | Float64Array;

/** A tensor of activations: float32 (also holding bfloat16 values) or float64. */
export type NdArray = ndarray.NdArray<FloatArray>;

/**
 * A row-major tensor over `data`, starting at `offset`: no copy is made. `console.log` shows its shape, its dtype and the
 * numbers at its ends, `JSON.stringify` its numbers in a list for each axis.
 * @throws {ShapeError} if `shape` does not fit into `data`.
 */
export function tensor(data: FloatArray, shape: readonly number[], offset = 0): NdArray {
  const size = elementsOf(shape);
  if (offset + size > data.length) {
    const expected = `at least ${offset + size} elements for shape ${formatShape(shape)}`;
    throw refusals("tensor").shape("data", expected, data.length);
  }
  return inJson(showing(makeView(data, shape, rowMajorStride(shape), offset)));
}

/** `change` of every element of `x` [R, C], in float64. */
export function mapped(x: NdArray, change: (value: number) => number): NdArray {
  const [R, C] = x.shape;
  const data = new Float64Array(R * C);
  for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) data[r * C + c] = change(x.get(r, c));
  return tensor(data, [R, C]);
}

/** How many elements a tensor of `shape` has: the product of its axes, 1 of a scalar. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/** The stride of a dense row-major array of `shape`: `[4, 2, 3]` → `[6, 3, 1]`. */
export function rowMajorStride(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis--]) stride[axis] = step;
  return stride;
}

/** `[2, 3]` as it stands in messages. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Refuses `x` unless it is a tensor of activations, of `shape` (`undefined` matches any size), and its numbers
 * are there. A stored weight is none: its numbers may be bits, and it has no offset.
 * @throws {ArgumentError} naming `op` and `argument`, if it is something else.
 * @throws {ShapeError} as {@link assertShape}.
 */
export function assertTensor(
  op: string,
  argument: string,
  x: NdArray,
  shape: readonly (number | undefined)[],
): void {
  const { data, offset, stride } = (x ?? {}) as Partial<NdArray>;
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  if (!isFloat || offset === undefined || stride === undefined) {
    throw refusals(op).argument(argument, "a tensor of float32 or float64", ...whatElse(x));
  }
  assertShape(op, argument, x, shape);
  assertHeld(op, argument, x, data.length, offset, stride);
}

/** What a thing is that is no tensor, and how it becomes one. */
function whatElse(x: unknown): [got: string, hint: string] {
  const { dtype, shape } = (x ?? {}) as { readonly dtype?: unknown; readonly shape?: unknown };
  if (typeof dtype === "string" && Array.isArray(shape)) {
    return [`${dtype} ${formatShape(shape)}`, "widenRow widens a stored weight, row by row"];
  }
  return [brief(x), "tensor(data, shape) makes one of a Float32Array or a Float64Array"];
}

/** @throws {ShapeError} unless all elements of `x` lie within `length` numbers. */
export function assertHeld(
  op: string,
  argument: string,
  { shape }: Shaped,
  length: number,
  offset: number,
  stride: readonly number[],
): void {
  let [first, last] = [offset, offset];
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 0) return;
    const reach = (shape[axis] - 1) * stride[axis];
    if (reach < 0) first += reach;
    else last += reach;
  }
  if (first >= 0 && last < length) return;
  const expected = `at least ${last + 1} elements for shape ${formatShape(shape)}`;
  throw refusals(op).shape(argument, expected, length);
}

/** What {@link assertShape} looks at: an ndarray, or a weight in its stored dtype. */
export interface Shaped {
  /** Its axes. */
  readonly shape: readonly number[];
  /** Elements from one index to the next, of each axis. Dense when absent. */
  readonly stride?: readonly number[];
}

/**
 * Refuses `x` unless it has `shape` (`undefined` matches any size) and a contiguous last axis.
 * @throws {ArgumentError} if it has no shape.
 * @throws {ShapeError} naming `op` and `argument`.
 */
export function assertShape(
  op: string,
  argument: string,
  x: Shaped,
  shape: readonly (number | undefined)[],
): void {
  if (!Array.isArray(x?.shape)) throw refusals(op).argument(argument, "a tensor", ...whatElse(x));
  const fits =
    x.shape.length === shape.length &&
    shape.every((axis, i) => axis === undefined || axis === x.shape[i]);
  if (!fits) {
    const expected = `[${shape.map((axis) => axis ?? "any").join(", ")}]`;
    throw refusals(op).shape(argument, expected, formatShape(x.shape));
  }
  const last = x.shape.length - 1;
  if (x.stride && last >= 0 && x.stride[last] !== 1 && x.shape[last] > 1) {
    const hint = "copy the view into a new tensor first";
    const got = `stride ${formatShape(x.stride)}`;
    throw refusals(op).shape(argument, "a contiguous last axis (stride 1)", got, hint);
  }
}

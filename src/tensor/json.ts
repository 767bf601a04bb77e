/**
 * Numbers as lists: of a tensor a list for each axis, of a typed array a list. JSON writes a typed array as an object with
 * a name for each place (`{"0":…}`), which nobody reads back.
 * @module
 */
import type ndarray from "ndarray";
import { refusals } from "../errors.ts";

/** A tensor of activations: tensor.ts names it. */
export type Tensor = ndarray.NdArray<Float32Array | Float64Array>;

/** A number in JSON, which has none that is not finite. */
export type JsonNumber = number | "-Infinity" | "Infinity" | "NaN";

/** Numbers in JSON, a list for each axis; of a scalar the number. */
export type JsonNumbers = JsonNumber | readonly JsonNumbers[];

/** Numbers in lists, one for each axis; of a scalar the number. */
export type NestedNumbers = number | NestedNumbers[];

/** Most numbers of a tensor that become JSON: some 300 MB of text; a string of JavaScript ends at 512. */
const MOST_IN_JSON = 2 ** 24;

/**
 * The numbers of a tensor in lists, one for each axis: `tolist` of NumPy and PyTorch. `[[1, 2], [3, 4]]` of shape [2, 2].
 */
export function toArray(x: Tensor): NestedNumbers {
  return nested(x, (value) => value);
}

/** The same for JSON: a number that is not finite is its name, as "-Infinity" of masked scores. */
export function toJsonNumbers(x: Tensor): JsonNumbers {
  return nested<JsonNumber>(x, (value) => (Number.isFinite(value) ? value : nameOf(value)));
}

/** A list for each axis. */
type Nested<T> = T | Nested<T>[];

function nested<T>({ data, shape, stride, offset }: Tensor, made: (x: number) => T): Nested<T> {
  const from = (axis: number, at: number): Nested<T> => {
    if (axis === shape.length) return made(data[at]);
    return Array.from({ length: shape[axis] }, (_, i) => from(axis + 1, at + i * stride[axis]));
  };
  return from(0, offset);
}

function nameOf(x: number): JsonNumber {
  if (Number.isNaN(x)) return "NaN";
  return x > 0 ? "Infinity" : "-Infinity";
}

/** @throws {UnsupportedError} of more than sixteen million numbers. */
function tensorToJson(this: Tensor): JsonNumbers {
  const count = this.shape.reduce((product, axis) => product * axis, 1);
  if (count <= MOST_IN_JSON) return toJsonNumbers(this);
  const hint = "take some rows, as x.pick(0, null), or write the numbers into a file";
  const expected = `at most ${MOST_IN_JSON} numbers in JSON`;
  throw refusals("tensor").unsupported("toJSON", expected, count, hint);
}

/**
 * `x`, which `JSON.stringify` from now on writes as lists, and its views too: said once of each class, as `showing` does.
 */
export function inJson(x: Tensor): Tensor {
  const prototype = Object.getPrototypeOf(x);
  if ("toJSON" in prototype) return x;
  Object.defineProperty(prototype, "toJSON", { value: tensorToJson, configurable: true });
  if (x.shape.length > 1) inJson(x.pick(0) as Tensor);
  return x;
}

/**
 * `value` itself, a plain object, which `JSON.stringify` from now on writes with lists for its typed arrays, and for those in
 * its lists. Fields stay as they are.
 */
export function listsInJson<T extends object>(value: T): T {
  const listed = (field: unknown): unknown => {
    if (ArrayBuffer.isView(field)) return Array.from(field as Float64Array);
    return Array.isArray(field) ? field.map(listed) : field;
  };
  const toJSON = () =>
    Object.fromEntries(Object.entries(value).map(([name, field]) => [name, listed(field)]));
  return Object.defineProperty(value, "toJSON", { value: toJSON, configurable: true });
}

/**
 * Arrays in messages, as they come: `{ shape, dtype, base64 }`, or lists of numbers in decimals, which are easier to
 * write.
 * @module
 */
import { brief } from "../../brief.ts";
import { isObject, kindOf } from "../../source/json.ts";
import { bfloat16ToFloat32 } from "../../tensor/bfloat16.ts";
import { float16ToFloat32 } from "../../tensor/float16.ts";
import {
  elementsOf,
  type FloatArray,
  formatShape,
  type NdArray,
  tensor,
} from "../../tensor/tensor.ts";
import { liesAs } from "./shapes.ts";
import { wrongAnswer } from "./testee-error.ts";
import type { WireType } from "./wire-array.ts";

interface Reading {
  /** Other names of the type. */
  readonly names: RegExp;
  readonly bytes: number;
  numbers(bytes: ArrayBuffer): FloatArray;
}

const TYPES: Readonly<Record<WireType, Reading>> = {
  float64: { names: /^(f64|double)$/i, bytes: 8, numbers: (bytes) => new Float64Array(bytes) },
  float32: { names: /^(f32|float)$/i, bytes: 4, numbers: (bytes) => new Float32Array(bytes) },
  float16: {
    names: /^(f16|half)$/i,
    bytes: 2,
    numbers: (bytes) => Float32Array.from(new Uint16Array(bytes), float16ToFloat32),
  },
  bfloat16: {
    names: /^bf16$/i,
    bytes: 2,
    numbers: (bytes) => Float32Array.from(new Uint16Array(bytes), bfloat16ToFloat32),
  },
  int32: {
    names: /^(i32|int)$/i,
    bytes: 4,
    numbers: (bytes) => Float64Array.from(new Int32Array(bytes)),
  },
};

/**
 * The numbers of an array that a testee sent, in the shape that was expected of it.
 * @param where the field that it stands in, for errors.
 * @throws {TesteeError} unless it has them.
 */
export function decodeArray(
  op: string,
  where: string,
  value: unknown,
  expected: readonly number[],
): NdArray {
  const given = Array.isArray(value) ? { data: value } : value;
  if (!isObject(given)) {
    throw wrongAnswer(op, where, "an array: { shape, dtype, base64 } or { data }", kindOf(value));
  }
  const { shape, dtype, base64, data } = given;
  if (shape !== undefined) assertShape(op, `${where}.shape`, shape, expected);
  const count = elementsOf(expected);
  if (data !== undefined) return tensor(flattened(op, `${where}.data`, data, expected), expected);
  if (typeof base64 !== "string") {
    throw wrongAnswer(op, where, "base64, or data", brief(Object.keys(given)));
  }
  const { bytes, numbers } = typeNamed(op, `${where}.dtype`, dtype);
  const decoded = bytesOf(op, `${where}.base64`, base64, count * bytes);
  return tensor(numbers(decoded.buffer), expected);
}

function assertShape(op: string, where: string, shape: unknown, expected: readonly number[]): void {
  if (isShape(shape) && liesAs(shape, expected)) return;
  const got = isShape(shape) ? formatShape(shape) : brief(shape);
  throw wrongAnswer(op, where, formatShape(expected), got);
}

function typeNamed(op: string, where: string, name: unknown): Reading {
  for (const [type, reading] of Object.entries(TYPES)) {
    if (typeof name === "string" && (type === name || reading.names.test(name))) return reading;
  }
  throw wrongAnswer(op, where, Object.keys(TYPES).join(" | "), brief(name));
}

function bytesOf(
  op: string,
  where: string,
  base64: string,
  count: number,
): Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = atob(base64);
  } catch {
    throw wrongAnswer(op, where, "base64: A–Z, a–z, 0–9, + and /", brief(base64));
  }
  if (text.length !== count) {
    throw wrongAnswer(op, where, `${count} bytes`, `${text.length}`);
  }
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What is no number in JSON; `null` is what JSON.stringify makes of it. */
const NOT_FINITE: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [null, Number.NaN],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A batch, heads, rows and columns: an array has no more axes. */
const MAX_DEPTH = 8;

/** The numbers of lists in lists, or of one list, in order. */
function flattened(
  op: string,
  where: string,
  data: unknown,
  expected: readonly number[],
): Float64Array {
  const numbers: number[] = []; // no more than were sent, however many are expected
  const add = (value: unknown, depth: number): void => {
    if (Array.isArray(value) && depth < MAX_DEPTH) {
      for (const one of value) add(one, depth + 1);
      return;
    }
    const number = typeof value === "number" ? value : NOT_FINITE.get(value);
    if (number === undefined) throw wrongAnswer(op, where, "numbers", brief(value));
    numbers.push(number);
  };
  if (!Array.isArray(data)) throw wrongAnswer(op, where, "a list of numbers", kindOf(data));
  add(data, 0);
  const shape = shapeOfLists(data);
  const count = elementsOf(expected);
  if (numbers.length === count && liesAs(shape, expected)) return Float64Array.from(numbers);
  const isShape = numbers.length === elementsOf(shape) && shape.length > 1;
  const got = isShape ? formatShape(shape) : `${numbers.length} numbers`;
  throw wrongAnswer(op, where, `${count} numbers, ${formatShape(expected)}`, got);
}

/** The shape that an array in a message says it has, or that of its lists. Undefined if that is no shape. */
export function shapeSaid(value: unknown): readonly number[] | undefined {
  const { shape, data } = isObject(value) ? value : { data: value };
  const said = shape === undefined && Array.isArray(data) ? shapeOfLists(data) : shape;
  return isShape(said) ? said : undefined;
}

function isShape(shape: unknown): shape is readonly number[] {
  const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= 0;
  return Array.isArray(shape) && shape.length <= MAX_DEPTH && shape.every(isSize);
}

/** The sizes along the first elements. */
function shapeOfLists(data: readonly unknown[]): number[] {
  const shape: number[] = [];
  for (let list: unknown = data; Array.isArray(list); list = list[0]) shape.push(list.length);
  return shape;
}

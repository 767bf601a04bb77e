/**
 * Arrays in messages, as they are sent: `{ shape, dtype, base64 }`, the bytes of the numbers in little-endian order.
 * @module
 */
import { elementsOf, type FloatArray, type NdArray, rowMajorStride } from "../../tensor/tensor.ts";

/** The types of numbers in base64. */
export type WireType = "float64" | "float32" | "float16" | "bfloat16" | "int32";

/** An array in a message. */
export interface WireArray {
  readonly shape: readonly number[];
  readonly dtype: WireType;
  readonly base64: string;
}

/** Numbers in row-major order: a tensor, or what an engine has in its place. */
export type Numbers = Pick<NdArray, "data" | "shape"> & Partial<Pick<NdArray, "offset" | "stride">>;

/**
 * An array as it is sent.
 * @param dtype default: that of its numbers.
 */
export function encodeArray(array: Numbers, dtype?: "int32"): WireArray {
  const { shape } = array;
  const numbers = dense(array);
  const sent = dtype === "int32" ? Int32Array.from(numbers) : numbers;
  const bytes = new Uint8Array(sent.buffer, sent.byteOffset, sent.byteLength);
  const own = numbers instanceof Float64Array ? "float64" : "float32";
  return { shape, dtype: dtype ?? own, base64: base64Of(bytes) };
}

/** The numbers one behind another; those of a view are gathered. */
function dense({ data, shape, offset = 0, stride }: Numbers): FloatArray {
  const count = elementsOf(shape);
  const rowMajor = rowMajorStride(shape);
  if (!stride || rowMajor.every((step, axis) => step === stride[axis] || shape[axis] === 1)) {
    return data.subarray(offset, offset + count);
  }
  const isWide = data instanceof Float64Array;
  const gathered = isWide ? new Float64Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let at = offset;
    for (let axis = 0; axis < shape.length; axis++) {
      at += (Math.floor(i / rowMajor[axis]) % shape[axis]) * stride[axis];
    }
    gathered[i] = data[at];
  }
  return gathered;
}

/** Bytes that are made into a string at once: the arguments of a call lie on the stack. */
const PORTION = 2 ** 13;

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PORTION) {
    text += String.fromCharCode(...bytes.subarray(at, at + PORTION));
  }
  return btoa(text);
}

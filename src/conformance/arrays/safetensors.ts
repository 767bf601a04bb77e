/**
 * Named arrays as safetensors: what a program in any language writes in a few lines.
 * @module
 */

import {
  parseSafetensorsHeader,
  type SafetensorsEntry,
} from "../../checkpoint/safetensors/header.ts";
import { refusals } from "../../errors.ts";
import { bfloat16ToFloat32 } from "../../tensor/bfloat16.ts";
import { float16ToFloat32 } from "../../tensor/float16.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";

/** From the bytes of an array to its numbers; int64 ones are exact up to 2^53. */
const READERS: Readonly<Record<string, (bytes: ArrayBuffer) => FloatArray>> = {
  F64: (bytes) => new Float64Array(bytes),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => Float32Array.from(new Uint16Array(bytes), float16ToFloat32),
  BF16: (bytes) => Float32Array.from(new Uint16Array(bytes), bfloat16ToFloat32),
  I64: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number),
  I32: (bytes) => Float64Array.from(new Int32Array(bytes)),
  U8: (bytes) => Float32Array.from(new Uint8Array(bytes)),
};

/**
 * The arrays of a safetensors file.
 * @throws {FormatError} if it is damaged.
 * @throws {UnsupportedError} if an array has a dtype that is not read.
 */
export function readSafetensorsArrays(bytes: Uint8Array, file: string): Map<string, NdArray> {
  const refuse = refusals("readArrays", file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (8 + length > bytes.length) {
    const hint = "the file is cut short, or is not safetensors";
    throw refuse.format("header", `at most ${bytes.length} bytes`, length, hint);
  }
  const data = bytes.subarray(8 + length);
  const { entries } = parseSafetensorsHeader(bytes.subarray(8, 8 + length), data.length, file);
  const read = ([name, entry]: [string, SafetensorsEntry]): [string, NdArray] => {
    const reader = READERS[entry.dtype];
    if (!reader) throw refuse.unsupported(name, Object.keys(READERS).join(", "), entry.dtype);
    // Aligned. Not data.slice(): a Buffer's is another view of the same memory.
    const copy = new Uint8Array(data.subarray(entry.begin, entry.end));
    return [name, tensor(reader(copy.buffer), entry.shape)];
  };
  return new Map([...entries].map(read));
}

/** A safetensors file of arrays: float64 as F64, float32 as F32; those that `integers` names as I32. */
export function writeSafetensorsArrays(
  arrays: ReadonlyMap<string, NdArray>,
  integers: (name: string) => boolean = () => false,
): Uint8Array {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { data, shape }] of arrays) {
    const isInteger = integers(name);
    const numbers = isInteger ? Int32Array.from(data) : data;
    const dtype = isInteger ? "I32" : data instanceof Float64Array ? "F64" : "F32";
    const part = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const end = offset + part.length;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    parts.push(part);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8, so that every number of the data is aligned.
  const head = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(head + offset).fill(0x20, 0, head);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head - 8), true);
  bytes.set(json, 8);
  let at = head;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Named arrays from a file, whatever a program finds easiest to write: `.npz`, `.npy`, safetensors, or JSON, in
 * which numbers stand as lists or lie in raw files beside it.
 * @module
 */
import { brief } from "../../brief.ts";
import type { NpyArray, NpyData } from "../../checkpoint/numpy/npy.ts";
import { readNpy } from "../../checkpoint/numpy/npy.ts";
import { readNpz } from "../../checkpoint/numpy/npz.ts";
import { refusals } from "../../errors.ts";
import { isObject, kindOf, parseJsonObject } from "../../source/json.ts";
import { bfloat16ToFloat32 } from "../../tensor/bfloat16.ts";
import { float16ToFloat32 } from "../../tensor/float16.ts";
import { elementsOf, type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { readSafetensorsArrays } from "./safetensors.ts";

/** Reads a file beside the one that is read. */
export type OpenBeside = (file: string) => Promise<Uint8Array>;

const op = "readArrays";

/**
 * The arrays of `bytes` by name; that of a `.npy` is called as the file.
 * @param file its name, for errors and for the kind of file.
 * @throws {FormatError} if it is none of these, or is damaged.
 */
export async function readArrays(
  bytes: Uint8Array,
  file: string,
  openBeside: OpenBeside,
): Promise<Map<string, NdArray>> {
  if (bytes[0] === 0x93) return new Map([[stem(file), fromNpy(stem(file), readNpy(bytes, file))]]);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const arrays = [...readNpz(bytes, file)];
    return new Map(arrays.map(([name, array]) => [name, fromNpy(name, array)]));
  }
  if (bytes[8] === 0x7b) return readSafetensorsArrays(bytes, file);
  if (bytes.find((byte) => byte > 0x20) === 0x7b) return readJsonArrays(bytes, file, openBeside);
  const hint =
    "save your arrays by numpy.savez, as safetensors, or as JSON (docs/testing-an-engine.md)";
  const expected = "an .npz, .npy, .safetensors or .json file";
  throw refusals(op, file).format(undefined, expected, "something else", hint);
}

/** `out/logits.npy` → `logits`. */
function stem(file: string): string {
  return file.replace(/^.*[/\\]/, "").replace(/\.\w+$/, "");
}

/** NumPy has no bfloat16: an array of uint16 whose name says `bf16` holds bit patterns, as the goldens do. */
function fromNpy(name: string, { data, shape }: NpyArray): NdArray {
  if (data instanceof Uint16Array && /bf16$/i.test(name)) {
    return tensor(Float32Array.from(data, bfloat16ToFloat32), shape);
  }
  return tensor(asFloats(data), shape);
}

function asFloats(data: NpyData): FloatArray {
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  return isFloat ? data : Float64Array.from(data);
}

/** From raw little-endian bytes to numbers. */
const RAW: Readonly<Record<string, (bytes: ArrayBuffer) => FloatArray>> = {
  float64: (bytes) => new Float64Array(bytes),
  float32: (bytes) => new Float32Array(bytes),
  float16: (bytes) => Float32Array.from(new Uint16Array(bytes), float16ToFloat32),
  bfloat16: (bytes) => Float32Array.from(new Uint16Array(bytes), bfloat16ToFloat32),
  int32: (bytes) => Float64Array.from(new Int32Array(bytes)),
};

/**
 * `{"logits": [[…], …]}`, or `{"logits": {"shape": [7, 130], "dtype": "float32", "file": "logits.bin"}}`, with
 * `"data": […]` in the place of the file if one likes.
 */
async function readJsonArrays(
  bytes: Uint8Array,
  file: string,
  openBeside: OpenBeside,
): Promise<Map<string, NdArray>> {
  const arrays = new Map<string, NdArray>();
  for (const [name, value] of Object.entries(parseJsonObject(bytes, op, file))) {
    arrays.set(name, await readJsonArray(name, value, file, openBeside));
  }
  return arrays;
}

async function readJsonArray(
  name: string,
  value: unknown,
  file: string,
  openBeside: OpenBeside,
): Promise<NdArray> {
  const refuse = refusals(op, file);
  if (Array.isArray(value)) return fromLists(name, value, shapeOf(value), file);
  if (!isObject(value)) {
    throw refuse.format(name, "a list of numbers, or an object with shape and file", kindOf(value));
  }
  const { shape, dtype = "float32", data, file: beside } = value;
  if (Array.isArray(data)) {
    return fromLists(name, data, isSizes(shape) ? shape : shapeOf(data), file);
  }
  if (!isSizes(shape)) throw refuse.format(name, "a list of sizes as shape", brief(shape));
  const read = typeof dtype === "string" ? RAW[dtype] : undefined;
  if (!read) throw refuse.unsupported(name, Object.keys(RAW).join(", "), brief(dtype));
  if (typeof beside !== "string")
    throw refuse.format(name, "data, or the name of a file", "neither");
  const raw = new Uint8Array(await openBeside(beside));
  const size = { float64: 8, float32: 4, int32: 4 }[dtype as string] ?? 2;
  const wanted = elementsOf(shape) * size;
  if (raw.length !== wanted) {
    const expected = `${wanted} bytes for ${dtype} [${shape.join(", ")}] in ${beside}`;
    throw refuse.format(name, expected, raw.length);
  }
  return tensor(read(raw.buffer), shape);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The shape of nested lists, by their first elements. */
function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

function fromLists(
  name: string,
  lists: readonly unknown[],
  shape: readonly number[],
  file: string,
): NdArray {
  // JSON has no NaN and no infinities; programs write null, or the words.
  const numbers = lists.flat(shape.length).map((x) => (x === null ? Number.NaN : Number(x)));
  if (numbers.length === elementsOf(shape)) return tensor(Float64Array.from(numbers), shape);
  const expected = `${elementsOf(shape)} numbers of shape [${shape.join(", ")}]`;
  throw refusals(op, file).format(name, expected, numbers.length, "rows may differ in length");
}

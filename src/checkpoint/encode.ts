/**
 * A checkpoint on its way into a file: tensors read, encoded and handed on some megabytes at a time, so
 * that a model of any size passes through little memory.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import { float64ToBfloat16 } from "../tensor/bfloat16.ts";
import { float32ToFloat16 } from "../tensor/float16.ts";
import { quantizeQ4_0, quantizeQ8_0 } from "../tensor/quantized.ts";
import {
  assertDType,
  BYTES_PER_ELEMENT,
  type DType,
  type RowSource,
  storedFromBytes,
  widenRow,
} from "../tensor/stored.ts";
import { formatShape } from "../tensor/tensor.ts";
import { namesOf, type WeightType } from "./dtypes.ts";

/**
 * Checks the arguments that every writer has.
 * @throws {ArgumentError} unless there are tensors, and `type`, if given, is one of `types`.
 */
export function assertWriting(
  op: string,
  { tensors }: { readonly tensors?: unknown },
  type: string | undefined,
  types: readonly string[],
): void {
  const refuse = refusals(op);
  if (!(tensors instanceof Map)) {
    throw refuse.argument("tensors", "a Map, as an open checkpoint has", brief(tensors));
  }
  if (type === undefined || types.includes(type)) return;
  throw refuse.argument("type", types.join(", "), brief(type));
}

/**
 * From this size on a number becomes infinite in a type: halfway from its largest to the next power of two. In
 * blocks their scale does, a float16 of the largest number, rounded to float32 and divided by 127 or by −8.
 */
const TOO_LARGE: Readonly<Record<WeightType, number>> = {
  F64: Number.POSITIVE_INFINITY,
  F32: 2 ** 128 - 2 ** 103,
  F16: 65520,
  BF16: 2 ** 128 - 2 ** 119,
  Q8_0: 127 * 65520 - 2 ** -2,
  Q4_0: 8 * 65520 - 2 ** -6,
};

/** Bytes of a tensor that are read at a time. */
const PORTION = 2 ** 22;

/**
 * The bytes of a tensor, stored as `type`. They are unchanged if the tensor has that type. Else each number is
 * rounded once, to nearest even, and quantised as llama.cpp does it, to the bit.
 *
 * A number that is infinite or NaN already stays that: the file is read as it is.
 * @throws {UnsupportedError} if a number is too large for `type`: it would become infinite.
 * @param normOffset the number that a reader of the file will add to norm weights.
 */
export async function* encodeTensor(
  source: RowSource,
  type: WeightType,
  normOffset: 0 | 1,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  assertDType(source);
  const { dtype, shape } = source;
  const isNorm = shape.length === 1;
  const [rows, columns] = isNorm ? [1, shape[0]] : shape;
  // In float64, then rounded once. Taking the 1 out of GGUF's float32 1 + w is exact where that lies above
  // 0.5, or where w had no more bits than a float32: a reader computes the same sum from the result.
  const add = isNorm ? (source.normOffset ?? 1) - normOffset : 0;
  const isSame = add === 0 && namesOf(dtype).name === type;
  const step = Math.max(1, Math.floor(PORTION / (columns * BYTES_PER_ELEMENT[dtype])));
  const row = new Float64Array(columns);
  for (let begin = 0; begin < rows; begin += step) {
    const end = Math.min(rows, begin + step);
    const bytes = await source.rows(begin, isNorm ? columns : end, signal);
    if (isSame) {
      yield bytes;
      continue;
    }
    const stored = storedFromBytes(bytes, dtype, [end - begin, columns]);
    let portion = new Uint8Array(0);
    for (let r = 0; r < end - begin; r++) {
      widenRow(stored, r, row);
      if (add !== 0) for (let c = 0; c < columns; c++) row[c] += add;
      assertFits(row, type, source, isNorm ? [] : [begin + r]);
      const encoded = encodeRow(row, type);
      if (r === 0) portion = new Uint8Array((end - begin) * encoded.length);
      portion.set(encoded, r * encoded.length);
    }
    yield portion;
  }
}

/** @throws {UnsupportedError} if a number of `row`, which lies at index `at`, would become infinite in `type`. */
function assertFits(
  row: Float64Array,
  type: WeightType,
  { name, file }: RowSource,
  at: readonly number[],
): void {
  const limit = TOO_LARGE[type];
  for (let c = 0; c < row.length; c++) {
    if ((row[c] < limit && row[c] > -limit) || !Number.isFinite(row[c])) continue;
    const wider = limit < TOO_LARGE.BF16 ? "BF16 or F32" : "F64";
    const expected = `numbers below ${limit}, as ${type} holds no larger ones`;
    const got = `${row[c]} at ${formatShape([...at, c])}`;
    const hint = `write ${wider}, or leave the type out`;
    throw refusals("encodeTensor", file).unsupported(name, expected, got, hint);
  }
}

/** Quantised from float32, as by llama.cpp. */
function encodeRow(row: Float64Array, type: WeightType): Uint8Array {
  switch (type) {
    case "F64":
      return new Uint8Array(row.buffer);
    case "F32":
      return new Uint8Array(new Float32Array(row).buffer);
    case "F16":
      return narrowed(row, float32ToFloat16);
    case "BF16":
      return narrowed(row, float64ToBfloat16);
    case "Q8_0":
      return quantizeQ8_0(new Float32Array(row));
    case "Q4_0":
      return quantizeQ4_0(new Float32Array(row));
  }
}

/** Not Uint16Array.from(row, bitsOf), which takes six times as long. */
function narrowed(row: Float64Array, bitsOf: (x: number) => number): Uint8Array {
  const bits = new Uint16Array(row.length);
  for (let c = 0; c < row.length; c++) bits[c] = bitsOf(row[c]);
  return new Uint8Array(bits.buffer);
}

/** The types of weights in safetensors and `.npz`, which have no blocks. */
export type SafetensorsType = "F64" | "F32" | "F16" | "BF16";

export const SAFETENSORS_TYPES: readonly SafetensorsType[] = ["F64", "F32", "F16", "BF16"];

/** Options of writing safetensors or `.npz`. */
export interface SafetensorsOptions {
  /** The type of all tensors. Default: as they are; blocks (Q8_0, Q4_0) as F32, which is exact. */
  readonly type?: SafetensorsType;
}

export const SAFETENSORS_NAMES: OptionNames<SafetensorsOptions> = { type: true };

/** The type that keeps every number of `dtype`. */
export function safetensorsType(dtype: DType = "float32"): SafetensorsType {
  return SAFETENSORS_TYPES.find((type) => type === namesOf(dtype).name) ?? "F32";
}

/**
 * A checkpoint on its way into a file: tensors read, encoded and handed on some megabytes at a time, so
 * that a model of any size passes through little memory.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError } from "../errors.ts";
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

/**
 * What every writer asks of its arguments.
 * @throws {ArgumentError} unless there are tensors, and `type`, if given, is one of those.
 */
export function assertWriting(
  op: string,
  { tensors }: { readonly tensors?: unknown },
  type: string | undefined,
  types: readonly string[],
): void {
  if (!(tensors instanceof Map)) {
    const expected = "a Map of tensors by name, as an open checkpoint has";
    throw new ArgumentError({ op, argument: "tensors", expected, got: brief(tensors) });
  }
  if (type === undefined || types.includes(type)) return;
  throw new ArgumentError({ op, argument: "type", expected: types.join(", "), got: brief(type) });
}

/** How files call what numbers are stored as. */
export type WeightType = "F64" | "F32" | "F16" | "BF16" | "Q8_0" | "Q4_0";

const TYPE_OF: Readonly<Partial<Record<DType, WeightType>>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  q8_0: "Q8_0",
  q4_0: "Q4_0",
};

/** Bytes of a tensor that are read at once. */
const PORTION = 2 ** 22;

/**
 * The bytes of a tensor, stored as `type`. Unchanged if that is what it is; else each number rounded once,
 * to nearest even, and quantised as llama.cpp does it, to the bit.
 *
 * @param normOffset of norm weights: what a reader of the file will add to them.
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
  // In float64, then rounded once. Of GGUF's float32 1 + w the subtraction is exact wherever that lies
  // above 0.5, or came from a w of float32 or fewer bits: the same sum is computed from the result.
  const add = isNorm ? (source.normOffset ?? 1) - normOffset : 0;
  const isSame = add === 0 && TYPE_OF[dtype] === type;
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
      const encoded = encodeRow(row, type);
      if (r === 0) portion = new Uint8Array((end - begin) * encoded.length);
      portion.set(encoded, r * encoded.length);
    }
    yield portion;
  }
}

/** Quantised from float32, as llama.cpp has them in hand. */
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

/** What transformers and vLLM read; the format has no blocks. */
export type SafetensorsType = "F64" | "F32" | "F16" | "BF16";

export interface SafetensorsOptions {
  /** What all tensors are stored as. Default: as they are; blocks (Q8_0, Q4_0) as F32, which is exact. */
  readonly type?: SafetensorsType;
}

/** What keeps every number of `dtype`. */
export function safetensorsType(dtype: DType = "float32"): SafetensorsType {
  const types = { float64: "F64", float16: "F16", bfloat16: "BF16" } as const;
  return dtype in types ? types[dtype as keyof typeof types] : "F32";
}

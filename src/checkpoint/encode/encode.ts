/**
 * A checkpoint on its way into a file: tensors read, encoded and handed on some megabytes at a time, so
 * that a model of any size passes through little memory.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { OptionNames } from "../../options.ts";
import { oneAhead } from "../../source/one-ahead.ts";
import {
  assertDType,
  BYTES_PER_ELEMENT,
  type DType,
  type RowSource,
  type WeightSource,
} from "../../tensor/stored.ts";
import { namesOf, type WeightType } from "../dtypes.ts";
import { encodeFast } from "./fast.ts";
import { encodeRows } from "./rows.ts";

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
  // Taking the 1 out of GGUF's float32 1 + w is exact where that lies above 0.5, or where w had no more bits than
  // a float32: a reader computes the same sum from the result.
  const add = isNorm ? (source.normOffset ?? 1) - normOffset : 0;
  const isSame = add === 0 && namesOf(dtype).name === type;
  for await (const { begin, bytes } of oneAhead(portions(source, signal))) {
    if (isSame) yield bytes;
    else
      yield (add === 0 && encodeFast(bytes, dtype, type)) ||
        encodeRows(source, bytes, begin, type, add);
  }
}

/** The rows of a tensor as stored, some at a time, from row `begin` on. A vector is one row. */
async function* portions(source: WeightSource, signal?: AbortSignal) {
  const { dtype, shape } = source;
  const columns = shape[shape.length - 1];
  if (shape.length === 1) {
    yield { begin: 0, bytes: await source.rows(0, columns, signal) };
    return;
  }
  const step = Math.max(1, Math.floor(PORTION / (columns * BYTES_PER_ELEMENT[dtype])));
  for (let begin = 0; begin < shape[0]; begin += step) {
    const end = Math.min(shape[0], begin + step);
    yield { begin, bytes: await source.rows(begin, end, signal) };
  }
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

/**
 * Weights to upload, in every dtype: numbers that are exact in it, and blocks of random bits.
 * @module
 */
import { float64ToBfloat16 } from "../../tensor/bfloat16.ts";
import { float32ToFloat16 } from "../../tensor/float16.ts";
import { BLOCK_FORMATS, type BlockType } from "../../tensor/quantized.ts";
import {
  BYTES_PER_ELEMENT,
  type DType,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../tensor/stored.ts";
import { elementsOf, type NdArray, tensor } from "../../tensor/tensor.ts";
import { splitMixBytes } from "../vectors/splitmix.ts";

/** A weight as a file has it. */
export interface Encoded {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The dtypes that hold numbers one by one. */
export const PLAIN_DTYPES = ["float32", "float64", "float16", "bfloat16"] as const;

/** `array` in a dtype, rounded to it. */
export function encoded(
  { data, offset, shape }: NdArray,
  dtype: (typeof PLAIN_DTYPES)[number] = "float32",
): Encoded {
  const numbers = data.subarray(offset, offset + elementsOf(shape));
  const bits = {
    float64: () => Float64Array.from(numbers),
    float32: () => Float32Array.from(numbers),
    float16: () => Uint16Array.from(numbers, float32ToFloat16),
    bfloat16: () => Uint16Array.from(numbers, float64ToBfloat16),
  }[dtype]();
  return { dtype, shape, bytes: new Uint8Array(bits.buffer) };
}

/** Where a block has its float16 numbers, and ones that keep the widened numbers near 1. */
const SCALES: Readonly<Record<BlockType, readonly (readonly [at: number, value: number])[]>> = {
  q8_0: [[0, 2 ** -7]],
  q4_0: [[0, 2 ** -3]],
  q4_1: [
    [0, 2 ** -4],
    [2, -0.5],
  ],
  q5_0: [[0, 2 ** -4]],
  q5_1: [
    [0, 2 ** -5],
    [2, -0.5],
  ],
  q2_k: [
    [80, 2 ** -5],
    [82, 2 ** -4],
  ],
  q3_k: [[108, 2 ** -6]],
  q4_k: [
    [0, 2 ** -9],
    [2, 2 ** -6],
  ],
  q5_k: [
    [0, 2 ** -10],
    [2, 2 ** -6],
  ],
  q6_k: [[208, 2 ** -11]],
  iq4_nl: [[0, 2 ** -7]],
  iq4_xs: [[0, 2 ** -11]],
};

/** A matrix [R, C] of blocks whose bits come from a seed. C is a multiple of a block. */
export function blocks(dtype: BlockType, shape: readonly [number, number], seed: number): Encoded {
  const { bytes: size, numbers } = BLOCK_FORMATS[dtype];
  const count = (shape[0] * shape[1]) / numbers;
  const bytes = new Uint8Array(splitMixBytes(seed, count * size));
  for (let block = 0; block < count; block++) {
    for (const [at, value] of SCALES[dtype]) {
      const bits = float32ToFloat16(block % 2 === 0 ? value : value / 2);
      bytes[block * size + at] = bits & 255;
      bytes[block * size + at + 1] = bits >> 8;
    }
  }
  return { dtype, shape, bytes };
}

/** The numbers of a weight, in float64. A vector [D] stays one. */
export function widened({ dtype, shape, bytes }: Encoded): NdArray {
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  const stored = storedFromBytes(bytes.slice(), dtype, [rows, columns]);
  const data = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    widenRow(stored, r, data.subarray(r * columns, (r + 1) * columns));
  }
  return tensor(data, shape);
}

/** The same bytes as if they were of another dtype, as far as they go; undefined where they do not reach. */
export function mistaken(weight: Encoded, dtype: DType): NdArray | undefined {
  const { shape, bytes } = weight;
  const needed = elementsOf(shape) * BYTES_PER_ELEMENT[dtype];
  if (dtype === weight.dtype || needed > bytes.length || !Number.isInteger(needed))
    return undefined;
  return widened({ dtype, shape, bytes: bytes.subarray(0, needed) });
}

/** What a source says of itself beside its numbers. */
export interface SourceOptions {
  readonly name?: string;
  readonly normOffset?: 0 | 1;
  /** Called before each answer; it may take its time, or reject. */
  readonly before?: (signal?: AbortSignal) => Promise<void>;
}

/** A weight that can be uploaded. It gives any rows, in an array of the caller's own. */
export function sourceOf(weight: Encoded, options: SourceOptions = {}): WeightSource {
  const { dtype, shape, bytes } = weight;
  const { name = "weight", normOffset, before } = options;
  const row = bytes.length / shape[0];
  return {
    name,
    dtype,
    shape,
    ...(normOffset !== undefined && { normOffset }),
    async rows(begin, end, signal) {
      assertRows(name, begin, end, shape[0]);
      await before?.(signal);
      return bytes.slice(begin * row, end * row);
    },
  };
}

/** @throws {RangeError} unless there are such rows. */
export function assertRows(name: string, begin: number, end: number, rows: number): void {
  if (
    Number.isInteger(begin) &&
    Number.isInteger(end) &&
    begin >= 0 &&
    end <= rows &&
    begin <= end
  ) {
    return;
  }
  throw new RangeError(`rows ${begin} to ${end} of "${name}" were asked for, which has ${rows}`);
}

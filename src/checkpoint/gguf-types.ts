/**
 * The types in which weights are written to GGUF, each as llama.cpp encodes it, to the bit.
 * @module
 */
import { float64ToBfloat16 } from "../tensor/bfloat16.ts";
import { float32ToFloat16 } from "../tensor/float16.ts";
import { BLOCK_FORMATS, quantizeQ4_0, quantizeQ8_0 } from "../tensor/quantized.ts";

export type GgufWeightType = "F32" | "F16" | "BF16" | "Q8_0" | "Q4_0";

/** Number of the type (ggml: include/ggml.h), and how many numbers lie in how many bytes. */
export const WEIGHT_TYPES: Readonly<
  Record<GgufWeightType, { number: number; numbers: number; bytes: number }>
> = {
  F32: { number: 0, numbers: 1, bytes: 4 },
  F16: { number: 1, numbers: 1, bytes: 2 },
  BF16: { number: 30, numbers: 1, bytes: 2 },
  Q8_0: { number: 8, numbers: BLOCK_FORMATS.q8_0.numbers, bytes: BLOCK_FORMATS.q8_0.bytes },
  Q4_0: { number: 2, numbers: BLOCK_FORMATS.q4_0.numbers, bytes: BLOCK_FORMATS.q4_0.bytes },
};

/** A row of numbers in bytes. Quantised from float32, as llama.cpp has them in hand. */
export function encodeRow(row: Float64Array, type: GgufWeightType): Uint8Array {
  switch (type) {
    case "F32":
      return new Uint8Array(Float32Array.from(row).buffer);
    case "F16":
      return new Uint8Array(Uint16Array.from(row, float32ToFloat16).buffer);
    case "BF16":
      return new Uint8Array(Uint16Array.from(row, float64ToBfloat16).buffer);
    case "Q8_0":
      return quantizeQ8_0(Float32Array.from(row));
    case "Q4_0":
      return quantizeQ4_0(Float32Array.from(row));
  }
}

/**
 * The types in which weights are written to GGUF.
 * @module
 */
import { BLOCK_FORMATS } from "../../tensor/quantized.ts";

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

/**
 * The formats that the kernels read; weights of other dtypes are widened to float32 before.
 * @module
 */
import { bfloat16 } from "./bfloat16.ts";
import { float16 } from "./float16.ts";
import { float32 } from "./float32.ts";
import type { WeightFormat } from "./format.ts";
import { q4_0 } from "./q4_0.ts";
import { q8_0 } from "./q8_0.ts";

/** The dtypes that stay as they are stored. */
export type KernelType = "float32" | "bfloat16" | "float16" | "q8_0" | "q4_0";

export const FORMATS: Readonly<Record<KernelType, WeightFormat>> = {
  float32,
  bfloat16,
  float16,
  q8_0,
  q4_0,
};

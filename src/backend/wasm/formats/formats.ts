/**
 * The formats that the kernels read; weights of other dtypes are widened to float32 before.
 * @module
 */

import type { BlockType } from "../../../tensor/quantized.ts";
import { bfloat16 } from "./bfloat16.ts";
import { float16 } from "./float16.ts";
import { float32 } from "./float32.ts";
import type { WeightFormat } from "./format.ts";
import { q4_0 } from "./q4_0.ts";
import { q4_1 } from "./q4_1.ts";
import { q4_k } from "./q4_k.ts";
import { q5_0 } from "./q5_0.ts";
import { q6_k } from "./q6_k.ts";
import { q8_0 } from "./q8_0.ts";

/** The dtypes that stay as they are stored. */
export type KernelType = "float32" | "bfloat16" | "float16" | BlockType;

export const FORMATS: Readonly<Record<KernelType, WeightFormat>> = {
  float32,
  bfloat16,
  float16,
  q8_0,
  q4_0,
  q4_1,
  q5_0,
  q4_k,
  q6_k,
};

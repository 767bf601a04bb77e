/**
 * The formats that the kernels read; weights of other dtypes are widened to float32 before.
 * @module
 */

import type { BlockType } from "../../../tensor/quantized.ts";
import { bfloat16 } from "./bfloat16.ts";
import { float16 } from "./float16.ts";
import { float32 } from "./float32.ts";
import type { WeightFormat } from "./format.ts";
import { iq4_nl } from "./of-32/iq4_nl.ts";
import { q4_0 } from "./of-32/q4_0.ts";
import { q4_1 } from "./of-32/q4_1.ts";
import { q5_0 } from "./of-32/q5_0.ts";
import { q5_1 } from "./of-32/q5_1.ts";
import { q8_0 } from "./of-32/q8_0.ts";
import { iq4_xs } from "./of-256/iq4_xs.ts";
import { q2_k } from "./of-256/q2_k.ts";
import { q3_k } from "./of-256/q3_k.ts";
import { q4_k } from "./of-256/q4_k.ts";
import { q5_k } from "./of-256/q5_k.ts";
import { q6_k } from "./of-256/q6_k.ts";

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
  q5_1,
  q2_k,
  q3_k,
  q4_k,
  q5_k,
  q6_k,
  iq4_nl,
  iq4_xs,
};

/**
 * The formats whose products are integers where activations are rounded to int8.
 * @module
 */
import type { KernelType } from "../formats.ts";
import { hasSubBlocks, type IntegerFormat } from "./format.ts";
import { q4_0, q4_0Quads } from "./q4_0.ts";
import { q8_0 } from "./q8_0.ts";
import { q4_k, q5_k } from "./sub-blocks/nibble-steps.ts";
import { q2_k } from "./sub-blocks/q2_k.ts";
import { q3_k } from "./sub-blocks/q3_k.ts";
import { q6_k } from "./sub-blocks/q6_k.ts";

/** Their names, which tell them from the same dtypes with activations of float32. */
export type IntegerType =
  | "q8_0_pairs"
  | "q4_0_pairs"
  | "q4_0_quads"
  | "q2_k_quads"
  | "q3_k_quads"
  | "q4_k_quads"
  | "q5_k_quads"
  | "q6_k_quads";

/** All that a matrix may be packed as. */
export type PackedType = KernelType | IntegerType;

export const INTEGER_FORMATS: Readonly<Record<IntegerType, IntegerFormat>> = {
  q8_0_pairs: q8_0,
  q4_0_pairs: q4_0,
  q4_0_quads: q4_0Quads,
  q2_k_quads: q2_k,
  q3_k_quads: q3_k,
  q4_k_quads: q4_k,
  q5_k_quads: q5_k,
  q6_k_quads: q6_k,
};

/** The formats that a machine with, or without, relaxed SIMD has kernels for. */
export function integerFormats(isRelaxed: boolean): IntegerFormat[] {
  return Object.values(INTEGER_FORMATS).filter((format) => isRelaxed || !needsRelaxed(format));
}

/** How weights of that dtype are packed where activations are rounded; undefined where they stay float32. */
export function integerType(dtype: KernelType, isRelaxed: boolean): IntegerType | undefined {
  const formats = integerFormats(isRelaxed).filter((format) => format.dtype === dtype);
  const best = formats.find(needsRelaxed) ?? formats[0];
  return best?.name as IntegerType | undefined;
}

/** Quads do. */
function needsRelaxed(format: IntegerFormat): boolean {
  return hasSubBlocks(format) || format.quads !== undefined;
}

/** Whether a matrix is multiplied in integers. */
export function isInteger(type: PackedType): type is IntegerType {
  return Object.hasOwn(INTEGER_FORMATS, type);
}

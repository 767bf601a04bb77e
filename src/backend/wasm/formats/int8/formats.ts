/**
 * The formats whose products are integers where activations are rounded to int8.
 * @module
 */
import type { KernelType } from "../formats.ts";
import type { IntegerFormat } from "./format.ts";
import { q4_0, q4_0Quads } from "./q4_0.ts";
import { q8_0 } from "./q8_0.ts";

/** Their names, which tell them from the same dtypes with activations of float32. */
export type IntegerType = "q8_0_pairs" | "q4_0_pairs" | "q4_0_quads";

/** All that a matrix may be packed as. */
export type PackedType = KernelType | IntegerType;

export const INTEGER_FORMATS: Readonly<Record<IntegerType, IntegerFormat>> = {
  q8_0_pairs: q8_0,
  q4_0_pairs: q4_0,
  q4_0_quads: q4_0Quads,
};

/** The formats that a machine with, or without, relaxed SIMD has kernels for. */
export function integerFormats(isRelaxed: boolean): IntegerFormat[] {
  return Object.values(INTEGER_FORMATS).filter(({ quads }) => isRelaxed || !quads);
}

/** How weights of that dtype are packed where activations are rounded; undefined where they stay float32. */
export function integerType(dtype: KernelType, isRelaxed: boolean): IntegerType | undefined {
  const formats = integerFormats(isRelaxed).filter((format) => format.dtype === dtype);
  const best = formats.find(({ quads }) => quads) ?? formats[0];
  return best?.name as IntegerType | undefined;
}

/** Whether a matrix is multiplied in integers. */
export function isInteger(type: PackedType): type is IntegerType {
  return Object.hasOwn(INTEGER_FORMATS, type);
}

/**
 * The formats whose products are integers where activations are rounded to int8.
 * @module
 */
import type { KernelType } from "../formats.ts";
import type { IntegerFormat } from "./format.ts";
import { q4_0 } from "./q4_0.ts";
import { q8_0 } from "./q8_0.ts";

/** Their names, which tell them from the same dtypes with activations of float32. */
export type IntegerType = "q8_0_int8" | "q4_0_int8";

/** All that a matrix may be packed as. */
export type PackedType = KernelType | IntegerType;

export const INTEGER_FORMATS: Readonly<Record<IntegerType, IntegerFormat>> = {
  q8_0_int8: q8_0,
  q4_0_int8: q4_0,
};

/** How weights of that dtype are packed where activations are rounded; undefined where they stay float32. */
export function integerType(dtype: KernelType): IntegerType | undefined {
  const types = Object.keys(INTEGER_FORMATS) as IntegerType[];
  return types.find((type) => INTEGER_FORMATS[type].dtype === dtype);
}

/** Whether a matrix is multiplied in integers. */
export function isInteger(type: PackedType): type is IntegerType {
  return Object.hasOwn(INTEGER_FORMATS, type);
}

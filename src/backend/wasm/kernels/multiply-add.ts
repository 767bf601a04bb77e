/**
 * sum + a · b, in one instruction or in two.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import { f32x4, relaxed } from "../asm/instructions.ts";

/** The instructions that a module may use: `relaxed-simd` has a fused multiply-add. */
export type Simd = "simd128" | "relaxed-simd";

/** sum + a · b. */
export type MultiplyAdd = (sum: V128, a: V128, b: V128) => V128;

/** Fused, one instruction and one rounding, where `simd` has it; else a product and a sum. */
export function multiplyAdd(simd: Simd): MultiplyAdd {
  if (simd === "relaxed-simd") return (sum, a, b) => relaxed.f32x4_madd(a, b, sum);
  return (sum, a, b) => f32x4.add(sum, f32x4.mul(a, b));
}

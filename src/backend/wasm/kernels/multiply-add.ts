/**
 * sum + a · b, in one instruction or in two.
 * @module
 */
import { f32x4, relaxed } from "../asm/instructions.ts";
import type { MultiplyAdd } from "../formats/format.ts";

/** The instructions that a module may use: `relaxed-simd` has a fused multiply-add. */
export type Simd = "simd128" | "relaxed-simd";

export type { MultiplyAdd };

/** Fused, one instruction and one rounding, where `simd` has it; else a product and a sum. */
export function multiplyAdd(simd: Simd): MultiplyAdd {
  if (simd === "relaxed-simd") return (sum, a, b) => relaxed.f32x4_madd(a, b, sum);
  return (sum, a, b) => f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * Rounding as C's `roundf` does it.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder } from "../asm/function.ts";
import { f32x4, i32x4 } from "../asm/instructions.ts";

/** Integers next to `x`, halves away from 0. What `x` has behind its point is exact, and so is twice of it. */
export function roundedHalfAway(f: FunctionBuilder, x: V128): V128 {
  const given = f.let(x);
  const whole = f.let(i32x4.trunc_sat_f32x4_s(given));
  const rest = f.let(f32x4.sub(given, f32x4.convert_i32x4_s(whole)));
  return i32x4.add(whole, i32x4.trunc_sat_f32x4_s(f32x4.add(rest, rest)));
}

/**
 * e^x of four numbers, to 1.2 units in the last place (spec/backend/wasm/kernels/exp.spec.ts).
 *
 * x = n · ln 2 + r with |r| ≤ ½ ln 2, so that e^x = 2^n · e^r. n · ln 2 is taken off in two parts, of which the first
 * has few enough bits that its product is exact (Cody and Waite 1980). e^r is its Taylor polynomial of degree 7, whose
 * remainder, r^8/8!, is below 2^-27. 2^n is put together from its bits, in two factors, so that results may be subnormal.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder } from "../asm/function.ts";
import { f32, f32x4, i32, i32x4 } from "../asm/instructions.ts";

const LN2_HIGH = 0.693359375; // 9 bits
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** 1/k! for k = 7 … 0. */
const COEFFICIENTS = [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1];
/** e^x is infinite above the first and 0 below the second; a NaN stays one. */
const [MOST, LEAST] = [89, -105];

const splat = (f: FunctionBuilder, value: number) =>
  f.constant(f32x4.splat(f32.const(Math.fround(value))));

/** e^x of each lane. */
export function exp(f: FunctionBuilder, x: V128): V128 {
  const given = f.let(x);
  const low = f.let(f32x4.min(f32x4.max(given, splat(f, LEAST)), splat(f, MOST)));
  const n = f.let(f32x4.nearest(f32x4.mul(low, splat(f, Math.LOG2E))));
  const rest = f32x4.sub(low, f32x4.mul(n, splat(f, LN2_HIGH)));
  const r = f.let(f32x4.sub(rest, f32x4.mul(n, splat(f, LN2_LOW))));
  const [first, ...others] = COEFFICIENTS.map((c) => splat(f, c));
  const polynomial = others.reduce<V128>((sum, c) => f32x4.add(f32x4.mul(sum, r), c), first);
  const whole = f.let(i32x4.trunc_sat_f32x4_s(n));
  const half = f.let(i32x4.shr_s(whole, 1));
  const factor = f.let(f32x4.mul(polynomial, powerOfTwo(f, half)));
  return f32x4.mul(factor, powerOfTwo(f, i32x4.sub(whole, half)));
}

/** 2^n, for −126 ≤ n ≤ 127: an exponent and no mantissa. */
function powerOfTwo(f: FunctionBuilder, n: V128): V128 {
  return i32x4.shl(i32x4.add(n, f.constant(i32x4.splat(i32.const(127)))), 23);
}

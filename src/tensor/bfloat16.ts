/**
 * bfloat16: the upper half of a float32 (sign, 8 exponent bits, 7 fraction bits), the dtype in which
 * Gemma was trained and released. Widening is a shift; narrowing rounds to nearest, ties to even.
 * @module
 */

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** The value of a bfloat16 bit pattern. Exact. */
export function bfloat16ToFloat32(bits: number): number {
  u32[0] = bits << 16;
  return f32[0];
}

/** The bit pattern of `x` rounded once to bfloat16, nearest even. */
export function float64ToBfloat16(x: number): number {
  f32[0] = x;
  const bits = u32[0];
  if (Number.isNaN(x)) return ((bits >>> 16) | 0x40) & 0xffff; // stays a NaN when the low half is dropped
  const low = bits & 0xffff;
  const even = bits >>> 16;
  if (low !== 0x8000) return (low > 0x8000 ? even + 1 : even) & 0xffff;
  // A float32 exactly halfway between two bfloat16 may itself be a rounded float64: rounding twice
  // would then go the wrong way, so the original decides; a true tie goes to even.
  const rounded = Math.abs(f32[0]);
  const exact = Math.abs(x);
  if (exact === rounded) return (even + (even & 1)) & 0xffff;
  return (exact > rounded ? even + 1 : even) & 0xffff;
}

/** `x` rounded once to the nearest bfloat16 value (ties to even), as a number. */
export function roundToBfloat16(x: number): number {
  return bfloat16ToFloat32(float64ToBfloat16(x));
}

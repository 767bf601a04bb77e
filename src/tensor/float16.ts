/**
 * float16 (IEEE 754 binary16: sign, 5 exponent bits, 10 fraction bits), the dtype of many
 * re-uploaded checkpoints. Node 20 has no Float16Array, hence this.
 * @module
 */

/** The value of a float16 bit pattern. Exact. */
export function float16ToFloat32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal, or zero with its sign
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

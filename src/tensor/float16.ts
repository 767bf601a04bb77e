/**
 * float16 (IEEE 754 binary16: sign, 5 exponent bits, 10 fraction bits), the dtype of many
 * re-uploaded checkpoints. Node 20 has no Float16Array, hence this.
 * @module
 */

/** The spacing of float16 numbers with each exponent field; subnormals, field 0, have that of field 1. */
const SPACING = Float64Array.from({ length: 31 }, (_, field) => 2 ** (Math.max(1, field) - 25));

/** The value of a float16 bit pattern. Exact. */
export function float16ToFloat32(bits: number): number {
  const field = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (field === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (field === 0 ? fraction : fraction + 1024) * SPACING[field];
}

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** The bit pattern of `x` rounded once to float16, nearest even; beyond the largest, infinity. */
export function float32ToFloat16(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (size >= 65520) return sign | 0x7c00; // halfway between the largest and the next power of two
  // Its exponent, from the bits of the float32. Where that was rounded up to a power of two, so is what
  // follows. A fraction that rounds up to 2048 carries into the exponent.
  f32[0] = size;
  const field = Math.max(1, (u32[0] >>> 23) - 112);
  return sign | (((field - 1) << 10) + roundToEven(size / SPACING[field]));
}

function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest === 0.5) return floor + (floor & 1);
  return rest > 0.5 ? floor + 1 : floor;
}

/** `x` rounded once to the nearest float16 value (ties to even), as a number. */
export function roundToFloat16(x: number): number {
  return float16ToFloat32(float32ToFloat16(x));
}

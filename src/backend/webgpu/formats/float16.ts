/**
 * float16, widened with integers: WGSL's own `unpack2x16float` may flush subnormal numbers to 0, and `shader-f16` is
 * not everywhere.
 *
 * s eeeee mmmmmmmmmm: its exponent and mantissa, moved up by 13 bits, are those of a float32 whose bias is too small by
 * 127 − 15. An exponent of 31 says infinity or NaN, and has to become 255. One of 0 says that the mantissa counts
 * multiples of 2^-24.
 * @module
 */
import type { GpuFormat } from "./format.ts";

export const float16: GpuFormat = {
  name: "float16",
  element: "vec4u",
  block: { words: 16, scales: 0 },
  helpers: /* wgsl */ `
/** Four float16, which lie in the lower halves. */
fn widened(half: vec4u) -> vec4f {
  let sign = (half & vec4u(0x8000)) << vec4u(16);
  let size = half & vec4u(0x7fff);
  let bias = select(vec4u(112u << 23), vec4u(224u << 23), size >= vec4u(0x7c00));
  let normal = (size << vec4u(13)) + bias;
  let small = bitcast<vec4u>(vec4f(size) * 0x1p-24);
  return bitcast<vec4f>(sign | select(normal, small, size < vec4u(0x400)));
}
`,
  eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let pairs = words${which}[row * params.blocks * 4 + k];
  let even = widened(pairs & vec4u(0xffff));
  let odd = widened(pairs >> vec4u(16));
  return Eight(vec4f(even.x, odd.x, even.y, odd.y), vec4f(even.z, odd.z, even.w, odd.w));
}
`,
};

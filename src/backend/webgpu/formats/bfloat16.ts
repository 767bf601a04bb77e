/**
 * bfloat16, which WGSL has no type for: the upper half of a float32. Of each word, the lower half is an even column.
 * @module
 */
import type { GpuFormat } from "./format.ts";

export const bfloat16: GpuFormat = {
  name: "bfloat16",
  element: "vec4u",
  block: { words: 16, scales: 0 },
  helpers: "",
  eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let pairs = words${which}[row * params.blocks * 4 + k];
  let even = bitcast<vec4f>(pairs << vec4u(16));
  let odd = bitcast<vec4f>(pairs & vec4u(0xffff0000));
  return Eight(vec4f(even.x, odd.x, even.y, odd.y), vec4f(even.z, odd.z, even.w, odd.w));
}
`,
};

/**
 * float32: as it is.
 * @module
 */
import type { GpuFormat } from "./format.ts";

export const float32: GpuFormat = {
  name: "float32",
  element: "vec4u",
  block: { words: 32, scales: 0 },
  helpers: "",
  eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let at = row * params.blocks * 8 + 2 * k;
  return Eight(bitcast<vec4f>(words${which}[at]), bitcast<vec4f>(words${which}[at + 1]));
}
`,
};

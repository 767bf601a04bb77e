/**
 * Signed bytes with a scale for every 16 or 32 columns: q8_0, q5_0 and q6_k.
 * @module
 */
import type { GpuFormat } from "./format.ts";

/** A scale for every `run` columns. */
function int8(run: 16 | 32): GpuFormat {
  return {
    name: `int8 by ${run}`,
    element: "vec2u",
    block: { words: 8, scales: 32 / run },
    helpers: /* wgsl */ `
/** Four signed bytes as numbers. */
fn signedBytes(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word << 24, word << 16, word << 8, word)) >> vec4u(24));
}
`,
    eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let pair = words${which}[row * params.blocks * 4 + k];
  let scale = scales${which}[row * params.blocks * ${32 / run} + k / ${run / 8}];
  return Eight(scale * signedBytes(pair.x), scale * signedBytes(pair.y));
}
`,
  };
}

export const int8By32: GpuFormat = int8(32);
export const int8By16: GpuFormat = int8(16);

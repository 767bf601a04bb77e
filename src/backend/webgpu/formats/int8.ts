/**
 * Bytes with a scale for every 16 or 32 columns: signed (q8_0, q5_0, q3_k, q6_k, and the numbers that iq4_nl and iq4_xs
 * take from a table), or with an offset beside the scale (q5_1, q5_k).
 * @module
 */
import type { GpuFormat } from "./format.ts";

const SIGNED_BYTES = /* wgsl */ `
/** Four signed bytes as numbers. */
fn signedBytes(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word << 24, word << 16, word << 8, word)) >> vec4u(24));
}
`;

/** A scale for every `run` columns. */
function int8(run: 16 | 32): GpuFormat {
  return {
    name: `int8 by ${run}`,
    element: "vec2u",
    block: { words: 8, scales: 32 / run },
    helpers: SIGNED_BYTES,
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

export const int8WithOffset: GpuFormat = {
  name: "int8 with offset",
  element: "vec2u",
  block: { words: 8, scales: 2 },
  helpers: SIGNED_BYTES,
  eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let pair = words${which}[row * params.blocks * 4 + k];
  let at = 2 * (row * params.blocks + k / 4);
  let scale = scales${which}[at];
  let offset = scales${which}[at + 1];
  return Eight(scale * signedBytes(pair.x) + offset, scale * signedBytes(pair.y) + offset);
}
`,
};

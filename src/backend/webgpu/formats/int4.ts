/**
 * Nibbles from 0 to 15 with a scale for every 32 columns, less 8 (q4_0), or with an offset beside a scale for every 32 (q4_1,
 * q4_k) or 16 columns (q2_k). Nibble i of a word, from the lowest, is column 8k + i.
 * @module
 */
import type { GpuFormat } from "./format.ts";

const NIBBLES = /* wgsl */ `
fn lowNibbles(word: u32) -> vec4f {
  return vec4f((vec4u(word) >> vec4u(0, 4, 8, 12)) & vec4u(15));
}
`;

export const int4: GpuFormat = {
  name: "int4",
  element: "u32",
  block: { words: 4, scales: 1 },
  helpers: NIBBLES,
  eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let word = words${which}[row * params.blocks * 4 + k];
  let scale = scales${which}[row * params.blocks + k / 4];
  return Eight(scale * (lowNibbles(word) - 8), scale * (lowNibbles(word >> 16) - 8));
}
`,
};

/** A scale and an offset for every `run` columns. */
function int4WithOffset(run: 16 | 32): GpuFormat {
  return {
    name: `int4 with offset by ${run}`,
    element: "u32",
    block: { words: 4, scales: 64 / run },
    helpers: NIBBLES,
    eight: (which) => /* wgsl */ `
fn eight${which}(row: u32, k: u32) -> Eight {
  let word = words${which}[row * params.blocks * 4 + k];
  let at = 2 * (row * params.blocks * ${32 / run} + k / ${run / 8});
  let scale = scales${which}[at];
  let offset = scales${which}[at + 1];
  return Eight(scale * lowNibbles(word) + offset, scale * lowNibbles(word >> 16) + offset);
}
`,
  };
}

export const int4WithOffsetBy32: GpuFormat = int4WithOffset(32);
export const int4WithOffsetBy16: GpuFormat = int4WithOffset(16);

/**
 * What the kernels of a matmul are given: WGSL, up to the weights.
 * @module
 */
import { EIGHT, type GpuFormat } from "../formats/format.ts";
import { weightDeclarations } from "./weights.ts";

/** WGSL: `params`, `dst`, `x` in vectors, and `eight` of the weights. */
export function matmulDeclarations(format: GpuFormat): string {
  return /* wgsl */ `
struct Params {
  fromRow: u32, intoRow: u32, count: u32, xStride: u32, stride: u32,
  /** The first row of W in this chunk, and how many there are. */
  begin: u32, rows: u32,
  blocks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
${weightDeclarations(format, 3)}
${EIGHT}
${format.code}
`;
}

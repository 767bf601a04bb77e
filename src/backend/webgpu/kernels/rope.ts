/**
 * RoPE: rotates each of N heads of size H, pairing halves, by the angles of the row's position. x, dst [R, N·H].
 *
 *     dst[i]       = x[i] · cos_i − x[i + H/2] · sin_i
 *     dst[i + H/2] = x[i + H/2] · cos_i + x[i] · sin_i          i = 0 … H/2 − 1
 *
 * nn/rope.ts. One invocation a pair, so that dst may be x. Cosines and sines come from a table [positions, H], H/2 of
 * each: WGSL's own are accurate within ±π only, and to 2^-11 there.
 * @module
 */
import { COLUMNS, type Kernel } from "./kernel.ts";

/** WGSL: a pair turned by the angle whose cosine lies at `angle` of the table, and its sine `half` further on. */
export const ROTATED: string = /* wgsl */ `
fn rotated(pair: vec2f, angle: u32, half: u32) -> vec2f {
  let cosine = angles[angle];
  let sine = angles[angle + half];
  return vec2f(pair.x * cosine - pair.y * sine, pair.y * cosine + pair.x * sine);
}
`;

const code = (isInPlace: boolean) => /* wgsl */ `
struct Params {
  fromRow: u32, intoRow: u32, stride: u32,
  /** The row of the first angles. */
  fromAngles: u32,
  anglesStride: u32, heads: u32, headDim: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> angles: array<f32>;
${isInPlace ? "" : "@group(0) @binding(3) var<storage, read> x: array<f32>;"}
${ROTATED}

@compute @workgroup_size(${COLUMNS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let half = params.headDim / 2;
  if (id.x >= params.heads * half) { return; }
  let i = id.x % half;
  let column = (id.x / half) * params.headDim + i;
  let source = (params.fromRow + id.y) * params.stride + column;
  let to = (params.intoRow + id.y) * params.stride + column;
  let angle = (params.fromAngles + id.y) * params.anglesStride + i;
  let first = ${isInPlace ? "dst" : "x"}[source];
  let second = ${isInPlace ? "dst" : "x"}[source + half];
  let pair = rotated(vec2f(first, second), angle, half);
  dst[to] = pair.x;
  dst[to + half] = pair.y;
}
`;

export const rope: Kernel = {
  name: "rope",
  bindings: ["write", "read", "read"],
  code: code(false),
};
export const ropeInPlace: Kernel = {
  name: "rope in place",
  bindings: ["write", "read"],
  code: code(true),
};

/**
 * Keys and values [R, K·H] into a cache [positions, K·H], from position `pos` on. model/forward.ts, `kvWrite`.
 *
 * One invocation a column: it writes a key and a value. In the cache a head takes whole vectors of four numbers; what is
 * behind its columns stays 0.
 * @module
 */
import { COLUMNS, type Kernel } from "./kernel.ts";

/** WGSL: where a column of all K·H of a position lies in a cache. */
export const CACHE_PLACE: string = /* wgsl */ `
fn placeOf(position: u32, column: u32, kvHeads: u32, H: u32) -> u32 {
  let width = (H + 3) / 4 * 4;
  return (position * kvHeads + column / H) * width + column % H;
}
`;

export const kvWrite: Kernel = {
  name: "kvWrite",
  bindings: ["write", "write", "read", "read"],
  code: /* wgsl */ `
struct Params { fromRow: u32, columns: u32, stride: u32, pos: u32, headDim: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> keys: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read> k: array<f32>;
@group(0) @binding(4) var<storage, read> v: array<f32>;
${CACHE_PLACE}

@compute @workgroup_size(${COLUMNS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.columns) { return; }
  let source = (params.fromRow + id.y) * params.stride + id.x;
  let kvHeads = params.columns / params.headDim;
  let to = placeOf((params.pos + id.y), id.x, kvHeads, params.headDim);
  keys[to] = k[source];
  values[to] = v[source];
}
`,
};

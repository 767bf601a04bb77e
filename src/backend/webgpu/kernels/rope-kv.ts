/**
 * What a block does between its projections and its attention, in one dispatch: RoPE of q and k where they lie (rope.ts),
 * and keys and values into the cache (kv-write.ts). q [R, N·H], k and v [R, K·H].
 *
 * One invocation a pair of q, then of k, which it also writes to the cache, then one a column of v.
 * @module
 */
import { COLUMNS, type Kernel } from "./kernel.ts";
import { CACHE_PLACE } from "./kv-write.ts";
import { ROTATED } from "./rope.ts";

export const ropeAndWrite: Kernel = {
  name: "rope and kvWrite",
  bindings: ["write", "write", "write", "write", "read", "read"],
  code: /* wgsl */ `
struct Params {
  fromRow: u32, qStride: u32, kvStride: u32, pos: u32,
  fromAngles: u32, anglesStride: u32, heads: u32, kvHeads: u32, headDim: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> k: array<f32>;
@group(0) @binding(3) var<storage, read_write> keys: array<f32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;
@group(0) @binding(5) var<storage, read> angles: array<f32>;
@group(0) @binding(6) var<storage, read> v: array<f32>;
${ROTATED}
${CACHE_PLACE}

@compute @workgroup_size(${COLUMNS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let H = params.headDim;
  let half = H / 2;
  let row = params.fromRow + id.y;
  let angle = (params.fromAngles + id.y) * params.anglesStride;
  var i = id.x;
  if (i < params.heads * half) {
    let at = row * params.qStride + i / half * H + i % half;
    let pair = rotated(vec2f(q[at], q[at + half]), angle + i % half, half);
    q[at] = pair.x;
    q[at + half] = pair.y;
    return;
  }
  i -= params.heads * half;
  let position = params.pos + id.y;
  if (i < params.kvHeads * half) {
    let column = i / half * H + i % half;
    let at = row * params.kvStride + column;
    let pair = rotated(vec2f(k[at], k[at + half]), angle + i % half, half);
    k[at] = pair.x;
    k[at + half] = pair.y;
    let to = placeOf(position, column, params.kvHeads, H);
    keys[to] = pair.x;
    keys[to + half] = pair.y;
    return;
  }
  i -= params.kvHeads * half;
  if (i < params.kvHeads * H) {
    values[placeOf(position, i, params.kvHeads, H)] = v[row * params.kvStride + i];
  }
}
`,
};

/**
 * Causal attention: each of N heads of a query row sees positions 0 … p of the cache of its key-value head.
 *
 *     score[s] = Σ_h (q[h] · scale) · k[s,h]        dst[h] = Σ_s softmax(score)[s] · v[s,h]
 *
 * q, dst [R, N·H], keys and values [positions, K·H]. nn/attention.ts
 *
 * A workgroup of 64 does one head of one row, 64 positions at a time: lane l computes the score of position s + l; then
 * lane l adds up the values of columns l, l + 64, …. The largest score is known only at the end. So sums are kept for
 * the largest one so far, and scaled down when a larger one comes (Milakov and Gimelshein 2018, arXiv:1805.02867).
 *
 * No position is masked by an infinity, which WGSL need not have: loops end at the row's own position.
 * @module
 */
import type { Kernel } from "./kernel.ts";
import { LANES } from "./sum.ts";

/** The largest head: a lane has this many columns of it divided by 64. */
export const MOST_HEAD_DIM = 512;

const DIMS = MOST_HEAD_DIM / LANES;

export const attention: Kernel = {
  name: "attention",
  bindings: ["write", "read", "read", "read"],
  code: /* wgsl */ `
struct Params {
  fromRow: u32, intoRow: u32, stride: u32, pos: u32,
  heads: u32, kvHeads: u32, headDim: u32, scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read> keys: array<f32>;
@group(0) @binding(4) var<storage, read> values: array<f32>;

var<workgroup> query: array<f32, ${MOST_HEAD_DIM}>;
var<workgroup> scores: array<f32, ${LANES}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let H = params.headDim;
  let n = group.x;
  let seen = params.pos + group.y + 1;
  let kvStride = params.kvHeads * H;
  let head = (n * params.kvHeads / params.heads) * H;
  let source = (params.fromRow + group.y) * params.stride + n * H;
  for (var h = lane; h < H; h += ${LANES}) { query[h] = q[source + h] * params.scale; }
  workgroupBarrier();

  var largest = -3e38;
  var total = 0.0;
  var sums: array<f32, ${DIMS}>;
  for (var s = 0u; s < seen; s += ${LANES}) {
    let some = min(${LANES}u, seen - s);
    if (lane < some) {
      let at = (s + lane) * kvStride + head;
      var score = 0.0;
      for (var h = 0u; h < H; h++) { score += query[h] * keys[at + h]; }
      scores[lane] = score;
    }
    workgroupBarrier();
    var most = largest;
    for (var i = 0u; i < some; i++) { most = max(most, scores[i]); }
    workgroupBarrier();
    if (lane < some) { scores[lane] = exp(scores[lane] - most); }
    workgroupBarrier();
    let shrink = exp(largest - most);
    largest = most;
    total *= shrink;
    for (var j = 0u; j < ${DIMS}; j++) { sums[j] *= shrink; }
    for (var i = 0u; i < some; i++) {
      total += scores[i];
      let at = (s + i) * kvStride + head;
      for (var j = 0u; j * ${LANES} + lane < H; j++) {
        sums[j] += scores[i] * values[at + j * ${LANES} + lane];
      }
    }
    workgroupBarrier();
  }
  let to = (params.intoRow + group.y) * params.stride + n * H;
  for (var j = 0u; j * ${LANES} + lane < H; j++) { dst[to + j * ${LANES} + lane] = sums[j] / total; }
}
`,
};

/**
 * Causal attention: each of N heads of a query row sees positions 0 … p of the cache of its key-value head.
 *
 *     score[s] = Σ_h (q[h] · scale) · k[s,h]        dst[h] = Σ_s softmax(score)[s] · v[s,h]
 *
 * q, dst [R, N·H], keys and values [positions, K·H], in vectors of four columns. nn/attention.ts
 *
 * A workgroup of 256 does one head of one row, 64 positions at a time. Memory takes long and a token has few rows, so each
 * lane asks for eight vectors before it needs the first:
 *
 *     scores    32 lanes a position; lane l takes vectors l, l + 32, … of eight positions, and one lane adds up the parts
 *     values    a lane for each vector of the head, as often as there are lanes for: team t takes positions t, t + teams, …
 *
 * The largest score is known only at the end. So sums are kept for the largest one so far, and scaled down when a larger
 * one comes (Milakov and Gimelshein 2018, arXiv:1805.02867). At the end the sums of the teams are added up.
 *
 * One token has few rows and may have many positions. Then they are split among workgroups along z, 64 or more for each.
 * dst [splits, R, N, 2 + H] gets the sums as they are, behind the largest score and their total, and "attention of all
 * splits" brings them to the largest score of all and adds them up: a workgroup of 256 a head and row, lane l for columns
 * l and l + 256.
 *
 * No position is masked by an infinity, which WGSL need not have: one behind the row's own has a score of −3·10^38, so
 * that its weight is 0.
 * @module
 */
import type { Kernel } from "./kernel.ts";

/** The largest head. */
export const MOST_HEAD_DIM = 512;

/** Invocations of a workgroup, and those that share a position. */
const [LANES, PARTS] = [256, 32];

/** Loads on their way at once. */
const AHEAD = 8;

/** Positions at a time. */
const BLOCK = (LANES / PARTS) * AHEAD;

/** From the parts of one position to those of the next: one more than parts, so that they lie in different banks. */
const STRIDE = PARTS + 1;

/** Splits at most: a lane looks at one. */
const MOST_SPLITS = LANES;

/** Workgroups that keep a large GPU busy without splits. */
const MANY_GROUPS = 256;

/** Positions of a split, and how many splits there are, where so many heads of rows see so many positions at most. */
export function splitsFor(
  heads: number,
  seen: number,
): { readonly span: number; readonly splits: number } {
  if (heads >= MANY_GROUPS || seen <= BLOCK) return { span: seen, splits: 1 };
  const span = BLOCK * Math.ceil(seen / (BLOCK * MOST_SPLITS));
  return { span, splits: Math.ceil(seen / span) };
}

/** Numbers that a split of a head of a row leaves: its largest score, the total of its weights, and its sums. */
export function splitNumbers(headDim: number): number {
  return 2 + headDim;
}

export const attention: Kernel = {
  name: "attention",
  bindings: ["write", "read", "read", "read"],
  code: /* wgsl */ `
struct Params {
  fromRow: u32, intoRow: u32, stride: u32, pos: u32,
  heads: u32, kvHeads: u32, headDim: u32, span: u32, scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read> keys: array<vec4f>;
@group(0) @binding(4) var<storage, read> values: array<vec4f>;

var<workgroup> query: array<vec4f, ${MOST_HEAD_DIM / 4}>;
var<workgroup> parts: array<f32, ${BLOCK * STRIDE}>;
var<workgroup> scores: array<f32, ${BLOCK}>;
var<workgroup> sums: array<vec4f, ${LANES}>;
var<workgroup> totals: array<f32, ${LANES}>;

/** Column h of the query; 0 behind its head. */
fn wanted(source: u32, h: u32) -> f32 {
  return select(0, q[source + min(h, params.headDim - 1)] * params.scale, h < params.headDim);
}

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let H = params.headDim;
  let vectors = (H + 3) / 4;
  let n = group.x;
  let seen = min(params.pos + group.y + 1, (group.z + 1) * params.span);
  let kvStride = params.kvHeads * vectors;
  let head = (n * params.kvHeads / params.heads) * vectors;
  let source = (params.fromRow + group.y) * params.stride + n * H;
  if (lane < vectors) {
    let h = 4 * lane;
    query[lane] = vec4f(
      wanted(source, h), wanted(source, h + 1), wanted(source, h + 2), wanted(source, h + 3),
    );
  }
  workgroupBarrier();

  let part = lane % ${PARTS};
  let teams = ${LANES}u / vectors;
  let team = lane / vectors;
  let column = head + lane % vectors;
  var largest = -3e38;
  var total = 0.0;
  var sum = vec4f();
  for (var s = group.z * params.span; s < seen; s += ${BLOCK}) {
    let some = min(${BLOCK}u, seen - s);
    let i0 = lane / ${PARTS};
    // Zeros that are written out: without them, on Dawn and Vulkan, a turn begins with the sums of the one before.
    var mine = array<f32, ${AHEAD}>();
    for (var c = part; c < vectors; c += ${PARTS}) {
      var ahead: array<vec4f, ${AHEAD}>;
      for (var j = 0u; j < ${AHEAD}; j++) {
        ahead[j] = keys[(s + min(i0 + ${LANES / PARTS} * j, some - 1)) * kvStride + head + c];
      }
      for (var j = 0u; j < ${AHEAD}; j++) { mine[j] += dot(query[c], ahead[j]); }
    }
    for (var j = 0u; j < ${AHEAD}; j++) {
      parts[(i0 + ${LANES / PARTS} * j) * ${STRIDE} + part] = mine[j];
    }
    workgroupBarrier();
    if (lane < ${BLOCK}) {
      var score = 0.0;
      for (var i = 0u; i < ${PARTS}; i++) { score += parts[lane * ${STRIDE} + i]; }
      scores[lane] = select(-3e38, score, lane < some);
    }
    workgroupBarrier();
    var most = largest;
    for (var i = 0u; i < ${BLOCK}; i++) { most = max(most, scores[i]); }
    workgroupBarrier();
    if (lane < ${BLOCK}) { scores[lane] = exp(scores[lane] - most); }
    workgroupBarrier();
    let shrink = exp(largest - most);
    largest = most;
    total *= shrink;
    sum *= shrink;
    for (var i = team; i < some && team < teams; i += ${AHEAD} * teams) {
      var ahead: array<vec4f, ${AHEAD}>;
      for (var j = 0u; j < ${AHEAD}; j++) {
        ahead[j] = values[(s + min(i + j * teams, some - 1)) * kvStride + column];
      }
      for (var j = 0u; j < ${AHEAD}; j++) {
        let at = i + j * teams;
        let weight = select(0, scores[min(at, ${BLOCK - 1}u)], at < some);
        total += weight;
        sum += weight * ahead[j];
      }
    }
    workgroupBarrier();
  }
  sums[lane] = sum;
  totals[lane] = total;
  workgroupBarrier();
  if (lane >= vectors) { return; }
  for (var other = 1u; other < teams; other++) {
    sum += sums[other * vectors + lane];
    total += totals[other * vectors + lane];
  }
  if (groups.z == 1) {
    let to = (params.intoRow + group.y) * params.stride + n * H + 4 * lane;
    for (var i = 0u; i < min(4, H - 4 * lane); i++) { dst[to + i] = sum[i] / total; }
    return;
  }
  let to = ((group.z * groups.y + group.y) * groups.x + n) * (H + 2);
  if (lane == 0) {
    dst[to] = largest;
    dst[to + 1] = total;
  }
  for (var i = 0u; i < min(4, H - 4 * lane); i++) { dst[to + 2 + 4 * lane + i] = sum[i]; }
}
`,
};

export const attentionOfSplits: Kernel = {
  name: "attention of all splits",
  bindings: ["write", "read"],
  code: /* wgsl */ `
struct Params { intoRow: u32, stride: u32, headDim: u32, splits: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> found: array<f32>;

var<workgroup> largest: array<f32, ${LANES}>;
var<workgroup> weights: array<f32, ${LANES}>;
var<workgroup> totals: array<f32, ${LANES}>;

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let H = params.headDim;
  let step = groups.x * groups.y * (H + 2);
  let first = (group.y * groups.x + group.x) * (H + 2);
  let mine = first + min(lane, params.splits - 1) * step;
  let largestHere = found[mine];
  largest[lane] = largestHere;
  for (var half = ${LANES / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { largest[lane] = max(largest[lane], largest[lane + half]); }
  }
  workgroupBarrier();
  let weight = select(0, exp(largestHere - largest[0]), lane < params.splits);
  weights[lane] = weight;
  totals[lane] = weight * found[mine + 1];
  for (var half = ${LANES / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { totals[lane] += totals[lane + half]; }
  }
  workgroupBarrier();
  let to = (params.intoRow + group.y) * params.stride + group.x * H;
  for (var h = lane; h < H; h += ${LANES}) {
    var sum = 0.0;
    for (var split = 0u; split < params.splits; split += ${AHEAD}) {
      var ahead: array<f32, ${AHEAD}>;
      for (var j = 0u; j < ${AHEAD}; j++) {
        ahead[j] = found[first + min(split + j, params.splits - 1) * step + 2 + h];
      }
      // Lanes behind the last split have left weights of 0, and ${MOST_SPLITS} is a multiple of ${AHEAD}.
      for (var j = 0u; j < ${AHEAD}; j++) { sum += weights[split + j] * ahead[j]; }
    }
    dst[to + h] = sum / totals[0];
  }
}
`,
};

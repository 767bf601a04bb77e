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

/** Scores that are looked through in one go. */
const RUN = 16;

/** WGSL: a line for each of `count`, so that no index varies: that would put variables into memory. */
const lines = (count: number, line: (i: number) => string, indent: string) =>
  Array.from({ length: count }, (_, i) => line(i)).join(`\n${indent}`);

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
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let H = params.headDim;
  let vectors = (H + 3) / 4;
  let n = group.x;
  let seen = params.pos + group.y + 1;
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
  for (var s = 0u; s < seen; s += ${BLOCK}) {
    let some = min(${BLOCK}u, seen - s);
    ${lines(AHEAD, (i) => `var part${i} = 0.0;`, "    ")}
    ${lines(AHEAD, (i) => `let at${i} = (s + min(lane / ${PARTS} + ${(LANES / PARTS) * i}, some - 1)) * kvStride + head;`, "    ")}
    for (var c = part; c < vectors; c += ${PARTS}) {
      let four = query[c];
      ${lines(AHEAD, (i) => `let key${i} = keys[at${i} + c];`, "      ")}
      ${lines(AHEAD, (i) => `part${i} += dot(four, key${i});`, "      ")}
    }
    ${lines(AHEAD, (i) => `parts[(lane / ${PARTS} + ${(LANES / PARTS) * i}) * ${STRIDE} + part] = part${i};`, "    ")}
    workgroupBarrier();
    if (lane < ${BLOCK}) {
      var score = 0.0;
      ${lines(PARTS, (i) => `score += parts[lane * ${STRIDE} + ${i}];`, "      ")}
      scores[lane] = select(-3e38, score, lane < some);
    }
    workgroupBarrier();
    var most = largest;
    for (var i = 0u; i < ${BLOCK}; i += ${RUN}) {
      ${lines(RUN, (i) => `most = max(most, scores[i + ${i}]);`, "      ")}
    }
    workgroupBarrier();
    if (lane < ${BLOCK}) { scores[lane] = exp(scores[lane] - most); }
    workgroupBarrier();
    let shrink = exp(largest - most);
    largest = most;
    total *= shrink;
    sum *= shrink;
    for (var i = team; i < some && team < teams; i += ${AHEAD} * teams) {
      ${lines(AHEAD, (i) => `let row${i} = min(i + ${i} * teams, ${BLOCK - 1}u);`, "      ")}
      ${lines(AHEAD, (i) => `let value${i} = values[(s + min(row${i}, some - 1)) * kvStride + column];`, "      ")}
      ${lines(AHEAD, (i) => `let weight${i} = select(0, scores[row${i}], i + ${i} * teams < some);`, "      ")}
      ${lines(AHEAD, (i) => `total += weight${i};`, "      ")}
      ${lines(AHEAD, (i) => `sum += weight${i} * value${i};`, "      ")}
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
  let to = (params.intoRow + group.y) * params.stride + n * H + 4 * lane;
  for (var i = 0u; i < min(4, H - 4 * lane); i++) { dst[to + i] = sum[i] / total; }
}
`,
};

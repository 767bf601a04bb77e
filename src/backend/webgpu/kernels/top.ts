/**
 * The largest of each row of logits [R, V], as `top` of backend.ts: its index (the lowest of equal ones), itself, and its
 * surprisal, log Σ_v exp(x[v] − x[index]) → dst [R, 4], the index as an integer; the fourth number is unused.
 *
 * Two kernels, as one workgroup would look at 256,000 logits for longer than the token before it took to compute:
 *
 *     top of slices    a workgroup of 64 a slice of 2,048 logits: lane l looks at numbers l, l + 64, … → found [R, slices]
 *     top              a workgroup of 64 a row: lane l looks at slices l, l + 64, …
 *
 * In both a lane keeps the largest so far with a sum of exponentials relative to it, which shrinks when a larger one
 * comes, as in attention.ts; then half of the lanes take in what the other half found, and half of those, down to one.
 * Indices in `except` are not chosen, but count in the sum.
 * @module
 */
import type { Kernel } from "./kernel.ts";

/** Numbers of a row of the result. */
export const TOP_STRIDE = 4;

/** Logits of a slice. */
const SLICE = 2048;

/** Bytes of what is found in a slice: five numbers of 4 bytes. */
export const FOUND_BYTES = 20;

/** Invocations of a workgroup. */
const LANES = 64;

/** Slices of a row of V logits. */
export function slicesOf(columns: number): number {
  return Math.ceil(columns / SLICE);
}

/** WGSL: `Found`, `merged` of two of them, and `mergedLanes`, which all lanes have to call. */
const FOUND = /* wgsl */ `
/** The best that may be chosen, the largest of all, Σ exp(x − largest), and whether all are finite (as 0 or 1). */
struct Found { index: u32, best: f32, largest: f32, total: f32, isFinite: u32 }
var<workgroup> lanes: array<Found, ${LANES}>;

const LEAST = -3.4e38;
const NOTHING = 0xffffffffu;
const NONE_FOUND = Found(NOTHING, LEAST, LEAST, 0, 1);

fn merged(a: Found, b: Found) -> Found {
  let largest = max(a.largest, b.largest);
  let total = a.total * exp(a.largest - largest) + b.total * exp(b.largest - largest);
  let isFirst = b.best > a.best || (b.best == a.best && b.index < a.index);
  let isB = b.index != NOTHING && (isFirst || a.index == NOTHING);
  let index = select(a.index, b.index, isB);
  return Found(index, select(a.best, b.best, isB), largest, total, a.isFinite & b.isFinite);
}

fn mergedLanes(lane: u32, mine: Found) -> Found {
  lanes[lane] = mine;
  for (var half = ${LANES / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { lanes[lane] = merged(lanes[lane], lanes[lane + half]); }
  }
  return lanes[0];
}
`;

export const topOfSlices: Kernel = {
  name: "top of slices",
  bindings: ["write", "read", "read"],
  code: /* wgsl */ `
struct Params { fromRow: u32, intoRow: u32, columns: u32, stride: u32, excepted: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> found: array<Found>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> except: array<u32>;
${FOUND}

fn isExcepted(v: u32) -> bool {
  for (var i = 0u; i < params.excepted; i++) {
    if (except[i] == v) { return true; }
  }
  return false;
}

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (params.fromRow + group.y) * params.stride;
  let end = min(params.columns, (group.x + 1) * ${SLICE});
  var mine = NONE_FOUND;
  for (var v = group.x * ${SLICE} + lane; v < end; v += ${LANES}) {
    let x = logits[row + v];
    let isFinite = u32((bitcast<u32>(x) & 0x7fffffff) < 0x7f800000);
    let index = select(v, NOTHING, isExcepted(v));
    mine = merged(mine, Found(index, x, x, 1, isFinite));
  }
  let all = mergedLanes(lane, mine);
  if (lane == 0) { found[(params.intoRow + group.y) * groups.x + group.x] = all; }
}
`,
};

export const top: Kernel = {
  name: "top",
  bindings: ["write", "read"],
  code: /* wgsl */ `
struct Params { slices: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@group(0) @binding(2) var<storage, read> found: array<Found>;
${FOUND}

/** As bits: arithmetic may assume that there is no such thing, and so may comparisons. */
const NAN = 0x7fc00000u;

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  var mine = NONE_FOUND;
  for (var slice = lane; slice < params.slices; slice += ${LANES}) {
    mine = merged(mine, found[row * params.slices + slice]);
  }
  let all = mergedLanes(lane, mine);
  if (lane > 0) { return; }
  dst[row * ${TOP_STRIDE}] = all.index;
  dst[row * ${TOP_STRIDE} + 1] = bitcast<u32>(all.best);
  let surprisal = log(all.total) + (all.largest - all.best);
  dst[row * ${TOP_STRIDE} + 2] = select(NAN, bitcast<u32>(surprisal), all.isFinite == 1);
}
`,
};

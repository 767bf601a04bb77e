/**
 * The largest of each row of logits [R, V], as `top` of backend.ts: its index (the lowest of equal ones), itself, and its
 * surprisal, log Σ_v exp(x[v] − x[index]) → dst [R, 4], the index as an integer; the fourth number is unused.
 *
 * A workgroup of 64 a row. Lane l looks at numbers l, l + 64, …, and keeps the largest so far with a sum of
 * exponentials relative to it, which shrinks when a larger one comes, as in attention.ts. Lane 0 puts the lanes together.
 * Indices in `except` are not chosen, but count in the sum.
 * @module
 */
import type { Kernel } from "./kernel.ts";
import { LANES } from "./sum.ts";

/** Numbers of a row of the result. */
export const TOP_STRIDE = 4;

export const top: Kernel = {
  name: "top",
  bindings: ["write", "read", "read"],
  code: /* wgsl */ `
struct Params { fromRow: u32, intoRow: u32, columns: u32, stride: u32, excepted: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> except: array<u32>;

/** The best that may be chosen, the largest of all, Σ exp(x − largest), and whether all are finite. */
struct Found { index: u32, best: f32, largest: f32, total: f32, isFinite: bool }
var<workgroup> found: array<Found, ${LANES}>;

const LEAST = -3.4e38;
const NOTHING = 0xffffffffu;
/** As bits: arithmetic may assume that there is no such thing, and so may comparisons. */
const NAN = 0x7fc00000u;

fn isExcepted(v: u32) -> bool {
  for (var i = 0u; i < params.excepted; i++) {
    if (except[i] == v) { return true; }
  }
  return false;
}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (params.fromRow + group.x) * params.stride;
  var mine = Found(NOTHING, LEAST, LEAST, 0, true);
  for (var v = lane; v < params.columns; v += ${LANES}) {
    let x = logits[row + v];
    mine.isFinite = mine.isFinite && (bitcast<u32>(x) & 0x7fffffff) < 0x7f800000;
    if (x > mine.largest) {
      mine.total = mine.total * exp(mine.largest - x) + 1;
      mine.largest = x;
    } else {
      mine.total += exp(x - mine.largest);
    }
    if ((x > mine.best || mine.index == NOTHING) && !isExcepted(v)) {
      mine.best = x;
      mine.index = v;
    }
  }
  found[lane] = mine;
  workgroupBarrier();
  if (lane > 0) { return; }
  for (var other = 1u; other < ${LANES}; other++) {
    let its = found[other];
    mine.isFinite = mine.isFinite && its.isFinite;
    if (its.largest > mine.largest) {
      mine.total = mine.total * exp(mine.largest - its.largest) + its.total;
      mine.largest = its.largest;
    } else {
      mine.total += its.total * exp(its.largest - mine.largest);
    }
    let isFirst = its.best > mine.best || (its.best == mine.best && its.index < mine.index);
    if (its.index != NOTHING && (isFirst || mine.index == NOTHING)) {
      mine.best = its.best;
      mine.index = its.index;
    }
  }
  let to = (params.intoRow + group.x) * ${TOP_STRIDE};
  dst[to] = mine.index;
  dst[to + 1] = bitcast<u32>(mine.best);
  let surprisal = log(mine.total) + (mine.largest - mine.best);
  dst[to + 2] = select(NAN, bitcast<u32>(surprisal), mine.isFinite);
}
`,
};

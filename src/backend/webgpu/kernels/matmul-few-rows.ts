/**
 * Matrix times few vectors: dst[r,f] = Σ_d x[r,d] · W[f,d], as each token of an answer needs it. x [R, D], W [F, D],
 * dst [R, F]. nn/linear.ts
 *
 * Memory is the limit: W is read once, in order. A workgroup of 128 does two rows of W and one or four of x. Lane l takes
 * columns 8l … 8l + 7, then those 1,024 further on, so that neighbours read what lies side by side:
 *
 *            lane 0    lane 1         lane 127   lane 0
 *     W[f]   ████████  ████████   …   ████████   ████████   …
 *     x[r]   ████████  ████████   …   ████████   ████████   …
 *
 * Many lanes and few rows keep many loads on their way, also where W has few rows: with 64 and four, W [2048, 16384] came
 * at two thirds of the speed (H100). At the end the 128 partial sums of each result are added up (sum.ts), and lane i has
 * result i.
 *
 * A token asks for products of the same x with two or three matrices (q, k and v; gate and up). They are done side by side in
 * one dispatch, each into a dst of its own: the first workgroups do the first, and so on. To record a dispatch costs the
 * processor as much time as it takes a large GPU to do a small one.
 * @module
 */
import { EIGHT, type GpuFormat } from "../formats/format.ts";
import { type Binding, type Kernel, LINEAR_GROUP } from "./kernel.ts";
import { sumCall, sumDirectives, sumParameters, sums } from "./sum.ts";
import { weightBindings, weightDeclarations } from "./weights.ts";

/** Invocations of a workgroup. */
const LANES = 128;

/** Rows of W that a workgroup does. */
export const WEIGHT_ROWS = 2;

/** How many rows of x a workgroup does, and how many matrices a dispatch. */
export interface FewRows {
  readonly rows: 1 | 4;
  readonly matrices: 1 | 2 | 3;
}

/** As many matrices as a dispatch may have: a shader binds eight buffers on every device. */
export function mostMatrices({ block }: GpuFormat): 2 | 3 {
  return block.scales === 0 ? 3 : 2;
}

/** Workgroups that do a matrix of so many rows. */
export function groupsOf(rows: number): number {
  return Math.ceil(rows / WEIGHT_ROWS);
}

export function matmulFewRows(
  format: GpuFormat,
  { rows, matrices }: FewRows,
  hasSubgroups: boolean,
): Kernel {
  const count = rows * WEIGHT_ROWS;
  const weights = weightBindings(format);
  const firstWeight = matrices + 2;
  /** WGSL: what each matrix has of its own. */
  const each = (lines: (m: number) => string) =>
    Array.from({ length: matrices }, (_, m) => lines(m)).join("\n");
  return {
    name: `matmul of ${format.name}, ${rows} at once, ${matrices} side by side`,
    bindings: [
      ...Array<Binding>(matrices).fill("write"),
      "read",
      ...Array.from({ length: matrices }, () => weights).flat(),
    ],
    code: /* wgsl */ `
${sumDirectives(hasSubgroups)}
struct Params {
  fromRow: u32, intoRow: u32, count: u32, xStride: u32, blocks: u32,
  /** Of each matrix the stride of its dst, the first row of W in this chunk, and how many there are. */
  ${each((m) => `stride${m}: u32, begin${m}: u32, rows${m}: u32,`)}
}
@group(0) @binding(0) var<uniform> params: Params;
${each((m) => `@group(0) @binding(${m + 1}) var<storage, read_write> dst${m}: array<f32>;`)}
@group(0) @binding(${matrices + 1}) var<storage, read> x: array<vec4f>;
${EIGHT}
${format.helpers}
${each((m) => weightDeclarations(format, firstWeight + m * weights.length, `${m}`))}
${LINEAR_GROUP}
${sums(LANES, count, hasSubgroups)}

alias Sums = array<f32, ${count}>;
${each(
  (m) => /* wgsl */ `
/** What a lane adds up of rows f … of matrix ${m}, and rows r … of x. */
fn sumsOf${m}(lane: u32, f: u32, r: u32) -> Sums {
  var sums: Sums;
  for (var k = lane; k < 4 * params.blocks; k += ${LANES}) {
    var low: array<vec4f, ${rows}>;
    var high: array<vec4f, ${rows}>;
    for (var i = 0u; i < ${rows}; i++) {
      let at = (params.fromRow + min(r + i, params.count - 1)) * (params.xStride / 4) + 2 * k;
      low[i] = x[at];
      high[i] = x[at + 1];
    }
    for (var j = 0u; j < ${WEIGHT_ROWS}; j++) {
      let w = eight${m}(min(f + j, params.rows${m} - 1), k);
      for (var i = 0u; i < ${rows}; i++) {
        sums[i * ${WEIGHT_ROWS} + j] += dot(w.low, low[i]) + dot(w.high, high[i]);
      }
    }
  }
  return sums;
}

fn store${m}(r: u32, f: u32, sum: f32) {
  if (r < params.count && f < params.rows${m}) {
    dst${m}[(params.intoRow + r) * params.stride${m} + params.begin${m} + f] = sum;
  }
}
`,
)}
@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,${sumParameters(hasSubgroups)}
) {
  let r = ${rows} * group.z;
  var f = ${WEIGHT_ROWS} * linearGroup(group, groups);
  var matrix = 0u;
  ${Array.from({ length: matrices - 1 }, (_, m) => {
    const even = `(params.rows${m} + ${WEIGHT_ROWS - 1}) / ${WEIGHT_ROWS} * ${WEIGHT_ROWS}`;
    return `if (matrix == ${m} && f >= ${even}) { matrix = ${m + 1}; f -= ${even}; }`;
  }).join("\n  ")}
  var mine: Sums;
  switch (matrix) {
    ${each((m) => `case ${m}: { mine = sumsOf${m}(lane, f, r); }`)}
    default: {}
  }
  let sum = ${sumCall("mine", hasSubgroups)};
  if (lane >= ${count}) { return; }
  let i = lane / ${WEIGHT_ROWS};
  let j = lane % ${WEIGHT_ROWS};
  switch (matrix) {
    ${each((m) => `case ${m}: { store${m}(r + i, f + j, sum); }`)}
    default: {}
  }
}
`,
  };
}

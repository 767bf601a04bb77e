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
 * at two thirds of the speed (H100). At the end the 128 partial sums of each result are added up (sum.ts), and lane i has result i.
 * @module
 */
import type { GpuFormat } from "../formats/format.ts";
import { type Kernel, LINEAR_GROUP } from "./kernel.ts";
import { matmulDeclarations } from "./matmul.ts";
import { sumCall, sumDirectives, sumParameters, sums } from "./sum.ts";
import { weightBindings } from "./weights.ts";

/** Invocations of a workgroup. */
const LANES = 128;

/** Rows of W that a workgroup does. */
export const WEIGHT_ROWS = 2;

/** Rows of x that a workgroup does. */
export type RowsAtOnce = 1 | 4;

export function matmulFewRows(format: GpuFormat, rows: RowsAtOnce, hasSubgroups: boolean): Kernel {
  const count = rows * WEIGHT_ROWS;
  return {
    name: `matmul of ${format.name}, ${rows} ${rows === 1 ? "row" : "rows"} at once`,
    bindings: ["write", "read", ...weightBindings(format)],
    code: /* wgsl */ `
${sumDirectives(hasSubgroups)}
${matmulDeclarations(format)}
${LINEAR_GROUP}
${sums(LANES, count, hasSubgroups)}

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,${sumParameters(hasSubgroups)}
) {
  let f = ${WEIGHT_ROWS} * linearGroup(group, groups);
  let r = ${rows} * group.z;
  var sums: array<f32, ${count}>;
  for (var k = lane; k < 4 * params.blocks; k += ${LANES}) {
    var low: array<vec4f, ${rows}>;
    var high: array<vec4f, ${rows}>;
    for (var i = 0u; i < ${rows}; i++) {
      let at = (params.fromRow + min(r + i, params.count - 1)) * (params.xStride / 4) + 2 * k;
      low[i] = x[at];
      high[i] = x[at + 1];
    }
    for (var j = 0u; j < ${WEIGHT_ROWS}; j++) {
      let w = eight(min(f + j, params.rows - 1), k);
      for (var i = 0u; i < ${rows}; i++) {
        sums[i * ${WEIGHT_ROWS} + j] += dot(w.low, low[i]) + dot(w.high, high[i]);
      }
    }
  }
  let sum = ${sumCall("sums", hasSubgroups)};
  let i = lane / ${WEIGHT_ROWS};
  let j = lane % ${WEIGHT_ROWS};
  if (i < ${rows} && r + i < params.count && f + j < params.rows) {
    dst[(params.intoRow + r + i) * params.stride + params.begin + f + j] = sum;
  }
}
`,
  };
}

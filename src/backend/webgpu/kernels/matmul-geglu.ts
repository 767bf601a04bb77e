/**
 * The first half of an MLP for one row: gate = W_g · x, up = W_u · x, dst = gelu_tanh(gate) · up, in one dispatch.
 * x [D], W_g and W_u [F, D], gate, up and dst [F]. nn/linear.ts, nn/geglu.ts
 *
 * A workgroup of 128 does one row of each matrix, as matmul-few-rows.ts does two of one. At the end its first lane
 * writes both sums, and what geglu.ts makes of them.
 * @module
 */
import { EIGHT, type GpuFormat } from "../formats/format.ts";
import { GELU } from "./geglu.ts";
import { type Kernel, LINEAR_GROUP } from "./kernel.ts";
import { sumCall, sumDirectives, sumParameters, sums } from "./sum.ts";
import { weightBindings, weightDeclarations } from "./weights.ts";

/** Invocations of a workgroup. */
const LANES = 128;

export function matmulGeglu(format: GpuFormat, hasSubgroups: boolean): Kernel {
  const weights = weightBindings(format);
  return {
    name: `matmul of ${format.name}, gate and up, and geglu`,
    bindings: ["write", "write", "write", "read", ...weights, ...weights],
    code: /* wgsl */ `
${sumDirectives(hasSubgroups)}
struct Params { fromRow: u32, intoRow: u32, xStride: u32, blocks: u32, stride: u32, rows: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gate: array<f32>;
@group(0) @binding(2) var<storage, read_write> up: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<vec4f>;
${EIGHT}
${format.helpers}
${weightDeclarations(format, 5, "OfGate")}
${weightDeclarations(format, 5 + weights.length, "OfUp")}
${LINEAR_GROUP}
${sums(LANES, 2, hasSubgroups)}
${GELU}

var<workgroup> both: array<f32, 2>;

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,${sumParameters(hasSubgroups)}
) {
  let f = linearGroup(group, groups);
  let row = min(f, params.rows - 1);
  let xRow = params.fromRow * (params.xStride / 4);
  var mine: array<f32, 2>;
  for (var k = lane; k < 4 * params.blocks; k += ${LANES}) {
    let low = x[xRow + 2 * k];
    let high = x[xRow + 2 * k + 1];
    let g = eightOfGate(row, k);
    let u = eightOfUp(row, k);
    mine[0] += dot(g.low, low) + dot(g.high, high);
    mine[1] += dot(u.low, low) + dot(u.high, high);
  }
  let sum = ${sumCall("mine", hasSubgroups)};
  if (lane < 2) { both[lane] = sum; }
  workgroupBarrier();
  if (lane > 0 || f >= params.rows) { return; }
  let to = params.intoRow * params.stride + f;
  gate[to] = both[0];
  up[to] = both[1];
  dst[to] = gelu(both[0]) * both[1];
}
`,
  };
}

/**
 * RMSNorm: dst[r,d] = x[r,d] / √(mean_d(x[r,d]²) + eps) · gain[d], with gain = normOffset + weight. x, dst [R, D].
 * nn/rmsnorm.ts
 *
 * One workgroup of 64 a row: lane l sums the squares of columns l, l + 64, …, then scales the same columns.
 * @module
 */
import type { Kernel } from "./kernel.ts";
import { LANES, sumCall, sumDirectives, sumParameters, sums } from "./sum.ts";

export function rmsNorm(hasSubgroups: boolean): Kernel {
  return {
    name: "rmsNorm",
    bindings: ["write", "read", "read"],
    code: /* wgsl */ `
${sumDirectives(hasSubgroups)}
struct Params { fromRow: u32, intoRow: u32, columns: u32, stride: u32, eps: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> gain: array<f32>;
${sums(1, hasSubgroups)}

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,${sumParameters(hasSubgroups)}
) {
  let source = (params.fromRow + group.x) * params.stride;
  let to = (params.intoRow + group.x) * params.stride;
  var squares: array<f32, 1>;
  for (var d = lane; d < params.columns; d += ${LANES}) {
    squares[0] += x[source + d] * x[source + d];
  }
  let mean = ${sumCall("squares", hasSubgroups)} / f32(params.columns);
  let inverse = 1 / sqrt(mean + params.eps);
  for (var d = lane; d < params.columns; d += ${LANES}) {
    dst[to + d] = x[source + d] * inverse * gain[d];
  }
}
`,
  };
}

/**
 * RMSNorm: dst[r,d] = x[r,d] / √(mean_d(x[r,d]²) + eps) · gain[d], with gain = normOffset + weight. x, dst [R, D].
 * nn/rmsnorm.ts
 *
 * One workgroup of 256 a row: lane l sums the squares of vectors l, l + 256, … of four columns, then scales the same. A
 * token has one row, so that nothing but wide loads and many lanes hides how long memory takes.
 *
 * "add and rmsNorm" also does the residual connection before it, x ← x + y (add.ts), on the way.
 * @module
 */
import type { Kernel } from "./kernel.ts";
import { sumCall, sumDirectives, sumParameters, sums } from "./sum.ts";

/** Invocations of a workgroup. */
const LANES = 256;

export function rmsNorm(hasSubgroups: boolean, addsBefore = false): Kernel {
  return {
    name: addsBefore ? "add and rmsNorm" : "rmsNorm",
    bindings: addsBefore ? ["write", "write", "read", "read"] : ["write", "read", "read"],
    code: /* wgsl */ `
${sumDirectives(hasSubgroups)}
struct Params { fromRow: u32, intoRow: u32, columns: u32, stride: u32, eps: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<vec4f>;
@group(0) @binding(2) var<storage, ${addsBefore ? "read_write" : "read"}> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> gain: array<vec4f>;
${addsBefore ? "@group(0) @binding(4) var<storage, read> y: array<vec4f>;" : ""}
${sums(LANES, 1, hasSubgroups)}

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,${sumParameters(hasSubgroups)}
) {
  let source = (params.fromRow + group.x) * (params.stride / 4);
  let to = (params.intoRow + group.x) * (params.stride / 4);
  let vectors = (params.columns + 3) / 4;
  var squares: array<f32, 1>;
  for (var d = lane; d < vectors; d += ${LANES}) {
    let four = x[source + d]${addsBefore ? " + y[source + d]" : ""};
    ${addsBefore ? "x[source + d] = four;" : ""}
    squares[0] += dot(four, four);
  }
  let mean = ${sumCall("squares", hasSubgroups)} / f32(params.columns);
  let inverse = 1 / sqrt(mean + params.eps);
  for (var d = lane; d < vectors; d += ${LANES}) {
    let isBehind = 4 * d + vec4u(0, 1, 2, 3) >= vec4u(params.columns);
    dst[to + d] = select(x[source + d] * inverse * gain[d], vec4f(), isBehind);
  }
}
`,
  };
}

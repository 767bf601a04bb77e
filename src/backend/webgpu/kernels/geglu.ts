/**
 * GeGLU: dst = gelu_tanh(gate) · up, all [R, F], with gelu_tanh(x) = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
 * nn/geglu.ts
 *
 * One invocation a number. WGSL's tanh may be sinh/cosh inside, which overflow to NaN from 89 on (gpuweb/gpuweb#4458), and
 * x = 13 brings the argument there. So it is clamped to ±10, beyond which tanh is ±1 in float32.
 * @module
 */
import { COLUMNS, type Kernel } from "./kernel.ts";

/** WGSL: gelu_tanh of a number. */
export const GELU: string = /* wgsl */ `
fn gelu(x: f32) -> f32 {
  let inner = ${Math.fround(Math.sqrt(2 / Math.PI))} * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + tanh(clamp(inner, -10, 10)));
}
`;

export const geglu: Kernel = {
  name: "geglu",
  bindings: ["write", "read", "read"],
  code: /* wgsl */ `
struct Params { fromRow: u32, intoRow: u32, columns: u32, stride: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read> up: array<f32>;
${GELU}

@compute @workgroup_size(${COLUMNS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let f = id.x;
  if (f >= params.columns) { return; }
  let source = (params.fromRow + id.y) * params.stride + f;
  dst[(params.intoRow + id.y) * params.stride + f] = gelu(gate[source]) * up[source];
}
`,
};

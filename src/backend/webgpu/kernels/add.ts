/**
 * The residual connection: dst = x + y, all [R, D]. nn/residual.ts
 *
 * One invocation a number. Where dst is x there is one binding for both: WebGPU forbids to bind a buffer once to
 * read and once to write.
 * @module
 */
import { COLUMNS, type Kernel } from "./kernel.ts";

const code = (isInPlace: boolean) => /* wgsl */ `
struct Params { fromRow: u32, intoRow: u32, columns: u32, stride: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
${isInPlace ? "" : "@group(0) @binding(3) var<storage, read> x: array<f32>;"}

@compute @workgroup_size(${COLUMNS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let d = id.x;
  if (d >= params.columns) { return; }
  let source = (params.fromRow + id.y) * params.stride + d;
  let to = (params.intoRow + id.y) * params.stride + d;
  dst[to] = ${isInPlace ? "dst" : "x"}[source] + y[source];
}
`;

export const add: Kernel = { name: "add", bindings: ["write", "read", "read"], code: code(false) };
export const addInPlace: Kernel = {
  name: "add in place",
  bindings: ["write", "read"],
  code: code(true),
};

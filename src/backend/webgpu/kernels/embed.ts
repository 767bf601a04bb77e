/**
 * The embedding: dst[into + i] = table[ids[from + i]] · scale. table [V, D], dst [R, D]. nn/embedding.ts
 *
 * A table may lie in chunks, as a binding has at most 128 MiB on some devices: each is asked for all rows, and does those
 * whose ids it holds. One invocation eight columns of a row.
 * @module
 */
import { EIGHT, type GpuFormat } from "../formats/format.ts";
import type { Kernel } from "./kernel.ts";
import { weightBindings, weightDeclarations } from "./weights.ts";

/** Eights of columns that a workgroup does. */
export const EIGHTS = 16;

export function embed(format: GpuFormat): Kernel {
  return {
    name: `embed of ${format.name}`,
    bindings: ["write", "read", ...weightBindings(format)],
    code: /* wgsl */ `
struct Params {
  fromRow: u32, intoRow: u32, columns: u32, stride: u32,
  /** The first row of the table in this chunk, and how many there are. */
  begin: u32, rows: u32,
  blocks: u32, scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
${EIGHT}
${format.helpers}
${weightDeclarations(format, 3)}

@compute @workgroup_size(${EIGHTS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = ids[params.fromRow + id.y];
  if (8 * id.x >= params.columns || token < params.begin || token >= params.begin + params.rows) {
    return;
  }
  let numbers = eight(token - params.begin, id.x);
  let to = (params.intoRow + id.y) * params.stride;
  for (var i = 0u; i < 4; i++) {
    let d = 8 * id.x + i;
    if (d < params.columns) { dst[to + d] = numbers.low[i] * params.scale; }
    if (d + 4 < params.columns) { dst[to + d + 4] = numbers.high[i] * params.scale; }
  }
}
`,
  };
}

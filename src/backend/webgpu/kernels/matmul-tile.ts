/**
 * Matrix times many vectors: dst[r,f] = Σ_d x[r,d] · W[f,d], as a prompt needs it. x [R, D], W [F, D], dst [R, F].
 * nn/linear.ts
 *
 * Arithmetic is the limit, if every number that is read is used often. A workgroup of 16 × 16 does a tile of 64 rows of x
 * and 64 of W. In steps of 16 columns both stripes go to workgroup memory, W widened: the first 128 invocations bring
 * eight columns of a row of W each, the others of x. Then invocation (a, b) adds to its 4 × 4 results:
 *
 *     sums[i][j] += xTile[b + 16·i] · wTile[a + 16·j]        i, j = 0 … 3; 16 columns, as 4 dot products of 4
 *
 * Rows that are 16 apart, so that neighbours read neighbouring rows. A row of a tile takes five vectors where four would
 * do: then those rows lie in different banks of the memory.
 * @module
 */
import type { GpuFormat } from "../formats/format.ts";
import type { Kernel } from "./kernel.ts";
import { matmulDeclarations } from "./matmul.ts";
import { weightBindings } from "./weights.ts";

/** Rows of W, and of x, in a tile. */
export const TILE = 64;

/** Vectors of four columns from one row of a tile to the next. */
const STRIDE = 5;

const FOUR = [0, 1, 2, 3] as const;

/** WGSL: a line for each of four, so that no index varies: that would put variables into memory. */
const lines = (line: (i: number) => string, indent: string) => FOUR.map(line).join(`\n${indent}`);

export function matmulTile(format: GpuFormat): Kernel {
  return {
    name: `matmul of ${format.name}, tiles`,
    bindings: ["write", "read", ...weightBindings(format)],
    code: /* wgsl */ `
${matmulDeclarations(format)}

var<workgroup> wTile: array<vec4f, ${TILE * STRIDE}>;
var<workgroup> xTile: array<vec4f, ${TILE * STRIDE}>;

fn store(r: u32, f: u32, sum: f32) {
  if (r < params.count && f < params.rows) {
    dst[(params.intoRow + r) * params.stride + params.begin + f] = sum;
  }
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let f = ${TILE} * group.x;
  let r = ${TILE} * group.y;
  let part = lane % 2;
  let row = (lane / 2) % ${TILE};
  let at = row * ${STRIDE} + 2 * part;
  let wRow = min(f + row, params.rows - 1);
  let xRow = (params.fromRow + min(r + row, params.count - 1)) * (params.xStride / 4);
  ${lines((i) => `var sums${i} = vec4f();`, "  ")}
  for (var step = 0u; step < 2 * params.blocks; step++) {
    let k = 2 * step + part;
    workgroupBarrier();
    if (lane < ${2 * TILE}) {
      let numbers = eight(wRow, k);
      wTile[at] = numbers.low;
      wTile[at + 1] = numbers.high;
    } else {
      xTile[at] = x[xRow + 2 * k];
      xTile[at + 1] = x[xRow + 2 * k + 1];
    }
    workgroupBarrier();
    for (var c = 0u; c < 4; c++) {
      ${lines((j) => `let w${j} = wTile[(local.x + ${16 * j}) * ${STRIDE} + c];`, "      ")}
      ${lines((i) => {
        const four = FOUR.map((j) => `dot(x${i}, w${j})`).join(", ");
        return `let x${i} = xTile[(local.y + ${16 * i}) * ${STRIDE} + c];\n      sums${i} += vec4f(${four});`;
      }, "      ")}
    }
  }
  ${lines((i) => {
    const four = FOUR.map(
      (j) => `store(r + local.y + ${16 * i}, f + local.x + ${16 * j}, sums${i}[${j}]);`,
    );
    return four.join("\n  ");
  }, "  ")}
}
`,
  };
}

/**
 * Matrix times many vectors: dst[r,f] = Σ_d x[r,d] · W[f,d], as a prompt needs it. x [R, D], W [F, D], dst [R, F].
 * nn/linear.ts
 *
 * Arithmetic is the limit, if every number that is read is used often. A workgroup does a square tile of dst, in steps of
 * 16 columns: both stripes go to workgroup memory, W widened; an invocation brings eight columns of a row of each. Then
 * invocation (a, b) of a team of A × B adds to its own results:
 *
 *     sum[i][j] += xTile[b + B·i] · wTile[a + A·j]          16 columns, as 4 dot products of 4
 *
 * Rows that are A or B apart, so that neighbours read neighbouring rows. What the next step needs is on its way from
 * memory meanwhile.
 *
 *     wide      64 × 64 results by one team of 128, 8 × 4 each
 *     narrow    32 × 32 results by four teams of 64, 4 × 4 each: a team does every fourth step, and the sums of all are
 *               added up at the end
 *
 * The wide tile reads less for each product. But 128 rows of W [2048, 16384] are 64 wide tiles, which leaves half of a
 * large GPU idle and the rest waiting for memory: there the narrow ones are three times as fast (H100).
 *
 * Of a row's four vectors in a tile, c lies at c ^ (row / 2) % 4: then eight neighbouring rows lie in different banks, and
 * rows that are 8 or 16 apart have theirs in the same order.
 * @module
 */
import { EIGHT, type GpuFormat } from "../formats/format.ts";
import type { Kernel } from "./kernel.ts";
import { weightBindings, weightDeclarations } from "./weights.ts";

/** A tile of `size` × `size` results, `down` × `across` of which are one invocation's, by so many teams. */
interface Tile {
  readonly size: number;
  readonly down: number;
  readonly across: number;
  readonly teams: number;
}

export type TileName = "wide" | "narrow";

const TILES: Readonly<Record<TileName, Tile>> = {
  wide: { size: 64, down: 8, across: 4, teams: 1 },
  narrow: { size: 32, down: 4, across: 4, teams: 4 },
};

/** So many wide tiles keep a large GPU busy. */
const MANY_TILES = 256;

/** The tile for a result [rows, columns], and the grid of them. */
export function tilesFor(
  rows: number,
  columns: number,
): { readonly name: TileName; readonly grid: readonly [x: number, y: number] } {
  const gridBy = ({ size }: Tile) => [Math.ceil(columns / size), Math.ceil(rows / size)] as const;
  const [x, y] = gridBy(TILES.wide);
  if (x * y >= MANY_TILES) return { name: "wide", grid: [x, y] };
  return { name: "narrow", grid: gridBy(TILES.narrow) };
}

export function matmulTile(format: GpuFormat, name: TileName): Kernel {
  const { size, down, across, teams }: Tile = TILES[name];
  const [A, B] = [size / across, size / down];
  /** WGSL: a line for each, so that no index varies: that would put variables into memory. */
  const lines = (count: number, line: (i: number) => string, indent: string) =>
    Array.from({ length: count }, (_, i) => line(i)).join(`\n${indent}`);
  /** WGSL: the results of row i of an invocation. */
  const results = (i: number) => `sums${i}`;
  const zeros = (i: number) => `var ${results(i)} = vec4f();`;
  const addUp = /* wgsl */ `
  for (var other = 1u; other < ${teams}; other++) {
    workgroupBarrier();
    if (team == other) {
      ${lines(down, (i) => `tile[${down} * lane + ${i}] = ${results(i)};`, "      ")}
    }
    workgroupBarrier();
    if (team == 0) {
      ${lines(down, (i) => `${results(i)} += tile[${down} * lane + ${i}];`, "      ")}
    }
  }
  if (team > 0) { return; }`;
  return {
    name: `matmul of ${format.name}, ${name} tiles`,
    bindings: ["write", "read", ...weightBindings(format)],
    code: /* wgsl */ `
struct Params {
  fromRow: u32, intoRow: u32, count: u32, xStride: u32, blocks: u32, stride: u32,
  /** The first row of W in this chunk, and how many there are. */
  begin: u32, rows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
${EIGHT}
${format.helpers}
${weightDeclarations(format, 3)}

/** Of each team the rows of W, then those of x; four vectors a row. */
var<workgroup> tile: array<vec4f, ${teams * 2 * size * 4}>;

/** Where vector c of a row lies, among those of a team. */
fn place(row: u32, c: u32) -> u32 { return 4 * row + (c ^ ((row / 2) % 4)); }

/** Four columns of x; a team whose steps are over goes on with zeros, as all have to come to the barriers. */
fn columns(at: u32, isThere: bool) -> vec4f { return select(vec4f(), x[at], isThere); }

fn store(r: u32, f: u32, sum: f32) {
  if (r < params.count && f < params.rows) {
    dst[(params.intoRow + r) * params.stride + params.begin + f] = sum;
  }
}

@compute @workgroup_size(${A}, ${B}, ${teams})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let f = ${size} * group.x;
  let r = ${size} * group.y;
  let team = local.z;
  let lane = ${A} * local.y + local.x;
  let row = lane / 2;
  let wRow = min(f + row, params.rows - 1);
  let xRow = (params.fromRow + min(r + row, params.count - 1)) * (params.xStride / 4);
  let wTile = team * ${2 * size * 4};
  let xTile = wTile + ${size * 4};
  let first = place(row, 2 * (lane % 2));
  let second = place(row, 2 * (lane % 2) + 1);
  ${lines(down, zeros, "  ")}

  let eights = 4 * params.blocks;
  var k = 2 * team + lane % 2;
  var w = eight(wRow, min(k, eights - 1));
  var low = columns(xRow + 2 * k, k < eights);
  var high = columns(xRow + 2 * k + 1, k < eights);
  for (var step = 0u; step < eights; step += ${2 * teams}) {
    workgroupBarrier();
    tile[wTile + first] = w.low;
    tile[wTile + second] = w.high;
    tile[xTile + first] = low;
    tile[xTile + second] = high;
    workgroupBarrier();
    k += ${2 * teams};
    w = eight(wRow, min(k, eights - 1));
    low = columns(xRow + 2 * k, k < eights);
    high = columns(xRow + 2 * k + 1, k < eights);
    for (var c = 0u; c < 4; c++) {
      let wPlace = wTile + place(local.x, c);
      let xPlace = xTile + place(local.y, c);
      ${lines(across, (j) => `let w${j} = tile[wPlace + ${4 * A * j}];`, "      ")}
      ${lines(
        down,
        (i) => {
          const dots = Array.from({ length: across }, (_, j) => `dot(x${i}, w${j})`).join(", ");
          return `let x${i} = tile[xPlace + ${4 * B * i}];
      ${results(i)} += vec4f(${dots});`;
        },
        "      ",
      )}
    }
  }
  ${teams > 1 ? addUp : ""}
  ${lines(
    down,
    (i) =>
      lines(
        across,
        (j) => `store(r + local.y + ${B * i}, f + local.x + ${A * j}, ${results(i)}[${j}]);`,
        "  ",
      ),
    "  ",
  )}
}
`,
  };
}

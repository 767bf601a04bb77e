/**
 * The shaders that show what a GPU can do, as kernels.ts beside this folder has them for a processor.
 *
 *     fill      vectors[i] = numbers that are all different: what was never written may be no memory at all
 *     sweep     sums[group] = Σ of its 64 KiB: 256 invocations, 16 loads of 16 bytes each into 4 sums, neighbours
 *               side by side
 *     mulAdd    sum = sum · x + y, 4 vectors of 4 an invocation: 16 sums, none of which waits for another
 *     fma       the same by WGSL's fma()
 *
 * A compiler may fuse the product and the sum of `mulAdd`, and take fma() apart: the faster of the two is the limit. What
 * is computed is stored, or a compiler would leave it out; sums begin at their lane's number, or it might compute
 * them once for all.
 * @module
 */
import { type Kernel, LINEAR_GROUP } from "../../../backend/webgpu/kernels/kernel.ts";

/** Invocations of a workgroup: as many as every device has. */
const LANES = 256;

/** Loads of an invocation of the sweep. */
const LOADS = 16;

/** Bytes that a workgroup of the sweep reads: its size is a multiple of that. */
export const SWEEP_STEP: number = LANES * LOADS * 16;

/** Vectors of sums of an invocation, and how often each is multiplied and added to. */
const [SUMS, LOOPS, UNROLLED] = [4, 32, 8];

/** Floating-point operations of a workgroup of `mulAdd` or `fma`. */
export const FLOPS_A_GROUP: number = LANES * SUMS * 4 * LOOPS * UNROLLED * 2;

/** Numbers that `mulAdd` and `fma` store: those of a workgroup, at one of 64 places. */
export const RESULTS: number = 64 * LANES;

const times = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n  ");

const HEAD = /* wgsl */ `
${LINEAR_GROUP}
@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linearGroup(id, groups);`;

export const fill: Kernel = {
  name: "limits: fill",
  bindings: ["write"],
  code: /* wgsl */ `
@group(0) @binding(1) var<storage, read_write> vectors: array<vec4u>;
${HEAD}
  for (var load = 0u; load < ${LOADS}; load++) {
    let i = (group * ${LOADS} + load) * ${LANES} + lane;
    if (i >= arrayLength(&vectors)) { return; }
    vectors[i] = (vec4u(i) * 4 + vec4u(0, 1, 2, 3)) * 2654435761;
  }
}
`,
};

export const sweep: Kernel = {
  name: "limits: sweep",
  bindings: ["read", "write"],
  code: /* wgsl */ `
@group(0) @binding(1) var<storage, read> vectors: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;
var<workgroup> total: atomic<u32>;
${HEAD}
  let begin = group * ${LANES * LOADS};
  if (begin >= arrayLength(&vectors)) { return; }
  let at = begin + lane;
  ${times(4, (i) => `var sum${i} = vectors[at + ${i * LANES}];`)}
  ${times(LOADS - 4, (i) => `sum${i % 4} += vectors[at + ${(i + 4) * LANES}];`)}
  let sum = sum0 + sum1 + sum2 + sum3;
  atomicAdd(&total, sum.x + sum.y + sum.z + sum.w);
  workgroupBarrier();
  if (lane == 0) { sums[group] = atomicLoad(&total); }
}
`,
};

export function arithmetic(name: "mulAdd" | "fma"): Kernel {
  const next = (i: number) =>
    name === "fma" ? `sum${i} = fma(sum${i}, x, y);` : `sum${i} = sum${i} * x + y;`;
  return {
    name: `limits: ${name}`,
    bindings: ["write"],
    code: /* wgsl */ `
struct Params { x: f32, y: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> results: array<f32>;
${HEAD}
  let x = vec4f(params.x);
  let y = vec4f(params.y);
  ${times(SUMS, (i) => `var sum${i} = f32(lane) + vec4f(${[0, 1, 2, 3].map((j) => 4 * i + j)});`)}
  for (var turn = 0u; turn < ${LOOPS}; turn++) {
  ${times(UNROLLED * SUMS, (i) => `  ${next(i % SUMS)}`)}
  }
  let sum = ${Array.from({ length: SUMS }, (_, i) => `sum${i}`).join(" + ")};
  results[(group % ${RESULTS / LANES}) * ${LANES} + lane] = sum.x + sum.y + sum.z + sum.w;
}
`,
  };
}

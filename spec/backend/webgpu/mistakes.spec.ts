/**
 * Mistakes that authors of shaders make, each planted by itself in this backend, between it and the device: the suite finds
 * every one, and names the kernel. It also shows that the suite runs these very shaders.
 */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { backendResults } from "../../../src/conformance/backend/conformance.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { fixtureFolder } from "../../support/files.ts";
import { deviceForSpec, GPU_HERE } from "../../support/webgpu.ts";

/** A mistake, in the terms of WebGPU. What is left out is done as it should be. */
interface Mistake {
  /** The pipelines that have it, by their labels. */
  readonly kernel: RegExp;
  /** What the suite says first of it. */
  readonly found: string;
  /** The vectors that are tried. */
  readonly only: string;
  code?(code: string): string;
  entries?(entries: GPUBindGroupEntry[]): GPUBindGroupEntry[];
  grid?(x: number, y: number, z: number): [number, number, number];
  offset?(at: number): number;
}

/** Replaces the only place, or the one of that number: a mistake that plants nothing must not pass for one. */
const instead =
  (of: string, by: string, which = 0) =>
  (code: string) => {
    const parts = code.split(of);
    if (parts.length < 2 + which) throw new Error(`no ${of}`);
    return parts.slice(0, which + 1).join(of) + by + parts.slice(which + 1).join(of);
  };
const withoutBarrier = (which: number) => instead("workgroupBarrier();", "", which);

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "bindings of gate and up in the wrong order": {
    ...{ kernel: /^geglu/, only: "t0.geglu.*", found: "geglu" },
    entries: (entries) =>
      entries.map((entry) => {
        const from = [0, 1, 3, 2][entry.binding];
        const { resource } = entries.find(({ binding }) => binding === from) as GPUBindGroupEntry;
        return { ...entry, resource };
      }),
  },
  "a grid of columns rounded down": {
    ...{ kernel: /^add/, only: "t0.add.*", found: "add" },
    grid: (x, y, z) => [x - 1, y, z],
  },
  "a grid of rows of W rounded down": {
    ...{ kernel: /1 at once/, only: "t0.matmul.plain*", found: "matmul" },
    grid: (x, y, z) => [x - 1, y, z],
  },
  "no barrier before partial sums are read": {
    ...{ kernel: /1 at once/, only: "t0.matmul.plain*", found: "matmul" },
    code: withoutBarrier(0),
  },
  "no barrier before a tile is read": {
    ...{ kernel: /tiles/, only: "t0.matmul.*", found: "matmul" },
    code: withoutBarrier(1),
  },
  "no barrier before scores are read": {
    ...{ kernel: /^attention/, only: "t0.attention.*", found: "attention" },
    code: withoutBarrier(1),
  },
  "a stale uniform: that of the first dispatch": {
    ...{ kernel: /^rope/, only: "t0.rope.*", found: "rope" },
    offset: () => 0,
  },
  "a position baked in": {
    ...{ kernel: /^kvWrite/, only: "t0.attention.*", found: "kvWrite" },
    code: instead("(params.pos + id.y)", "id.y"),
  },
  "the last position left out": {
    ...{ kernel: /^attention$/, only: "t0.attention.*", found: "attention" },
    code: instead("params.pos + group.y + 1", "max(1, params.pos + group.y)"),
  },
  "rows of dst taken for those of x": {
    ...{ kernel: /^rmsNorm/, only: "t0.rmsNorm.*", found: "rmsNorm" },
    code: instead("params.intoRow", "params.fromRow"),
  },
  "an epsilon outside the root": {
    ...{ kernel: /^rmsNorm/, only: "t0.rmsNorm.*", found: "rmsNorm" },
    code: instead("1 / sqrt(mean + params.eps)", "1 / (sqrt(mean) + params.eps)"),
  },
  "the halves of a word of bfloat16 exchanged": {
    ...{ kernel: /of bfloat16/, only: "t0.matmul.plain*", found: "matmul, a weight in bfloat16" },
    code: instead("Eight(vec4f(even.x, odd.x,", "Eight(vec4f(odd.x, even.x,"),
  },
  "bytes without their sign": {
    ...{ kernel: /of int8 by 32/, only: "t0.matmul.*", found: "matmul, a weight in q" },
    code: instead("vec4f(vec4i(vec4u(", "vec4f(vec4u(vec4u("),
  },
  "nibbles that begin at the top": {
    ...{ kernel: /of int4/, only: "t0.matmul.*", found: "matmul, a weight in q4" },
    code: instead("vec4u(0, 4, 8, 12)", "vec4u(12, 8, 4, 0)"),
  },
};

/** `device` with the mistake in it. */
function mistaken(device: GPUDevice, mistake: Mistake): GPUDevice {
  const { kernel, code, entries, grid, offset } = mistake;
  const over = <T extends object>(target: T, changes: Partial<T>): T =>
    new Proxy(target, {
      get(_, name) {
        if (name in changes) return changes[name as keyof T];
        const member = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  const passOf = (pass: GPUComputePassEncoder): GPUComputePassEncoder => {
    let hasIt = false;
    return over(pass, {
      setPipeline(pipeline) {
        hasIt = kernel.test(pipeline.label);
        pass.setPipeline(pipeline);
      },
      setBindGroup(index: number, group: GPUBindGroup | null, offsets?: Iterable<number>) {
        const all = [...(offsets ?? [])];
        pass.setBindGroup(index, group, hasIt && offset ? all.map(offset) : all);
      },
      dispatchWorkgroups(x, y = 1, z = 1) {
        pass.dispatchWorkgroups(...(hasIt && grid ? grid(x, y, z) : ([x, y, z] as const)));
      },
    });
  };
  return over(device, {
    createShaderModule(descriptor) {
      const isIt = code && kernel.test(descriptor.label ?? "");
      return device.createShaderModule(
        isIt ? { ...descriptor, code: code(descriptor.code) } : descriptor,
      );
    },
    createBindGroup(descriptor) {
      const all = [...descriptor.entries];
      const isIt = entries && kernel.test(descriptor.label ?? "");
      return device.createBindGroup(isIt ? { ...descriptor, entries: entries(all) } : descriptor);
    },
    createCommandEncoder(descriptor) {
      const encoder = device.createCommandEncoder(descriptor);
      return over(encoder, { beginComputePass: () => passOf(encoder.beginComputePass()) });
    },
  });
}

describe.skipIf(!GPU_HERE)("a mistake in WGSL is found", { timeout: 300_000 }, async () => {
  const suite = await openSuite(fixtureFolder("conformance"));
  const device = GPU_HERE && (await deviceForSpec());

  it.each(Object.entries(MISTAKES))("%s", async (_, mistake) => {
    const gpu = mistaken(device as GPUDevice, mistake);
    const make = () => webgpuBackend({ device: gpu, subgroups: false });
    const options = { only: mistake.only, tiers: ["T0"], patience: 120_000 } as const;
    let message: string | undefined;
    for await (const result of backendResults(make, suite, options)) {
      expect(result.status).not.toBe("error");
      if (result.status !== "fail") continue;
      ({ message } = result);
      break;
    }
    expect(message).toContain(mistake.found);
  });
});

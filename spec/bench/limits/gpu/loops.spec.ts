/** The shaders of a GPU's limits do what is counted, and the memory that they read is as large as a device allows. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gridOf, type Kernel } from "../../../../src/backend/webgpu/kernels/kernel.ts";
import { BindGroups } from "../../../../src/backend/webgpu/run/bind-groups.ts";
import { Commands } from "../../../../src/backend/webgpu/run/commands.ts";
import { Memory } from "../../../../src/backend/webgpu/run/memory.ts";
import { Pipelines } from "../../../../src/backend/webgpu/run/pipelines.ts";
import { Readback } from "../../../../src/backend/webgpu/run/readback.ts";
import { Troubles } from "../../../../src/backend/webgpu/run/troubles.ts";
import {
  arithmetic,
  FLOPS_A_GROUP,
  fill,
  RESULTS,
  SWEEP_STEP,
  sweep,
} from "../../../../src/bench/limits/gpu/kernels.ts";
import { gpuSweepSizes, makeLoops } from "../../../../src/bench/limits/gpu/loops.ts";
import { deviceForSpec, GPU_HERE } from "../../../support/webgpu.ts";

describe("gpuSweepSizes", () => {
  it("gives whole steps, in buffers no larger than a binding", () => {
    expect(gpuSweepSizes(1, 2 ** 27)).toEqual([SWEEP_STEP]);
    expect(gpuSweepSizes(2 ** 28, 2 ** 27)).toEqual([2 ** 27, 2 ** 27]);
    const most = 2 ** 27 - SWEEP_STEP; // a binding may have a byte less than 2 ** 27
    expect(gpuSweepSizes(2 ** 28 + 5, 2 ** 27 - 1)).toEqual([most, most, 2 * SWEEP_STEP]);
  });
});

describe.skipIf(!GPU_HERE)("on WebGPU", { timeout: 120_000 }, () => {
  let device: GPUDevice;
  beforeEach(async () => {
    device = await deviceForSpec();
  });
  afterEach(() => device.destroy());

  /** What `kernel` leaves in its last buffer, of `sizes` in bytes, the first of which holds `data`. */
  async function ran(kernel: Kernel, sizes: readonly number[], groups: number, data?: Uint32Array) {
    const troubles = new Troubles(device);
    const memory = new Memory(device, troubles, device.limits.maxStorageBufferBindingSize);
    const commands = new Commands(device, memory, troubles);
    const bindGroups = new BindGroups(device, troubles, commands.uniforms);
    const buffers = sizes.map((size) => memory.storage("buffer", size));
    if (data) device.queue.writeBuffer(buffers[0].buffer, 0, new Uint32Array(data));
    const pipeline = await new Pipelines(device).make(kernel);
    const bound = buffers.map((one) => ({ memory: one }));
    const group = bindGroups.of(pipeline, bound);
    commands.dispatch(pipeline, group, gridOf(groups), [], [0.999, 0.001]);
    const last = buffers.length - 1;
    const words = await new Readback(memory, commands).read(buffers[last], 0, sizes[last]);
    expect(await troubles.take()).toBeUndefined();
    return words;
  }

  it("a sweep adds up every number of its range, once", async () => {
    const groups = 3;
    const words = SWEEP_STEP / 4;
    // Odd multiples, all different: to leave a vector out or to take one twice changes the sum.
    const data = Uint32Array.from({ length: groups * words }, (_, i) => Math.imul(i, 2654435761));
    const sums = await ran(sweep, [4 * data.length, 4 * groups], groups + 2, data);
    const expected = Array.from({ length: groups }, (_, group) =>
      data.subarray(group * words, (group + 1) * words).reduce((a, b) => (a + b) >>> 0, 0),
    );
    expect([...new Uint32Array(sums.buffer)]).toEqual(expected);
  });

  it("what is swept is filled to its end with numbers that are all different", async () => {
    const filled = new Uint32Array((await ran(fill, [2 * SWEEP_STEP], 2)).buffer);
    expect(new Set(filled).size).toBe((2 * SWEEP_STEP) / 4);
  });

  it.each(["mulAdd", "fma"] as const)("%s does as many operations as are counted", async (name) => {
    const results = await ran(arithmetic(name), [4 * RESULTS], RESULTS / 256);
    const sumsOfALane = 16;
    const steps = FLOPS_A_GROUP / 256 / sumsOfALane / 2;
    expect(steps).toBe(256);
    // A sum that begins at k comes to 1 + (k − 1) · 0.999^steps; a step less or more makes a thousandth.
    const shrunk = 0.999 ** steps;
    for (const at of [0, 1, 255, RESULTS - 1]) {
      let expected = 0;
      for (let k = 0; k < sumsOfALane; k++) expected += 1 + ((at % 256) + k - 1) * shrunk;
      // Each step rounds once or twice, by 2^-24 of the sum: 512 · 6e-8 at most.
      expect(Math.abs(results[at] / expected - 1)).toBeLessThan(3e-5);
    }
  });

  it("a sweep reads half as much, and half again, where there is no room", async () => {
    // No machine gives up its memory for this: the scope of a buffer that is large says that there is no room.
    const refused: number[] = [];
    const filters: GPUErrorFilter[] = [];
    let isFull = false;
    const changes: Partial<GPUDevice> = {
      createBuffer(descriptor) {
        isFull = descriptor.size > 2 ** 20;
        if (isFull) refused.push(descriptor.size);
        return device.createBuffer(descriptor);
      },
      pushErrorScope(filter) {
        filters.push(filter);
        device.pushErrorScope(filter);
      },
      async popErrorScope() {
        const isTold = filters.pop() === "out-of-memory" && isFull;
        if (isTold) isFull = false;
        const found = await device.popErrorScope();
        return isTold ? ({ message: "no room" } as GPUError) : found;
      },
    };
    const small = new Proxy(device, {
      get(target, name) {
        if (name in changes) return changes[name as keyof GPUDevice];
        const member = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const loops = await makeLoops(small, { bytes: 2 ** 22, least: 2 ** 18 });
    expect(refused).toEqual([2 ** 22, 2 ** 21]);
    expect(loops.sweepBytes).toBe(2 ** 20);
    expect(await loops.sweep.time(1)).toBeGreaterThan(0);
    loops.dispose();
    await expect(makeLoops(small, { bytes: 2 ** 22, least: 2 ** 21 })).rejects.toMatchObject({
      name: "BackendError",
      kind: "memory",
      label: "sweep",
    });
  });
});

/**
 * The shaders of the limits on a device, ready to run: compiled, their memory filled and bound.
 * @module
 */
import { gridOf, type Kernel } from "../../../backend/webgpu/kernels/kernel.ts";
import { BindGroups } from "../../../backend/webgpu/run/bind-groups.ts";
import { type Allocation, Memory } from "../../../backend/webgpu/run/memory.ts";
import { Pipelines } from "../../../backend/webgpu/run/pipelines.ts";
import { Troubles } from "../../../backend/webgpu/run/troubles.ts";
import { GpuClock } from "./clock.ts";
import { arithmetic, FLOPS_A_GROUP, fill, RESULTS, SWEEP_STEP, sweep } from "./kernels.ts";

/** What the arithmetic multiplies with, and adds. */
const [X, Y] = [0.999, 0.001];

/** What is done so many times. */
export interface Loop {
  /** Repetitions to begin with, and at most. */
  readonly least: number;
  readonly most: number;
  /** Seconds that so many take. */
  time(times: number): Promise<number>;
  /** Bytes, or floating-point operations, of so many. */
  worth(times: number): number;
}

/** Bytes that a sweep is meant to read, and those that it reads at least. */
export interface SweepSize {
  readonly bytes: number;
  readonly least: number;
}

export interface Loops {
  readonly sweepBytes: number;
  readonly sweep: Loop;
  readonly mulAdd: Loop;
  readonly fma: Loop;
  dispose(): void;
}

/** Records itself into a pass. */
type Dispatch = (pass: GPUComputePassEncoder) => void;

/** Bytes of each buffer of a sweep over `bytes`, in whole steps, each no larger than a binding. */
export function gpuSweepSizes(bytes: number, mostBound: number): number[] {
  const most = Math.floor(mostBound / SWEEP_STEP) * SWEEP_STEP;
  const whole = Math.max(1, Math.floor(bytes / SWEEP_STEP)) * SWEEP_STEP;
  const count = Math.ceil(whole / most);
  return Array.from({ length: count }, (_, i) => Math.min(most, whole - i * most));
}

/**
 * @param size where the device has no room for all bytes: half of them, and half again.
 * @throws {BackendError} of kind "memory" if there is no room for the least either.
 */
export async function makeLoops(device: GPUDevice, size: SweepSize): Promise<Loops> {
  const troubles = new Troubles(device);
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const mostBound = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  const memory = new Memory(device, troubles, mostBound);
  try {
    const swept = await sweptMemory(memory, troubles, size);
    const sums = memory.storage("limits", 4 * Math.max(...swept.map(groupsOf)));
    const results = memory.storage("limits", 4 * RESULTS);
    const uniforms = memory.uniforms(256);
    device.queue.writeBuffer(uniforms.buffer, 0, Float32Array.of(X, Y));
    const clock = new GpuClock(device, troubles);
    const pipelines = new Pipelines(device);
    const bindGroups = new BindGroups(device, troubles, uniforms);
    const prepare = async (kernel: Kernel) => {
      const made = await pipelines.make(kernel);
      return (bound: readonly Allocation[], groups: number): Dispatch => {
        const all = bound.map((one) => ({ memory: one }));
        const group = bindGroups.of(made, all);
        return (pass) => {
          pass.setPipeline(made.pipeline);
          pass.setBindGroup(0, group, [0]);
          pass.dispatchWorkgroups(...gridOf(groups));
        };
      };
    };
    const filling = await prepare(fill);
    await clock.time((pass) => {
      for (const one of swept) filling([one], groupsOf(one))(pass);
    });
    const sweeping = await prepare(sweep);
    const sweeps = swept.map((one) => sweeping([one, sums], groupsOf(one)));
    const sweepBytes = swept.reduce((sum, one) => sum + one.bytes, 0);
    const computing = async (name: "mulAdd" | "fma"): Promise<Loop> => {
      const compute = await prepare(arithmetic(name));
      return {
        ...{ least: 64, most: 2 ** 24 }, // workgroups
        time: (groups) => clock.time(compute([results], groups)),
        worth(groups) {
          const [x, y] = gridOf(groups); // it may be a few more
          return x * y * FLOPS_A_GROUP;
        },
      };
    };
    return {
      sweepBytes,
      sweep: {
        ...{ least: 1, most: 2 ** 10 },
        time: (times) =>
          clock.time((pass) => {
            for (let i = 0; i < times; i++) for (const dispatch of sweeps) dispatch(pass);
          }),
        worth: (times) => times * sweepBytes,
      },
      mulAdd: await computing("mulAdd"),
      fma: await computing("fma"),
      dispose() {
        clock.dispose();
        memory.dispose();
      },
    };
  } catch (error) {
    memory.dispose();
    throw error;
  }
}

const groupsOf = ({ bytes }: Allocation) => bytes / SWEEP_STEP;

/** Buffers of so many bytes together, or of as many as there is room for. */
async function sweptMemory(
  memory: Memory,
  troubles: Troubles,
  { bytes, least }: SweepSize,
): Promise<readonly Allocation[]> {
  for (let wanted = Math.max(least, bytes); ; wanted = Math.max(least, wanted / 2)) {
    const sizes = gpuSweepSizes(wanted, memory.mostBound);
    const made = sizes.map((size) => memory.storage("sweep", size));
    const trouble = await troubles.take();
    if (!trouble) return made;
    for (const one of made) memory.free(one);
    if (trouble.kind !== "memory" || wanted <= least) throw trouble;
  }
}

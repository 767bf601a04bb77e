/**
 * The GPU of a run: one device, on which both the models and the limits are measured.
 * @module
 */
import type { Backend } from "../backend/backend.ts";
import { describeAdapter, isSoftware } from "../backend/webgpu/adapter.ts";
import { requestDevice } from "../backend/webgpu/device.ts";
import { webgpuBackend } from "../backend/webgpu/webgpu.ts";
import type { Adapter } from "./figures.ts";
import { GpuLimitsMeter } from "./limits/gpu/limits.ts";
import { LEAST_GPU_SWEEP } from "./limits/gpu/loops.ts";
import type { Meter } from "./limits/limits.ts";

export interface Gpu {
  readonly adapter: Adapter;
  backend(): Promise<Backend>;
  /** A meter whose sweep reads about `bytes`: more than caches hold, and as many as there is room for. */
  meter(bytes: number): Promise<Meter>;
  close(): void;
}

/** @throws {UnsupportedError} if this machine has no WebGPU. */
export async function openGpu(): Promise<Gpu> {
  const device = await requestDevice(undefined, ["timestamp-query"]);
  const { adapterInfo: info } = device;
  return {
    adapter: { name: describeAdapter(info), isSoftware: isSoftware(info) },
    backend: () => webgpuBackend({ device }),
    meter: (bytes) => GpuLimitsMeter.start({ device, bytes: Math.max(LEAST_GPU_SWEEP, bytes) }),
    close: () => device.destroy(),
  };
}

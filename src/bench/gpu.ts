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
import type { Meter } from "./limits/limits.ts";

export interface Gpu {
  readonly adapter: Adapter;
  backend(): Promise<Backend>;
  /** A meter whose sweep reads about `bytes`, but more than caches hold, and no more than there is room for. */
  meter(bytes: number): Promise<Meter>;
  close(): void;
}

/** Bytes that a sweep reads at least: caches of GPUs have a quarter of a gigabyte and less. */
const LEAST_SWEEP = 2 ** 29;

/** Bytes that it reads where the processor plays the GPU: at 0.1 GB/s more would only take longer. */
const SOFTWARE_SWEEP = 2 ** 26;

/** @throws {UnsupportedError} if this machine has no WebGPU. */
export async function openGpu(): Promise<Gpu> {
  const device = await requestDevice(undefined, ["timestamp-query"]);
  const { adapterInfo: info } = device;
  const adapter = { name: describeAdapter(info), isSoftware: isSoftware(info) };
  return {
    adapter,
    backend: () => webgpuBackend({ device }),
    meter(bytes) {
      const least = adapter.isSoftware ? SOFTWARE_SWEEP : LEAST_SWEEP;
      return GpuLimitsMeter.start(device, { bytes: adapter.isSoftware ? least : bytes, least });
    },
    close: () => device.destroy(),
  };
}

/**
 * A device to compute on: the browser's, or in Node that of the package `webgpu` (Dawn), if it is installed.
 * @module
 */
import { refusals } from "../../errors.ts";

/** Why there is no WebGPU here; undefined if there is. */
export async function webgpuUnavailable(): Promise<string | undefined> {
  const gpu = await gpuHere();
  if (typeof gpu === "string") return gpu;
  const adapter = await gpu.requestAdapter().catch(() => null);
  return adapter ? undefined : "one whose WebGPU finds no adapter: no GPU, or no driver";
}

/** What WebGPU begins with, or why there is none. */
async function gpuHere(): Promise<GPU | string> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (own) return own;
  if (typeof process !== "object" || !process.versions?.node) return "one without WebGPU";
  try {
    // A name that bundlers do not follow: the package is an optional one, for Node.
    const name = "webgpu";
    const { create } = (await import(/* @vite-ignore */ name)) as { create(o: string[]): GPU };
    fromPackage ??= create([]);
    return fromPackage;
  } catch {
    return 'one without WebGPU (in Node, "npm install webgpu" brings it)';
  }
}

/** Made once: a second one in a process is another Dawn. It is kept, as it ends with the process. */
let fromPackage: GPU | undefined;

/** A device with the limits of its adapter, where those are more than every device has. */
export async function requestDevice(hasSubgroups: boolean | undefined): Promise<GPUDevice> {
  const refuse = refusals("webgpuBackend");
  const hint = 'backend "wasm" or "cpu" runs everywhere';
  const gpu = await gpuHere();
  if (typeof gpu === "string")
    throw refuse.unsupported("device", "a machine with WebGPU", gpu, hint);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw refuse.unsupported("device", "an adapter of WebGPU", "none", hint);
  }
  if (hasSubgroups && !adapter.features.has("subgroups")) {
    const expected = "an adapter that has subgroups";
    throw refuse.unsupported("subgroups", expected, "one that has not", "leave it out");
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
  const useSubgroups = hasSubgroups !== false && adapter.features.has("subgroups");
  const requiredFeatures: GPUFeatureName[] = useSubgroups ? ["subgroups"] : [];
  return adapter.requestDevice({ requiredLimits, requiredFeatures });
}

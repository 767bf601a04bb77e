/**
 * A device to compute on: the browser's, or in Node that of the package `webgpu` (Dawn), if it is installed.
 * @module
 */
import { refusals } from "../../errors.ts";

/** Why there is no WebGPU here; undefined if there is. */
export async function webgpuUnavailable(): Promise<string | undefined> {
  const adapter = await findAdapter();
  return typeof adapter === "string" ? adapter : undefined;
}

/** The adapter with most power, or why there is none. */
export async function findAdapter(): Promise<GPUAdapter | string> {
  const gpu = await gpuHere();
  if (typeof gpu === "string") return gpu;
  const wish = { powerPreference: "high-performance" } as const;
  return (await gpu.requestAdapter(wish).catch(() => null)) ?? NO_ADAPTER;
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

/**
 * A device with the limits and the subgroups of its adapter, where it has more than every device has.
 * @param more further features, of which it gets those that the adapter has.
 */
export async function requestDevice(
  given?: GPUAdapter,
  more: readonly GPUFeatureName[] = [],
): Promise<GPUDevice> {
  const adapter = given ?? (await findAdapter());
  if (typeof adapter === "string") {
    const hint = 'backend "wasm" or "cpu" runs everywhere';
    const refuse = refusals("webgpuBackend");
    throw refuse.unsupported("device", "a machine with WebGPU", adapter, hint);
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
  const wanted: readonly GPUFeatureName[] = [SUBGROUPS, ...more];
  const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature));
  return adapter.requestDevice({ requiredLimits, requiredFeatures });
}

/**
 * Whether kernels use subgroups: where `device` has them, and WGSL can number them, unless `wanted` says otherwise.
 * @throws {UnsupportedError} if they are wanted and not there.
 */
export async function usesSubgroups(
  device: GPUDevice,
  wanted: boolean | undefined,
): Promise<boolean> {
  const gpu = await gpuHere();
  const canNumber = typeof gpu !== "string" && gpu.wgslLanguageFeatures?.has("subgroup_id");
  const hasSubgroups = device.features.has(SUBGROUPS) && canNumber;
  if (!wanted || hasSubgroups) return wanted ?? hasSubgroups;
  const expected = "a device with subgroups, and a WGSL with subgroup_id";
  throw refusals("webgpuBackend").unsupported("subgroups", expected, "one without", "leave it out");
}

const SUBGROUPS = "subgroups";
const NO_ADAPTER = "one whose WebGPU finds no adapter: no GPU, or no driver";

/**
 * WebGPU in specs: Chromium's SwiftShader, in Node by the package `webgpu` (`npm run test:webgpu`), in a page by flags
 * (vitest.browser.config.ts). It takes minutes, so `npm test` leaves it out.
 */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

const isAsked = globalThis.process?.env?.WEBGPU === "1";
if (isAsked) process.env.VK_DRIVER_FILES ??= SWIFTSHADER;

/** What WebGPU begins with, where specs run on it. */
async function found(): Promise<GPU | undefined> {
  const own = globalThis.navigator?.gpu;
  if (own) return (await own.requestAdapter()) ? own : undefined;
  if (!isAsked) return undefined;
  const name = "webgpu";
  const { create } = (await import(/* @vite-ignore */ name)) as { create(options: string[]): GPU };
  const gpu = create([]);
  if (await gpu.requestAdapter()) return gpu;
  throw new Error("WEBGPU=1 asks for an adapter of WebGPU, and there is none");
}

export const GPU_HERE: GPU | undefined = await found();

/** Whether it is a page's. What takes a minute on SwiftShader and is the same in both runs in Node alone. */
export const IN_PAGE: boolean = globalThis.navigator?.gpu !== undefined && !isAsked;

/** A device with all that its adapter has. */
export async function deviceForSpec(): Promise<GPUDevice> {
  const adapter = await GPU_HERE?.requestAdapter();
  if (!adapter) throw new Error("no adapter");
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const requiredFeatures: GPUFeatureName[] = adapter.features.has("subgroups") ? ["subgroups"] : [];
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
  return adapter.requestDevice({ requiredFeatures, requiredLimits });
}

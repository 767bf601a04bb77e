/** The WebGPU backend: kernels in WGSL, in a browser or, with the package `webgpu`, in Node. @module */
export { type WebgpuHandles, type WebgpuOptions, webgpuBackend } from "./webgpu.ts";

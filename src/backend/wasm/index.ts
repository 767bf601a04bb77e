/** The WebAssembly backend: SIMD kernels over weights as they are stored, on several threads. @module */
export { type SimdMatmulsOptions, simdMatmuls } from "./matmuls/simd-matmuls.ts";
export { type Simd, type WasmHandles, type WasmOptions, wasmBackend } from "./wasm.ts";

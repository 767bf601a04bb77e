/**
 * The kernels that encode numbers, as one WebAssembly module: `widen_<dtype>` to float32, `encode_<type>` from float32.
 * @module
 */
import { type MemoryType, ModuleBuilder } from "../../../backend/wasm/asm/module.ts";
import { bfloat16Kernels } from "./bfloat16.ts";
import { float16Kernels } from "./float16.ts";
import { float32Kernel } from "./float32.ts";
import { q4_0Kernel } from "./q4_0.ts";
import { q8_0Kernel } from "./q8_0.ts";

/** The binary of the module. */
export function encodingKernels(memory: MemoryType): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  float32Kernel(module);
  bfloat16Kernels(module);
  float16Kernels(module);
  q8_0Kernel(module);
  q4_0Kernel(module);
  return module.bytes(memory);
}

/**
 * float32: as it is.
 * @module
 */
import { v128 } from "../../../backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../../backend/wasm/asm/module.ts";
import { BLOCK, blockKernel, isLarge, largestSize, loadBlock } from "./kernel.ts";

/** Adds `encode_F32` to a module. */
export function float32Kernel(module: ModuleBuilder): void {
  blockKernel(module, "encode_F32", { from: 4 * BLOCK, to: 4 * BLOCK }, (f, from, to) => {
    const block = loadBlock(f, from);
    for (const [i, x] of block.entries()) f.do(v128.store(to, x, 16 * i));
    return isLarge(f, largestSize(f, block), Number.POSITIVE_INFINITY);
  });
}

/**
 * Q8_0, as llama.cpp's reference rounds (tensor/quantized.ts): a float16 scale, then 32 signed bytes.
 *
 *     d = max |x| / 127        q = x · (1/d), to the nearest integer, halves away from 0
 * @module
 */
import { f32x4, i8x16, i16x8, v128 } from "../../../backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../../backend/wasm/asm/module.ts";
import { roundedHalfAway } from "../../../backend/wasm/formats/rounded.ts";
import { isExtreme, maximumInAllLanes, storeScale } from "./block-scale.ts";
import { BLOCK, blockKernel, largestSize, loadBlock, splat } from "./kernel.ts";

/** Below it, a scale is a float16 that is finite. */
const LIMIT = 2 ** 21;

/** Adds `encode_Q8_0` to a module. */
export function q8_0Kernel(module: ModuleBuilder): void {
  blockKernel(module, "encode_Q8_0", { from: 4 * BLOCK, to: 34 }, (f, from, to) => {
    const block = loadBlock(f, from);
    const largest = maximumInAllLanes(f, largestSize(f, block));
    const inverse = storeScale(f, to, f.let(f32x4.div(largest, splat(f, 127))));
    const q = block.map((x) => roundedHalfAway(f, f32x4.mul(x, inverse)));
    for (const i of [0, 1]) {
      const [a, b, c, d] = q.slice(4 * i);
      const eights = [i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)] as const;
      f.do(v128.store(to, i8x16.narrow_i16x8_s(...eights), 2 + 16 * i));
    }
    return isExtreme(f, largest, LIMIT);
  });
}

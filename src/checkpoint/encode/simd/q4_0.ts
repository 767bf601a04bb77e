/**
 * Q4_0, as llama.cpp's reference rounds (tensor/quantized.ts): a float16 scale, then 16 bytes, which hold q + 8 of
 * numbers 0 to 15 in their lower halves and of 16 to 31 in their upper ones.
 *
 *     d = m / −8        q + 8 = min(15, ⌊x · (1/d) + 8.5⌋)        m: the x furthest from 0, the first of several
 * @module
 */
import type { I32, V128 } from "../../../backend/wasm/asm/expression.ts";
import type { FunctionBuilder } from "../../../backend/wasm/asm/function.ts";
import { f32x4, i8x16, i16x8, i32, i32x4, v128 } from "../../../backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../../backend/wasm/asm/module.ts";
import { isExtreme, maximumInAllLanes, storeScale } from "./block-scale.ts";
import {
  BLOCK,
  blockKernel,
  largestSize,
  loadBlock,
  sizeBits,
  splat,
  splatBits,
} from "./kernel.ts";

/** Below it, a scale is a float16 that is finite. */
const LIMIT = 2 ** 17;

/** Adds `encode_Q4_0` to a module. */
export function q4_0Kernel(module: ModuleBuilder): void {
  blockKernel(module, "encode_Q4_0", { from: 4 * BLOCK, to: 18 }, (f, from, to) => {
    const block = loadBlock(f, from);
    const largest = maximumInAllLanes(f, largestSize(f, block));
    const furthest = v128.load32_splat(i32.add(from, firstOfSize(f, block, largest)));
    // Of zeros it is a zero without a sign.
    const m = v128.andnot(furthest, i32x4.eq(largest, splatBits(f, 0)));
    const inverse = storeScale(f, to, f.let(f32x4.div(m, splat(f, -8))));
    const q = block.map((x) => {
      const moved = f32x4.add(f32x4.mul(x, inverse), splat(f, 8.5));
      return i32x4.trunc_sat_f32x4_s(f32x4.min(moved, splat(f, 15)));
    });
    const eights = [0, 2].map((i) => {
      const low = i16x8.narrow_i32x4_s(q[i], q[i + 1]);
      const high = i16x8.narrow_i32x4_s(q[i + 4], q[i + 5]);
      return v128.or(low, i16x8.shl(high, 4));
    });
    f.do(v128.store(to, i8x16.narrow_i16x8_u(eights[0], eights[1]), 2));
    return isExtreme(f, largest, LIMIT);
  });
}

/** Where in the block the first number of that size lies, in bytes. */
function firstOfSize(f: FunctionBuilder, block: readonly V128[], size: V128): I32 {
  const isIt = block.map((x) => i32x4.eq(sizeBits(f, x), size));
  const masks = [0, 4].map((i) => {
    const [a, b, c, d] = isIt.slice(i);
    const eights = [i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)] as const;
    return i8x16.bitmask(i8x16.narrow_i16x8_s(...eights));
  });
  return i32.shl(i32.ctz(i32.or(masks[0], i32.shl(masks[1], 16))), 2);
}

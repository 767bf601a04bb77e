/**
 * bfloat16, the upper half of a float32: widened by a shift, rounded to nearest even with integers.
 * @module
 */
import { i8x16, i16x8, i32, i32x4, v128 } from "../../../backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../../backend/wasm/asm/module.ts";
import { BLOCK, blockKernel, isLarge, largestSize, loadBlock, splatBits } from "./kernel.ts";

/** From the largest power of two on, numbers may become infinite, and are left to ../rows.ts. */
const LIMIT = 2 ** 127;

/** The upper halves of eight lanes, and no others. */
const UPPER_HALVES = [0, 4, 8, 12, 16, 20, 24, 28].flatMap((lane) => [lane + 2, lane + 3]);

/** Adds `widen_bfloat16` and `encode_BF16` to a module. */
export function bfloat16Kernels(module: ModuleBuilder): void {
  const bytes = { stored: 2 * BLOCK, wide: 4 * BLOCK };
  blockKernel(module, "widen_bfloat16", { from: bytes.stored, to: bytes.wide }, (f, from, to) => {
    for (let i = 0; i < BLOCK / 8; i++) {
      const eight = f.let(v128.load(from, 16 * i));
      f.do(v128.store(to, i32x4.shl(i32x4.extend_low_i16x8_u(eight), 16), 32 * i));
      f.do(v128.store(to, i32x4.shl(i32x4.extend_high_i16x8_u(eight), 16), 32 * i + 16));
    }
    return i16x8.splat(i32.const(0));
  });
  blockKernel(module, "encode_BF16", { from: bytes.wide, to: bytes.stored }, (f, from, to) => {
    const block = loadBlock(f, from);
    // Half of what goes is added, less one bit where what stays is even: then a carry rounds.
    const rounded = block.map((x) => {
      const odd = v128.and(i32x4.shr_u(x, 16), splatBits(f, 1));
      return i32x4.add(i32x4.add(x, splatBits(f, 0x7fff)), odd);
    });
    for (let i = 0; i < BLOCK / 8; i++) {
      const eight = i8x16.shuffle(rounded[2 * i], rounded[2 * i + 1], UPPER_HALVES);
      f.do(v128.store(to, eight, 16 * i));
    }
    return isLarge(f, largestSize(f, block), LIMIT);
  });
}

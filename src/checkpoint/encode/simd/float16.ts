/**
 * float16: widened as the kernels of the forward pass do it, rounded to nearest even with integers.
 * @module
 */
import type { V128 } from "../../../backend/wasm/asm/expression.ts";
import type { FunctionBuilder } from "../../../backend/wasm/asm/function.ts";
import { f32x4, i16x8, i32x4, v128 } from "../../../backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../../backend/wasm/asm/module.ts";
import { notFinite, widener } from "../../../backend/wasm/formats/float16.ts";
import {
  BLOCK,
  bitsOf,
  blockKernel,
  isLarge,
  largestSize,
  loadBlock,
  sizeBits,
  splat,
  splatBits,
} from "./kernel.ts";

/** From the largest power of two on, numbers may become infinite, and are left to ../rows.ts. */
const LIMIT = 2 ** 15;

/** Adds `widen_float16` and `encode_F16` to a module. */
export function float16Kernels(module: ModuleBuilder): void {
  const bytes = { stored: 2 * BLOCK, wide: 4 * BLOCK };
  blockKernel(module, "widen_float16", { from: bytes.stored, to: bytes.wide }, (f, from, to) => {
    const widen = widener(f);
    const eights = Array.from({ length: BLOCK / 8 }, (_, i) => f.let(v128.load(from, 16 * i)));
    for (const [i, eight] of eights.entries()) {
      const [low, high] = [i32x4.extend_low_i16x8_u(eight), i32x4.extend_high_i16x8_u(eight)];
      f.do(v128.store(to, widen(i32x4.shl(low, 16)), 32 * i));
      f.do(v128.store(to, widen(i32x4.shl(high, 16)), 32 * i + 16));
    }
    return eights.map(notFinite).reduce(v128.or);
  });
  blockKernel(module, "encode_F16", { from: bytes.wide, to: bytes.stored }, (f, from, to) => {
    const block = loadBlock(f, from);
    const bits = block.map((x) => float16Bits(f, x));
    for (let i = 0; i < BLOCK / 8; i++) {
      f.do(v128.store(to, i16x8.narrow_i32x4_u(bits[2 * i], bits[2 * i + 1]), 16 * i));
    }
    return isLarge(f, largestSize(f, block), LIMIT);
  });
}

/**
 * The bits of the float16 next to each x, in the lower half of its lane; |x| < 32768. From 2^-14 on they are those of a
 * float32 without the last 13, and with another bias. Before those go, half of them is added, less one bit where the
 * rest is even: so a carry rounds. Below, float16 are multiples of 2^-24, as float32 are from ½ on: a sum with ½
 * rounds, and its bits count the multiples.
 */
export function float16Bits(f: FunctionBuilder, x: V128): V128 {
  const given = f.let(x);
  const size = f.let(sizeBits(f, given));
  const odd = v128.and(i32x4.shr_u(size, 13), splatBits(f, 1));
  const moved = i32x4.add(i32x4.add(size, splatBits(f, 0xfff - ((127 - 15) << 23))), odd);
  const multiples = i32x4.sub(f32x4.add(size, splat(f, 0.5)), splatBits(f, bitsOf(0.5)));
  const isSmall = i32x4.lt_s(size, splatBits(f, bitsOf(2 ** -14)));
  const sign = v128.and(i32x4.shr_u(given, 16), splatBits(f, 0x8000));
  return v128.or(v128.bitselect(multiples, i32x4.shr_u(moved, 13), isSmall), sign);
}

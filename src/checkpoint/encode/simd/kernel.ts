/**
 * What the encoding kernels have in common: blocks of 32 numbers, and how a kernel knows what it cannot do.
 * @module
 */
import type { V128 } from "../../../backend/wasm/asm/expression.ts";
import type { FunctionBuilder, Local } from "../../../backend/wasm/asm/function.ts";
import { f32, f32x4, i32, i32x4, v128 } from "../../../backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../../backend/wasm/asm/module.ts";

/** Numbers in a block. */
export const BLOCK = 32;

/**
 * A kernel: `blocks` blocks at the address `from` become others at `to`. Its result is not 0 if it may have got a number
 * wrong: an infinity, a NaN, a very large one, or a block of very small ones. Then ../rows.ts does them all.
 */
export type Kernel = (from: number, to: number, blocks: number) => number;

/**
 * Adds a kernel to a module. `body` writes the code for one block; what it returns has a lane that is not 0 where the
 * kernel may be wrong.
 */
export function blockKernel(
  module: ModuleBuilder,
  name: string,
  bytes: { readonly from: number; readonly to: number },
  body: (f: FunctionBuilder, from: Local<"i32">, to: Local<"i32">) => V128,
): void {
  const parameters = { from: "i32", to: "i32", blocks: "i32" } as const;
  module.export(name, parameters, "i32", (f, { from, to, blocks }) => {
    const doubts = f.let(i32x4.splat(i32.const(0)));
    f.repeat(blocks, () => {
      f.set(doubts, v128.or(doubts, body(f, from, to)));
      f.increase(from, bytes.from);
      f.increase(to, bytes.to);
    });
    f.return(v128.any_true(doubts));
  });
}

/** The eight vectors of the block at `from`, each in a variable. */
export function loadBlock(f: FunctionBuilder, from: Local<"i32">): readonly V128[] {
  return Array.from({ length: BLOCK / 4 }, (_, i) => f.let(v128.load(from, 16 * i)));
}

export function splat(f: FunctionBuilder, value: number): V128 {
  return f.constant(f32x4.splat(f32.const(value)));
}

export function splatBits(f: FunctionBuilder, bits: number): V128 {
  return f.constant(i32x4.splat(i32.const(bits)));
}

/** The bits of a float32. */
export function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0];
}

/**
 * The bits of |x|. As integers they are in the order of the numbers, with infinity above them and NaN above infinity.
 * So one instruction finds the larger of two, where that of float32 takes seven on x64 for the sake of NaN.
 */
export function sizeBits(f: FunctionBuilder, x: V128): V128 {
  return v128.and(x, splatBits(f, 0x7fffffff));
}

/** The largest of the sizes, lane by lane. */
export function largestSize(f: FunctionBuilder, vectors: readonly V128[]): V128 {
  return vectors.map((x) => sizeBits(f, x)).reduce(i32x4.max_s);
}

/** Ones in the lanes whose size is not below `limit`, which is infinity at most. */
export function isLarge(f: FunctionBuilder, size: V128, limit: number): V128 {
  return i32x4.gt_s(size, splatBits(f, bitsOf(limit) - 1));
}

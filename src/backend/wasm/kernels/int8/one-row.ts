/**
 * y = W · x for one row of x, rounded to int8: decoding. As in kernels/matmul-one-row.ts the kernel takes one stream of
 * weights as fast as it comes, with a quarter or half of the bytes.
 *
 *               lane 0     lane 1     lane 2     lane 3       a tile is a group of four rows of W, a lane each,
 *     pair 0   [row 0      row 1      row 2      row 3]       and one row of x, whose pairs are copied to all lanes;
 *     pair 1   [row 0      row 1      row 2      row 3]       two sums of integers, so that one need not wait for
 *     …                                                       the other, and the sum of the blocks before
 *     x        [pair       pair       pair       pair ]
 *                                                             registers: 3 sums, 4 of x, 4 of weights
 * @module
 */
import { f32, f32x4, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { GROUP } from "../../formats/format.ts";
import { type IntegerFormat, PAIRS, STEP } from "../../formats/int8/format.ts";
import { scales } from "../../formats/int8/scales.ts";
import type { MultiplyAdd } from "../multiply-add.ts";
import { copies, ROW_BYTES } from "./quantize-rows.ts";

/**
 * Adds `oneRow_<name>(w, x, y, groups, pieces)` to a module: `y` [groups · 4] from `w`, groups of `pieces` pieces each,
 * and `x`, a row by itself of quantize-rows.ts.
 */
export function oneRow(
  module: ModuleBuilder,
  format: IntegerFormat,
  multiplyAdd: MultiplyAdd,
): void {
  const steps = PAIRS / STEP;
  const parameters = { w: "i32", x: "i32", y: "i32", groups: "i32", pieces: "i32" } as const;
  module.export(`oneRow_${format.name}`, parameters, undefined, (f, args) => {
    const { w, x, y, groups, pieces } = args;
    const at = f.let(x);
    const sum = f.let(f32x4.splat(f32.const(0)));
    const integers = [0, 1].map(() => f.let(i32x4.splat(i32.const(0))));
    const step = (step: number) => {
      const four = f.let(v128.load(at, 4 * STEP * step));
      format.pairs(f, w, step).forEach((weights, k) => {
        const product = i32x4.dot_i16x8_s(weights, copies(four, k));
        const to = integers[k % integers.length];
        f.set(to, i32x4.add(to, product));
      });
    };
    f.repeat(groups, () => {
      f.set(sum, f32x4.splat(f32.const(0)));
      f.set(at, x);
      f.repeat(pieces, () => {
        for (const one of integers) f.set(one, i32x4.splat(i32.const(0)));
        f.unrolled(steps, steps, step);
        const d = f32x4.mul(scales(f, w, format.factor), v128.load32_splat(at, 4 * PAIRS));
        const block = f32x4.convert_i32x4_s(i32x4.add(integers[0], integers[1]));
        f.set(sum, multiplyAdd(sum, block, d));
        f.increase(w, format.pieceBytes);
        f.increase(at, ROW_BYTES);
      });
      f.do(v128.store(y, sum));
      f.increase(y, 4 * GROUP);
    });
  });
}

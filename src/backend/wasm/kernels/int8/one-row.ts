/**
 * y = W · x for one row of x, rounded to int8: decoding. As in ../matmul-one-row.ts the kernel takes one stream of
 * weights as fast as it comes, with a quarter or half of the bytes.
 *
 *                 lane 0   lane 1   lane 2   lane 3      a tile is a group of four rows of W, a lane each, and one
 *     vector 0   [row 0    row 1    row 2    row 3]      row of x, whose pairs (or quads) are copied to all lanes
 *     vector 1   [row 0    row 1    row 2    row 3]
 *     …                                                  registers: a sum of integers and that of the blocks before,
 *     x          [pair     pair     pair     pair ]      4 of weights, 1–2 of x
 * @module
 */
import { f32, f32x4, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { GROUP } from "../../formats/format.ts";
import { type IntegerBlock, type IntegerFormat, STEP } from "../../formats/int8/format.ts";
import { multiplied } from "../../formats/int8/products.ts";
import { splatLane } from "../../formats/quants.ts";
import type { MultiplyAdd } from "../multiply-add.ts";

/**
 * Adds `oneRow_<name>(w, x, y, groups, pieces)` to a module: `y` [groups · 4] from `w`, groups of `pieces` pieces each,
 * and `x`, a row by itself of quantize-rows.ts.
 */
export function oneRow(
  module: ModuleBuilder,
  format: IntegerFormat,
  multiplyAdd: MultiplyAdd,
): void {
  const { products, head, steps, stepBytes, open } = multiplied(format);
  const { vectors, rowBytes } = products;
  const parameters = { w: "i32", x: "i32", y: "i32", groups: "i32", pieces: "i32" } as const;
  module.export(`oneRow_${format.name}`, parameters, undefined, (f, args) => {
    const { w, x, y, groups, pieces } = args;
    const at = f.let(x);
    const sum = f.let(f32x4.splat(f32.const(0)));
    const integers = f.let(i32x4.splat(i32.const(0)));
    const addBlock = ({ vectors: vectorsOf, scale, offset }: IntegerBlock) => {
      if (vectors > STEP) f.set(integers, i32x4.splat(i32.const(0)));
      const addStep = (step: number) => {
        const four = f.let(v128.load(at, 4 * STEP * step));
        vectorsOf(step).forEach((weights, k) => {
          const product = products.product(f, weights, splatLane(four, k));
          f.set(integers, vectors === STEP && k === 0 ? product : products.add(integers, product));
        });
      };
      if (vectors === STEP) addStep(0);
      else f.unrolled(vectors / STEP, vectors / STEP, addStep);
      const d = f32x4.mul(scale, v128.load32_splat(at, 4 * vectors));
      const block = f32x4.convert_i32x4_s(products.total(f, integers, at, 1, 0));
      const sumOfX = v128.load32_splat(at, 4 * (vectors + 1));
      // Not one behind the other: a block would wait for two multiply-adds of that before.
      if (offset) f.set(sum, f32x4.add(sum, multiplyAdd(f32x4.mul(offset, sumOfX), block, d)));
      else f.set(sum, multiplyAdd(sum, block, d));
      f.increase(at, rowBytes);
    };
    f.repeat(groups, () => {
      f.set(sum, f32x4.splat(f32.const(0)));
      f.set(at, x);
      f.repeat(pieces, () => {
        const step = open(f, w);
        if (head > 0) f.increase(w, head);
        f.repeat(steps, () => {
          const [first, ...others] = step(w);
          addBlock(first);
          // A loop of one round keeps V8 from loading for all blocks first: 1.2 times as fast.
          for (const block of others) f.unrolled(1, 1, () => addBlock(block));
          f.increase(w, stepBytes);
        });
      });
      f.do(v128.store(y, sum));
      f.increase(y, 4 * GROUP);
    });
  });
}

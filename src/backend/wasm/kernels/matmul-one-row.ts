/**
 * y = W · x for one row of x: decoding. Each weight is used once, so memory is the limit; the kernel has to take
 * one stream of weights as fast as it comes.
 *
 *              vector 0   vector 1  …         a tile is a group of four rows of W and one row of x:
 *     row 0   [w w w w]  [w w w w]            four sums of four lanes, a vector of x at a time,
 *     row 1   [w w w w]  [w w w w]            which stays in a register for all four rows
 *     row 2   [w w w w]  [w w w w]
 *     row 3   [w w w w]  [w w w w]            registers: 4 sums, 1–4 of x, 1–4 of weights
 *     x       [x x x x]  [x x x x]
 *
 * A sum waits some cycles for its last product. So groups without scales, whose weights take few registers, go two at a
 * time: eight sums, and two streams.
 * @module
 */
import { f32, f32x4, i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, pieceBytes, type WeightFormat } from "../formats/format.ts";
import type { MultiplyAdd } from "./multiply-add.ts";
import { changeUnit, FIRST_UNIT } from "./running-scale.ts";
import { laneSums } from "./transpose.ts";

/**
 * Adds `oneRow_<dtype>(w, x, y, groups, pieces)` to a module: `y` [groups · 4] from `w`, groups of `pieces` pieces
 * each, and `x`, a row as vectors in the format's order.
 */
export function matmulOneRow(
  module: ModuleBuilder,
  format: WeightFormat,
  multiplyAdd: MultiplyAdd,
): void {
  const parameters = { w: "i32", x: "i32", y: "i32", groups: "i32", pieces: "i32" } as const;
  const together = format.head === 0 ? 2 : 1;
  module.export(`oneRow_${format.dtype}`, parameters, undefined, (f, args) => {
    const { w, x, y, groups, pieces } = args;
    const rows = Array.from({ length: GROUP * together }, (_, row) => row);
    const zero = f32x4.splat(f32.const(0));
    const sums = rows.map(() => f.let(zero));
    const groupBytes = f.let(i32.mul(pieces, pieceBytes(format)));
    const streams = rows.filter((row) => row % GROUP === 0).map(() => f.let(w));
    const at = f.let(x);
    const unit = f.let(FIRST_UNIT);

    const take = (count: number) => {
      const from = streams.slice(0, count);
      for (const [i, stream] of from.entries()) {
        f.set(stream, i === 0 ? w : i32.add(from[i - 1], groupBytes));
      }
      const used = sums.slice(0, GROUP * count);
      for (const sum of used) f.set(sum, zero);
      f.set(at, x);
      f.set(unit, FIRST_UNIT);
      f.repeat(pieces, () => {
        if (format.isScaled) {
          for (const [row, factor] of changeUnit(f, unit, from[0]).entries()) {
            f.set(sums[row], f32x4.mul(sums[row], factor));
          }
        }
        const steps = from.map((stream) => {
          const step = format.open(f, stream, multiplyAdd);
          f.increase(stream, format.head);
          return step;
        });
        f.repeat(format.steps, () => {
          const xs = Array.from({ length: format.vectors }, (_, i) => f.let(v128.load(at, 16 * i)));
          for (const [row, sum] of used.entries()) {
            const group = Math.floor(row / GROUP);
            steps[group](from[group], row % GROUP).forEach((weights, i) => {
              f.set(sum, multiplyAdd(sum, weights, xs[i]));
            });
          }
          for (const stream of from) f.increase(stream, format.stepBytes);
          f.increase(at, 16 * format.vectors);
        });
      });
      for (let i = 0; i < count; i++) {
        const numbers = laneSums(f, used.slice(GROUP * i, GROUP * (i + 1)));
        f.do(v128.store(y, format.isScaled ? f32x4.mul(numbers, unit) : numbers, 4 * GROUP * i));
      }
      f.set(w, from[count - 1]);
      f.increase(y, 4 * GROUP * count);
    };
    if (together === 2) f.repeat(i32.shr_u(groups, 1), () => take(2));
    f.repeat(together === 2 ? i32.and(groups, 1) : groups, () => take(1));
  });
}

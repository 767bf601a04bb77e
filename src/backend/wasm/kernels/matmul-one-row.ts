/**
 * y = W · x for one row of x: decoding. Each weight is used once, so memory is the limit; the kernel has to take
 * one stream of weights as fast as it comes.
 *
 *              vector 0   vector 1  …         a tile is a group of four rows of W and one row of x:
 *     row 0   [w w w w]  [w w w w]            four sums of four lanes, a vector of x at a time,
 *     row 1   [w w w w]  [w w w w]            which stays in a register for all four rows
 *     row 2   [w w w w]  [w w w w]
 *     row 3   [w w w w]  [w w w w]            registers: 4 sums, 1–2 of x, 1–4 of weights
 *     x       [x x x x]  [x x x x]
 * @module
 */
import { f32, f32x4, i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, pieceBytes, type WeightFormat } from "../formats/format.ts";
import type { MultiplyAdd } from "./multiply-add.ts";
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
  const copies = format.head === 0 ? 4 : 1;
  module.export(`oneRow_${format.dtype}`, parameters, undefined, (f, args) => {
    const { w, x, y, groups, pieces } = args;
    const rows = Array.from({ length: GROUP }, (_, row) => row);
    const zero = f32x4.splat(f32.const(0));
    const sums = rows.map(() => f.let(zero));
    const groupBytes = f.let(i32.mul(pieces, pieceBytes(format)));
    const from = f.let(w);
    const at = f.let(x);
    f.repeat(groups, () => {
      for (const sum of sums) f.set(sum, zero);
      f.set(from, w);
      f.set(at, x);
      const piece = (copy: number) => {
        const step = format.open(f, from);
        f.increase(from, format.head);
        f.repeat(format.steps, () => {
          const xs = Array.from({ length: format.vectors }, (_, i) =>
            f.let(v128.load(at, 16 * (format.vectors * copy + i))),
          );
          for (const row of rows) {
            step(from, row, format.stepBytes * copy).forEach((weights, i) => {
              f.set(sums[row], multiplyAdd(sums[row], weights, xs[i]));
            });
          }
          if (copies === 1) move();
        });
      };
      const move = () => {
        f.increase(from, format.stepBytes * copies);
        f.increase(at, 16 * format.vectors * copies);
      };
      f.unrolled(pieces, copies, piece, copies === 1 ? undefined : move);
      f.do(v128.store(y, laneSums(f, sums)));
      f.increase(w, groupBytes);
      f.increase(y, 4 * GROUP);
    });
  });
}

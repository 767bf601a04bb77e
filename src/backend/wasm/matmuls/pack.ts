/**
 * From the rows of an array to panels: `width` numbers side by side for each k, k after k.
 *
 *     along:  k goes along the rows, a panel is `width` rows, turned    (x and W in y = x Wᵀ; dy in dx = dy W)
 *     down:   k goes down the rows, a panel is `width` columns          (W in dx = dy W; dy and x in dW = dyᵀ x)
 *
 * @module
 */
import { i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { transposed } from "../kernels/transpose.ts";

/**
 * Adds to a module, for panels of `width` numbers (a multiple of four) that are `panel` bytes apart, from rows that are `row`
 * bytes apart:
 *
 * - `down_<width>(from, row, to, panel, panels, k)`: k rows, `panels` panels side by side in each;
 * - `along_<width>(from, row, to, panel, panels, k)`: `panels` · width rows of k numbers. It takes four k at a time, so
 *   what it writes may go on to the next multiple of four.
 */
export function pack(module: ModuleBuilder, width: number): void {
  const where = { from: "i32", row: "i32", to: "i32" } as const;
  const counts = { panel: "i32", panels: "i32", k: "i32" } as const;
  const vectors = Array.from({ length: width / 4 }, (_, v) => v);

  module.export(`down_${width}`, { ...where, ...counts }, undefined, (f, args) => {
    const { from, row, to, panel, panels, k } = args;
    const [at, into] = [f.let(from), f.let(to)];
    f.repeat(k, () => {
      f.set(at, from);
      f.set(into, to);
      f.repeat(panels, () => {
        for (const v of vectors) f.do(v128.store(into, v128.load(at, 16 * v), 16 * v));
        f.increase(at, 4 * width);
        f.increase(into, panel);
      });
      f.increase(from, row);
      f.increase(to, 4 * width);
    });
  });

  module.export(`along_${width}`, { ...where, ...counts }, undefined, (f, args) => {
    const { from, row, to, panel, panels, k } = args;
    const into = f.let(to);
    const quads = f.let(i32.shr_u(i32.add(k, 3), 2));
    f.repeat(panels, () => {
      f.set(into, to);
      const rows = [f.let(from)];
      for (let r = 1; r < width; r++) rows.push(f.let(i32.add(rows[r - 1], row)));
      f.repeat(quads, () => {
        for (const v of vectors) {
          const four = rows.slice(4 * v, 4 * v + 4).map((at) => v128.load(at));
          for (const [i, column] of transposed(f, four).entries()) {
            f.do(v128.store(into, column, 4 * width * i + 16 * v));
          }
        }
        for (const at of rows) f.increase(at, 16);
        f.increase(into, 16 * width);
      });
      f.set(from, i32.add(rows[width - 1], i32.add(row, i32.mul(quads, -16))));
      f.increase(to, panel);
    });
  });
}

/**
 * The heart of all three matmuls of training: a tile of four rows by eight columns, C (+)= A · B.
 *
 *               b0 [····] [····]      for each k:
 *     a0 ░░░░      [····] [····]          load 2 vectors of B and 4 numbers of A,
 *     a1 ░░░░      [····] [····]          8 products and 8 sums
 *     a2 ░░░░      [····] [····]
 *     a3 ░░░░      [····] [····]      registers: 8 sums, 2 of B, 1 of A, 1 product
 *
 * Columns lie in the lanes, so that each element has one sum, over k from 0 upwards: its bits depend on nothing beside
 * it. (The kernels of inference have k in the lanes, since a row of W is all they read; here both sides are packed first.)
 * @module
 */
import { f32, f32x4, i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import type { MultiplyAdd } from "../kernels/multiply-add.ts";

/** Rows of a tile: A is packed in panels of so many. */
export const ROWS = 4;

/** Columns of a tile: B is packed in panels of so many. */
export const COLUMNS = 8;

/** Times that the loop over k is unrolled. */
const COPIES = 4;

/**
 * Adds `tiles(a, b, c, rowPanels, columnPanels, k, aPanel, bPanel, cRow, add)` to a module. Panel i of A is at a + i ·
 * aPanel and holds [k, {@link ROWS}]; panel j of B, at b + j · bPanel, [k, {@link COLUMNS}]. Rows of C are `cRow` bytes apart.
 * C becomes the product, or, where `add` is not 0, C + the product: the sum over k is complete before it is added.
 */
export function tiles(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  const where = { a: "i32", b: "i32", c: "i32" } as const;
  const counts = { rowPanels: "i32", columnPanels: "i32", k: "i32" } as const;
  const steps = { aPanel: "i32", bPanel: "i32", cRow: "i32", add: "i32" } as const;
  const vectors = Array.from({ length: COLUMNS / 4 }, (_, v) => v);
  const rows = Array.from({ length: ROWS }, (_, r) => r);
  module.export("tiles", { ...where, ...counts, ...steps }, undefined, (f, args) => {
    const { a, b, c, rowPanels, columnPanels, k, aPanel, bPanel, cRow, add } = args;
    const zero = f32x4.splat(f32.const(0));
    const [aAt, bAt, to] = [f.let(a), f.let(b), f.let(c)];
    const [aFrom, row] = [f.let(a), f.let(c)];
    f.repeat(columnPanels, () => {
      f.set(aFrom, a);
      f.set(to, c);
      f.repeat(rowPanels, () => {
        const sums = rows.map(() => vectors.map(() => f.let(zero)));
        f.set(aAt, aFrom);
        f.set(bAt, b);
        const step = (copy: number) => {
          const bs = vectors.map((v) => f.let(v128.load(bAt, 4 * COLUMNS * copy + 16 * v)));
          for (const r of rows) {
            const one = f.let(v128.load32_splat(aAt, 4 * (ROWS * copy + r)));
            for (const v of vectors) f.set(sums[r][v], multiplyAdd(sums[r][v], one, bs[v]));
          }
        };
        f.unrolled(k, COPIES, step, () => {
          f.increase(aAt, 4 * ROWS * COPIES);
          f.increase(bAt, 4 * COLUMNS * COPIES);
        });
        f.set(row, to);
        for (const r of rows) {
          for (const v of vectors) {
            f.if(add, () => f.set(sums[r][v], f32x4.add(v128.load(row, 16 * v), sums[r][v])));
            f.do(v128.store(row, sums[r][v], 16 * v));
          }
          f.increase(row, cRow);
        }
        f.increase(aFrom, aPanel);
        f.set(to, i32.add(to, i32.mul(cRow, ROWS)));
      });
      f.increase(b, bPanel);
      f.increase(c, 4 * COLUMNS);
    });
  });
}

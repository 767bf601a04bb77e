/**
 * The heart of the matmul of many rows: a tile of two rows of W, as float32, by four rows of x.
 *
 *             x0   x1   x2   x3      for each vector of four columns:
 *     W 0    [··] [··] [··] [··]         load 2 vectors of W and 4 of x,
 *     W 1    [··] [··] [··] [··]         8 products and 8 sums
 *
 *     registers: 8 sums, 2 of W, 4 of x, 1 product. More sums would not fit, and would go through memory.
 *
 * Six loads for 32 multiply-adds: the arithmetic is the limit. The lanes of a sum stay apart until all columns are
 * done, in the order of the kernel for one row, and so give its bits. A tile that takes numbers of x one by one and
 * has rows of W in the lanes does as many operations, but V8 needs an instruction more for each such load.
 * @module
 */
import { f32x4, i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import type { MultiplyAdd } from "./multiply-add.ts";
import { laneSums } from "./transpose.ts";

/** Rows of W in a tile. */
export const PAIR = 2;

/** Rows of x in a tile. */
export const TILE = 4;

/** Bytes of the sums of a tile: of each row of W, those of four rows of x. */
export const TILE_BYTES: number = PAIR * TILE * 16;

/** Of a format with scales, bytes that stand before each block of a pair (running-scale.ts). */
export const SCALE_BYTES: number = PAIR * 16;

/** Vectors of a row in a block with a scale. */
export const SCALED_VECTORS = 8;

/**
 * Adds to a module
 *
 * - `tiles(w, x, sums, pairs, vectors, tiles, tileStride)`: for `tiles` tiles of x, `tileStride` bytes apart, and
 *   `pairs` pairs of rows of W, one behind the other: sums += Σ over `vectors` of w [vectors, 2] · x [vectors, 4]. The
 *   sums lie tile by tile, in each pair by pair;
 * - `tiles_scaled`, the same where w is cut into blocks of {@link SCALED_VECTORS} vectors, each behind two factors for
 *   the sums of both rows;
 * - `finishTiles(sums, units, y, pairs, tiles, rowStride)`: the lanes of each sum added up, times the unit of its row of
 *   W, to `y`, in which the numbers of a row of x lie side by side and the rows are `rowStride` bytes apart.
 */
export function matmulTile(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  const ofPair = [0, 1];
  const ofTile = [0, 1, 2, 3];
  const all = ofPair.flatMap((row) => ofTile.map((token) => ({ row, token })));
  const where = { w: "i32", x: "i32", sums: "i32" } as const;
  const sizes = { pairs: "i32", vectors: "i32", tiles: "i32", tileStride: "i32" } as const;
  for (const isScaled of [false, true]) {
    const copies = isScaled ? SCALED_VECTORS : 4;
    const name = isScaled ? "tiles_scaled" : "tiles";
    module.export(name, { ...where, ...sizes }, undefined, (f, args) => {
      const { w, x, sums, pairs, vectors, tiles, tileStride } = args;
      const blocks = isScaled ? f.let(i32.div_u(vectors, i32.const(SCALED_VECTORS))) : undefined;
      const pairBytes = f.let(i32.mul(vectors, 16 * PAIR));
      if (blocks) f.increase(pairBytes, i32.mul(blocks, SCALE_BYTES));
      const pair = f.let(w);
      const row = f.let(w);
      const at = f.let(x);
      f.repeat(tiles, () => {
        f.set(pair, w);
        f.repeat(pairs, () => {
          const totals = all.map((_, i) => f.let(v128.load(sums, 16 * i)));
          f.set(row, pair);
          f.set(at, x);
          const step = (copy: number) => {
            const ws = ofPair.map((r) => f.let(v128.load(row, 16 * (PAIR * copy + r))));
            const xs = ofTile.map((token) => f.let(v128.load(at, 16 * (TILE * copy + token))));
            for (const [i, one] of all.entries()) {
              f.set(totals[i], multiplyAdd(totals[i], ws[one.row], xs[one.token]));
            }
          };
          const move = () => {
            f.increase(row, 16 * PAIR * copies);
            f.increase(at, 16 * TILE * copies);
          };
          if (blocks) {
            f.repeat(blocks, () => {
              const factors = ofPair.map((r) => f.let(v128.load(row, 16 * r)));
              for (const [i, one] of all.entries()) {
                f.set(totals[i], f32x4.mul(totals[i], factors[one.row]));
              }
              f.increase(row, SCALE_BYTES);
              f.unrolled(SCALED_VECTORS, copies, step, move);
            });
          } else f.unrolled(vectors, copies, step, move);
          for (const i of all.keys()) f.do(v128.store(sums, totals[i], 16 * i));
          f.increase(sums, TILE_BYTES);
          f.increase(pair, pairBytes);
        });
        f.increase(x, tileStride);
      });
    });
  }

  const count = { pairs: "i32", tiles: "i32", rowStride: "i32" } as const;
  const finish = { sums: "i32", units: "i32", y: "i32", ...count } as const;
  module.export("finishTiles", finish, undefined, (f, args) => {
    const { sums, units, y, pairs, tiles, rowStride } = args;
    const unit = f.let(units);
    const column = f.let(y);
    const to = f.let(y);
    f.repeat(tiles, () => {
      f.set(unit, units);
      f.set(column, y);
      f.repeat(pairs, () => {
        for (const row of ofPair) {
          const vectors = ofTile.map((token) => v128.load(sums, 16 * (TILE * row + token)));
          const ofRow = v128.load32_splat(unit, 4 * row);
          const numbers = f.let(f32x4.mul(laneSums(f, vectors), ofRow));
          f.set(to, column);
          for (const token of ofTile) {
            f.do(v128.store32_lane(to, numbers, token, 4 * row));
            f.increase(to, rowStride);
          }
        }
        f.increase(sums, TILE_BYTES);
        f.increase(column, 4 * PAIR);
        f.increase(unit, 4 * PAIR);
      });
      f.increase(y, i32.mul(rowStride, TILE));
    });
  });
}

/**
 * The heart of the matmul of many rows, rounded to int8: a tile of two groups of rows of W by four rows of x.
 *
 *                  x0   x1   x2   x3      for each pair (or quad) of columns:
 *     W 0–3       [++] [++] [++] [++]         load 2 vectors of W and a pair of each row of x, which are copied to all
 *     W 4–7       [++] [++] [++] [++]         lanes, 8 products and 8 sums
 *
 *     registers: 8 sums, 2 of W, 1–2 of x, 1 product
 *
 * At the end of a block of 32 columns each sum of integers becomes a float32, is scaled, and goes to y, where results
 * are added up. There are no lanes to be added: a lane is a row of W, and a vector of sums is four numbers of y.
 *
 * W is expanded to the integers that are multiplied before, once for all rows of x. A block of two groups:
 *
 *     vectors · 2 · 16    the vectors of both groups, which take turns
 *     2 · 16              the scales of both, as float32
 *     2 · 16              where there are offsets, those of both
 * @module
 */
import { f32x4, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { BLOCK, type IntegerBlock, type IntegerFormat, STEP } from "../../formats/int8/format.ts";
import { multiplied, type Products } from "../../formats/int8/products.ts";
import { splatLane } from "../../formats/quants.ts";
import type { MultiplyAdd } from "../multiply-add.ts";

/** Groups of rows of W in a tile. */
export const GROUPS = 2;

/** Rows of x in a tile. */
export const TILE = 4;

/** Bytes of a block of two groups. */
export function wideBytes({ vectors, hasOffset }: Products): number {
  return (vectors + (hasOffset ? 2 : 1)) * GROUPS * 16;
}

/**
 * Adds `expand_<name>(w, wide, pieces)` to a module: `pieces` pieces of one group, at `w`, to its vectors in `wide`, from
 * which those of the other group are 16 bytes away.
 */
export function expandGroup(module: ModuleBuilder, format: IntegerFormat): void {
  const { products, head, steps, stepBytes, open } = multiplied(format);
  const { vectors } = products;
  const parameters = { w: "i32", wide: "i32", pieces: "i32" } as const;
  module.export(`expand_${format.name}`, parameters, undefined, (f, { w, wide, pieces }) => {
    const expand = ({ vectors: vectorsOf, scale, offset }: IntegerBlock) => {
      for (let step = 0; step < vectors / STEP; step++) {
        vectorsOf(step).forEach((vector, k) => {
          f.do(v128.store(wide, vector, 16 * GROUPS * (STEP * step + k)));
        });
      }
      f.do(v128.store(wide, scale, 16 * GROUPS * vectors));
      if (offset) f.do(v128.store(wide, offset, 16 * GROUPS * (vectors + 1)));
      f.increase(wide, wideBytes(products));
    };
    f.repeat(pieces, () => {
      const step = open(f, w);
      if (head > 0) f.increase(w, head);
      f.repeat(steps, () => {
        step(w).forEach(expand);
        f.increase(w, stepBytes);
      });
    });
  });
}

/**
 * Adds `tiles_<products>(w, x, y, tiles, blocks, xBytes, yStride)` to a module: for `tiles` tiles, of which the rows of x are
 * `xBytes` bytes apart, y += w · x, in order of the blocks; `blocks` counts 32 columns. `y` is rows of W side by side, rows of x `yStride` bytes apart.
 */
export function matmulTile(
  module: ModuleBuilder,
  products: Products,
  multiplyAdd: MultiplyAdd,
): void {
  const { name, columns, vectors, rowBytes, hasOffset } = products;
  const groups = [0, 1];
  const tokens = [0, 1, 2, 3];
  const all = groups.flatMap((group) => tokens.map((token) => ({ group, token })));

  const operands = { w: "i32", x: "i32", y: "i32" } as const;
  const sizes = { tiles: "i32", blocks: "i32", xBytes: "i32", yStride: "i32" } as const;
  module.export(`tiles_${name}`, { ...operands, ...sizes }, undefined, (f, args) => {
    const { w, x, y, tiles, blocks, xBytes, yStride } = args;
    const at = f.let(x);
    const row = f.let(w);
    const ys = tokens.map(() => f.let(y));
    const sums = all.map(() => f.let(i32x4.splat(i32.const(0))));
    f.repeat(tiles, () => {
      f.set(at, x);
      f.set(row, w);
      tokens.forEach((t) => {
        f.set(ys[t], t === 0 ? y : i32.add(ys[t - 1], yStride));
      });
      const step = (k: number) => {
        const ws = groups.map((g) => f.let(v128.load(row, 16 * (GROUPS * k + g))));
        const four = f.let(v128.load(at, 4 * TILE * k));
        const xs = tokens.map((t) => f.let(splatLane(four, t)));
        for (const [i, { group, token }] of all.entries()) {
          f.set(sums[i], products.add(sums[i], products.product(f, ws[group], xs[token])));
        }
      };
      f.repeat(columns === BLOCK ? blocks : i32.mul(blocks, BLOCK / columns), () => {
        for (const sum of sums) f.set(sum, i32x4.splat(i32.const(0)));
        f.unrolled(vectors, vectors, step);
        for (const token of tokens) {
          const d = f.let(v128.load32_splat(at, 4 * (TILE * vectors + token)));
          for (const group of groups) {
            const both = f32x4.mul(v128.load(row, 16 * (GROUPS * vectors + group)), d);
            const block = f32x4.convert_i32x4_s(
              products.total(f, sums[TILE * group + token], at, TILE, 4 * token),
            );
            const before = v128.load(ys[token], 16 * group);
            const offset = v128.load(row, 16 * (GROUPS * (vectors + 1) + group));
            const sumOfX = v128.load32_splat(at, 4 * (TILE * (vectors + 1) + token));
            const after = hasOffset
              ? f32x4.add(before, multiplyAdd(f32x4.mul(offset, sumOfX), block, both))
              : multiplyAdd(before, block, both);
            f.do(v128.store(ys[token], after, 16 * group));
          }
        }
        f.increase(row, wideBytes(products));
        f.increase(at, TILE * rowBytes);
      });
      f.increase(x, xBytes);
      f.increase(y, i32.mul(yStride, TILE));
    });
  });
}

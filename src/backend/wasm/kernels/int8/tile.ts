/**
 * The heart of the matmul of many rows, rounded to int8: a tile of two groups of rows of W by four rows of x.
 *
 *                  x0   x1   x2   x3      for each pair of columns:
 *     W 0–3       [++] [++] [++] [++]         load 2 vectors of W and copies of 4 pairs of x,
 *     W 4–7       [++] [++] [++] [++]         8 products and 8 sums
 *
 *     registers: 8 sums, 2 of W, 4 of x, 1 product
 *
 * At the end of a block of 32 columns each sum of integers becomes a float32, is scaled, and goes to y, where results
 * are added up. There are no lanes to be added: a lane is a row of W, and a vector of sums is four numbers of y.
 *
 * W is expanded to 16 bits before, once for all rows of x. A block of two groups:
 *
 *     16 · 2 · 16    of each pair of columns, the vectors of both groups
 *     2 · 16         the scales of both, as float32
 * @module
 */
import { f32x4, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { type IntegerFormat, PAIRS, STEP } from "../../formats/int8/format.ts";
import { scales } from "../../formats/int8/scales.ts";
import type { MultiplyAdd } from "../multiply-add.ts";
import { copies, ROW_BYTES } from "./quantize-rows.ts";

/** Groups of rows of W in a tile. */
export const GROUPS = 2;

/** Rows of x in a tile. */
export const TILE = 4;

/** Bytes of a block of two groups. */
export const WIDE_BYTES: number = (PAIRS + 1) * GROUPS * 16;

/**
 * Adds `expand_<name>(w, wide, pieces)` to a module: `pieces` pieces of one group, at `w`, to its vectors in `wide`, from
 * which those of the other group are 16 bytes away.
 */
export function expandGroup(module: ModuleBuilder, format: IntegerFormat): void {
  const parameters = { w: "i32", wide: "i32", pieces: "i32" } as const;
  module.export(`expand_${format.name}`, parameters, undefined, (f, { w, wide, pieces }) => {
    f.repeat(pieces, () => {
      for (let step = 0; step < PAIRS / STEP; step++) {
        format.pairs(f, w, step).forEach((pair, k) => {
          f.do(v128.store(wide, pair, 16 * GROUPS * (STEP * step + k)));
        });
      }
      f.do(v128.store(wide, scales(f, w, format.factor), 16 * GROUPS * PAIRS));
      f.increase(w, format.pieceBytes);
      f.increase(wide, WIDE_BYTES);
    });
  });
}

/**
 * Adds `tiles_int8(w, x, y, tiles, blocks, xBytes, yStride)` to a module: for `tiles` tiles, of which the rows of x are
 * `xBytes` bytes apart, y += w · x, in order of the blocks. `y` is rows of W side by side, rows of x `yStride` bytes apart.
 */
export function matmulTile(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  const groups = [0, 1];
  const tokens = [0, 1, 2, 3];
  const all = groups.flatMap((group) => tokens.map((token) => ({ group, token })));

  const operands = { w: "i32", x: "i32", y: "i32" } as const;
  const sizes = { tiles: "i32", blocks: "i32", xBytes: "i32", yStride: "i32" } as const;
  module.export("tiles_int8", { ...operands, ...sizes }, undefined, (f, args) => {
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
      const pair = (k: number) => {
        const ws = groups.map((g) => f.let(v128.load(row, 16 * (GROUPS * k + g))));
        const four = f.let(v128.load(at, 4 * TILE * k));
        const xs = tokens.map((t) => f.let(copies(four, t)));
        for (const [i, { group, token }] of all.entries()) {
          const product = i32x4.dot_i16x8_s(ws[group], xs[token]);
          f.set(sums[i], i32x4.add(sums[i], product));
        }
      };
      f.repeat(blocks, () => {
        for (const sum of sums) f.set(sum, i32x4.splat(i32.const(0)));
        f.unrolled(PAIRS, PAIRS, pair);
        for (const token of tokens) {
          const d = f.let(v128.load32_splat(at, 4 * (TILE * PAIRS + token)));
          for (const group of groups) {
            const both = f32x4.mul(v128.load(row, 16 * (GROUPS * PAIRS + group)), d);
            const block = f32x4.convert_i32x4_s(sums[TILE * group + token]);
            const before = v128.load(ys[token], 16 * group);
            f.do(v128.store(ys[token], multiplyAdd(before, block, both), 16 * group));
          }
        }
        f.increase(row, WIDE_BYTES);
        f.increase(at, TILE * ROW_BYTES);
      });
      f.increase(x, xBytes);
      f.increase(y, i32.mul(yStride, TILE));
    });
  });
}

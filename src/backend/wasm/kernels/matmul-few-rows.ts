/**
 * y = W · x for a few rows of x: sequences that are decoded together. The tile is that of matmul-tile.ts, two rows of W
 * by four of x, but weights are widened in registers and never written: for so few tiles, storing them would cost more
 * than widening them again.
 *
 *     for each vector:  load and widen it for 2 rows of W, load 4 vectors of x, 8 products and 8 sums
 *
 * A block of a group, 16 vectors long, is used for all tiles before the next. So it comes from memory once, and while the
 * other tiles use it, the processor fetches some of the next by itself: WebAssembly cannot ask for it, and a load that
 * nobody waits for yet still blocks what comes after. Products are added up in the order of the other kernels.
 * @module
 */
import { i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, type WeightFormat } from "../formats/format.ts";
import { PAIR, TILE, TILE_BYTES } from "./matmul-tile.ts";
import type { MultiplyAdd } from "./multiply-add.ts";

/** Tiles up to which weights are not worth storing: bfloat16 takes 0.78 of the time with 4 tiles, 1.09 with 8. */
export const FEW_TILES = 4;

/** Vectors of a block. Two tiles take 15 % more time with blocks of 128, and about the same with blocks of 8. */
const BLOCK_VECTORS = 16;

/** Whether there is such a kernel: of formats whose pieces have no head. */
export function hasFewRows({ head }: WeightFormat): boolean {
  return head === 0;
}

/**
 * Adds `fewRows_<dtype>(w, x, sums, groups, groupBytes, pieces, tiles, tileStride)` to a module: for `groups` groups,
 * `groupBytes` apart, and `tiles` tiles of x, `tileStride` bytes apart: sums += Σ over `pieces` pieces of w · x. The sums
 * lie tile by tile, in each pair by pair.
 */
export function matmulFewRows(
  module: ModuleBuilder,
  format: WeightFormat,
  multiplyAdd: MultiplyAdd,
): void {
  const ofPair = Array.from({ length: PAIR }, (_, row) => row);
  const ofTile = Array.from({ length: TILE }, (_, token) => token);
  const all = ofPair.flatMap((row) => ofTile.map((token) => ({ row, token })));
  const pairsOfGroup = GROUP / PAIR;
  const pieceCopies = 4 / format.vectors;
  const blockPieces = BLOCK_VECTORS / format.vectors;

  const where = { w: "i32", x: "i32", sums: "i32", groups: "i32", groupBytes: "i32" } as const;
  const sizes = { pieces: "i32", tiles: "i32", tileStride: "i32" } as const;
  module.export(`fewRows_${format.dtype}`, { ...where, ...sizes }, undefined, (f, args) => {
    const { w, x, sums, groups, groupBytes, pieces, tiles, tileStride } = args;
    const step = format.open(f, w);
    const tileBytes = f.let(i32.mul(groups, TILE_BYTES * pairsOfGroup));
    const [from, xFrom] = [f.let(w), f.let(x)];
    const [piece, at] = [f.let(w), f.let(x)];
    const [tile, total] = [f.let(x), f.let(sums)];
    const [left, some] = [f.let(pieces), f.let(pieces)];
    f.repeat(groups, () => {
      f.set(from, w);
      f.set(xFrom, x);
      f.set(left, pieces);
      f.while(left, () => {
        f.set(some, i32.const(blockPieces));
        f.if(i32.lt_u(left, some), () => f.set(some, left));
        f.set(tile, xFrom);
        f.set(total, sums);
        f.repeat(tiles, () => {
          for (let pair = 0; pair < pairsOfGroup; pair++) {
            const place = TILE_BYTES * pair;
            const totals = all.map((_, i) => f.let(v128.load(total, place + 16 * i)));
            f.set(piece, from);
            f.set(at, tile);
            f.unrolled(
              i32.mul(some, format.vectors),
              pieceCopies * format.vectors,
              (copy) => {
                const [of, vector] = [Math.floor(copy / format.vectors), copy % format.vectors];
                const ws = ofPair.map((row) =>
                  f.let(step(piece, PAIR * pair + row, format.stepBytes * of)[vector]),
                );
                const xs = ofTile.map((token) => f.let(v128.load(at, 16 * (TILE * copy + token))));
                for (const [i, one] of all.entries()) {
                  f.set(totals[i], multiplyAdd(totals[i], ws[one.row], xs[one.token]));
                }
              },
              () => {
                f.increase(piece, format.stepBytes * pieceCopies);
                f.increase(at, 16 * TILE * pieceCopies * format.vectors);
              },
            );
            for (const i of all.keys()) f.do(v128.store(total, totals[i], place + 16 * i));
          }
          f.increase(tile, tileStride);
          f.increase(total, tileBytes);
        });
        f.increase(from, i32.mul(some, format.stepBytes));
        f.increase(xFrom, i32.mul(some, 16 * TILE * format.vectors));
        f.set(left, i32.add(left, i32.mul(some, -1)));
      });
      f.increase(w, groupBytes);
      f.increase(sums, TILE_BYTES * pairsOfGroup);
    });
  });
}

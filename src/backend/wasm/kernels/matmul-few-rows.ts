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
import type { I32 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, type Step, type WeightFormat } from "../formats/format.ts";
import { PAIR, TILE, TILE_BYTES } from "./matmul-tile.ts";
import type { MultiplyAdd } from "./multiply-add.ts";

/** Tiles up to which weights are not worth storing: bfloat16 takes 0.78 of the time with 4 tiles, 1.09 with 8. */
export const FEW_TILES = 4;

/** Vectors of a block. Two tiles take 15 % more time with blocks of 128, and about the same with blocks of 8. */
const BLOCK_VECTORS = 16;

/** Pairs of rows of W in a group. */
const PAIRS = GROUP / PAIR;

const ROWS_OF_PAIR = Array.from({ length: PAIR }, (_, row) => row);
const TOKENS_OF_TILE = Array.from({ length: TILE }, (_, token) => token);
/** The sums of a pair and a tile, in the order in which they lie. */
const SUMS = ROWS_OF_PAIR.flatMap((row) => TOKENS_OF_TILE.map((token) => ({ row, token })));

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
  const where = { w: "i32", x: "i32", sums: "i32", groups: "i32", groupBytes: "i32" } as const;
  const sizes = { pieces: "i32", tiles: "i32", tileStride: "i32" } as const;
  module.export(`fewRows_${format.dtype}`, { ...where, ...sizes }, undefined, (f, args) => {
    const { w, x, sums, groups, groupBytes, pieces, tiles, tileStride } = args;
    const step = format.open(f, w, multiplyAdd);
    const tileBytes = f.let(i32.mul(groups, TILE_BYTES * PAIRS));
    // Where the block begins: in the group, and in the first tile.
    const [from, xFrom] = [f.let(w), f.let(x)];
    const cursor = { w: f.let(w), x: f.let(x) };
    const [tile, total] = [f.let(x), f.let(sums)];
    const [left, some] = [f.let(pieces), f.let(pieces)];
    const vectors = i32.mul(some, format.vectors);

    const blockByTile = () => {
      for (let pair = 0; pair < PAIRS; pair++) {
        withSums(f, total, TILE_BYTES * pair, (totals) => {
          f.set(cursor.w, from);
          f.set(cursor.x, tile);
          addProducts(f, { format, step, multiplyAdd }, { cursor, pair, vectors, totals });
        });
      }
    };
    const blockByTiles = () => {
      f.set(tile, xFrom);
      f.set(total, sums);
      f.repeat(tiles, () => {
        blockByTile();
        f.increase(tile, tileStride);
        f.increase(total, tileBytes);
      });
    };
    const groupInBlocks = () => {
      f.set(from, w);
      f.set(xFrom, x);
      f.set(left, pieces);
      f.while(left, () => {
        f.set(some, i32.const(BLOCK_VECTORS / format.vectors));
        f.if(i32.lt_u(left, some), () => f.set(some, left));
        blockByTiles();
        f.increase(from, i32.mul(some, format.stepBytes));
        f.increase(xFrom, i32.mul(some, 16 * TILE * format.vectors));
        f.set(left, i32.add(left, i32.mul(some, -1)));
      });
    };
    f.repeat(groups, () => {
      groupInBlocks();
      f.increase(w, groupBytes);
      f.increase(sums, TILE_BYTES * PAIRS);
    });
  });
}

/** The sums of a pair and a tile in registers, while `body` adds to them. */
function withSums(
  f: FunctionBuilder,
  total: Local<"i32">,
  offset: number,
  body: (totals: readonly Local<"v128">[]) => void,
): void {
  const totals = SUMS.map((_, i) => f.let(v128.load(total, offset + 16 * i)));
  body(totals);
  for (const i of SUMS.keys()) f.do(v128.store(total, totals[i], offset + 16 * i));
}

/** totals += w · x over `vectors` vectors of a pair and of a tile, which the cursor passes. */
function addProducts(
  f: FunctionBuilder,
  kernel: {
    readonly format: WeightFormat;
    readonly step: Step;
    readonly multiplyAdd: MultiplyAdd;
  },
  block: {
    readonly cursor: { readonly w: Local<"i32">; readonly x: Local<"i32"> };
    readonly pair: number;
    readonly vectors: I32;
    readonly totals: readonly Local<"v128">[];
  },
): void {
  const { format, step, multiplyAdd } = kernel;
  const { cursor, pair, vectors, totals } = block;
  const pieceCopies = 4 / format.vectors;
  const addVector = (copy: number) => {
    const [of, vector] = [Math.floor(copy / format.vectors), copy % format.vectors];
    const ws = ROWS_OF_PAIR.map((row) =>
      f.let(step(cursor.w, PAIR * pair + row, format.stepBytes * of)[vector]),
    );
    const xs = TOKENS_OF_TILE.map((token) =>
      f.let(v128.load(cursor.x, 16 * (TILE * copy + token))),
    );
    for (const [i, { row, token }] of SUMS.entries()) {
      f.set(totals[i], multiplyAdd(totals[i], ws[row], xs[token]));
    }
  };
  f.unrolled(vectors, pieceCopies * format.vectors, addVector, () => {
    f.increase(cursor.w, format.stepBytes * pieceCopies);
    f.increase(cursor.x, 16 * TILE * pieceCopies * format.vectors);
  });
}

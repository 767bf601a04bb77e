/**
 * The two ways in which a block of W is multiplied with a block of x.
 *
 *     pairs    two columns of 16 bits in a lane of 32; sums of 32 bits       8 products in two instructions
 *     quads    four columns of 8 bits; two sums of 16 bits in a lane        16 products in two instructions
 *
 * Quads need relaxed SIMD, and integers of W from 0 to 127. So those of four bits are taken as they are stored, 8 too
 * large, and 8 · Σ x is taken off at the end of a block. A sum of 16 columns is at most 16 · 15 · 127 = 30480, which
 * 16 bits hold.
 *
 * A block of `rows` rows of x, which take turns (one row, or a tile):
 *
 *     vectors · rows · 4    of each vector of W, the columns that it is multiplied with, of each row
 *     rows · 4              d of each row, as float32
 *     rows · 4              quads only: −8 · Σ of each row's integers
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16, i16x8, i32, i32x4, relaxed, v128 } from "../../asm/instructions.ts";
import { BLOCK, type IntegerFormat, OFFSET, PAIRS, type Vectors } from "./format.ts";

export interface Products {
  readonly name: "pairs" | "quads";
  /** Vectors of a block of W. */
  readonly vectors: number;
  /** Bytes of a row's part of a block of x. */
  readonly rowBytes: number;
  /** sum + w · x; sums begin as zeros. */
  multiplyAdd(sum: V128, w: V128, x: V128): V128;
  /** The sum of a block as integers of 32 bits; `row` is the address of the row's part of the first vector. */
  total(f: FunctionBuilder, sum: V128, row: I32, rows: number, offset: number): V128;
  /** Writes columns 8 · `i` … 8 · `i` + 7 of a row, given as integers of 16 bits. */
  store(f: FunctionBuilder, row: I32, rows: number, i: number, eight: V128): void;
  /** Writes what else a block has, given the sums of its columns j, 8 + j, 16 + j and 24 + j. */
  finish(f: FunctionBuilder, row: I32, rows: number, sums: V128): void;
}

const pairs: Products = {
  name: "pairs",
  vectors: PAIRS,
  rowBytes: 4 * (PAIRS + 1),
  multiplyAdd: (sum, w, x) => i32x4.add(sum, i32x4.dot_i16x8_s(w, x)),
  total: (_, sum) => sum,
  store(f, row, rows, i, eight) {
    for (let pair = 0; pair < 4; pair++) {
      f.do(v128.store32_lane(row, eight, pair, 4 * rows * (4 * i + pair)));
    }
  },
  finish() {},
};

const QUADS = BLOCK / 4;
/** Of eight columns those of the first quad, those of the second. */
const IN_QUADS = [0, 4, 1, 5, 2, 6, 3, 7];

const quads: Products = {
  name: "quads",
  vectors: QUADS,
  rowBytes: 4 * (QUADS + 2),
  multiplyAdd: (sum, w, x) => i16x8.add(sum, relaxed.i16x8_dot_i8x16_i7x16_s(x, w)),
  total(f, sum, row, rows, offset) {
    const ones = f.constant(i16x8.splat(i32.const(1)));
    const tooMuch = v128.load32_splat(row, 4 * rows * (QUADS + 1) + offset);
    return i32x4.add(i32x4.dot_i16x8_s(sum, ones), tooMuch);
  },
  store(f, row, rows, i, eight) {
    const bytes = f.let(i8x16.narrow_i16x8_s(eight, eight));
    const both = f.let(i8x16.shuffle(bytes, bytes, [...IN_QUADS, ...IN_QUADS]));
    for (const half of [0, 1]) {
      f.do(v128.store32_lane(row, both, half, 4 * rows * (2 * i + half)));
    }
  },
  finish(f, row, rows, sums) {
    let all = f.let(i32x4.dot_i16x8_s(sums, f.constant(i16x8.splat(i32.const(-OFFSET)))));
    for (const by of [8, 4]) {
      const turned = Array.from({ length: 16 }, (_, i) => (i + by) % 16);
      all = f.let(i32x4.add(all, i8x16.shuffle(all, all, turned)));
    }
    f.do(v128.store32_lane(row, all, 0, 4 * rows * (QUADS + 1)));
  },
};

/** Both. */
export const PRODUCTS: readonly Products[] = [pairs, quads];

/** How a format is multiplied: the code for its vectors, and the power of two by which they are too large. */
export function multiplied(format: IntegerFormat): {
  readonly products: Products;
  readonly factor: number;
  readonly vectors: Vectors;
} {
  if (format.quads) return { products: quads, factor: 1, vectors: format.quads };
  return { products: pairs, factor: format.factor, vectors: format.pairs };
}

/**
 * The two ways in which a block of W is multiplied with a block of x.
 *
 *     pairs    two columns of 16 bits in a lane of 32; sums of 32 bits       8 products in two instructions
 *     quads    four columns of 8 bits; two sums of 16 bits in a lane        16 products in two instructions
 *
 * Quads need relaxed SIMD, and integers of W from 0 to 127. So those of four bits are taken as they are stored, 8 too
 * large, and 8 · Σ x is taken off at the end of a block. A sum of 16 columns is at most 16 · 15 · 127 = 30480, which
 * 16 bits hold. Where numbers have an offset, blocks are 16 columns, and Σ x is multiplied with it.
 *
 * A block of `rows` rows of x, which take turns (one row, or a tile):
 *
 *     vectors · rows · 4    of each vector of W, the columns that it is multiplied with, of each row
 *     rows · 4              d of each row, as float32
 *     rows · 4              quads: −8 · Σ of each row's integers; with an offset: d · Σ, as float32, which is exact
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { f32x4, i8x16, i16x8, i32, i32x4, relaxed, v128 } from "../../asm/instructions.ts";
import {
  BLOCK,
  hasSubBlocks,
  type IntegerBlock,
  type IntegerFormat,
  OFFSET,
  PAIRS,
  STEPS,
  SUB_BLOCK,
} from "./format.ts";
import { scales } from "./scales.ts";

export interface Products {
  readonly name: "pairs" | "quads" | "offsetQuads" | "largeQuads";
  /** Columns of a block. */
  readonly columns: number;
  /** Whether blocks of W have offsets. */
  readonly hasOffset: boolean;
  /** Vectors of a block of W. */
  readonly vectors: number;
  /** Bytes of a row's part of a block of x. */
  readonly rowBytes: number;
  /** w · x */
  product(f: FunctionBuilder, w: V128, x: V128): V128;
  /** Adds a product to a sum, which begins as zeros or as the first product. */
  add(sum: V128, product: V128): V128;
  /** The sum of a block as integers of 32 bits; `row` is the address of the row's part of the first vector. */
  total(f: FunctionBuilder, sum: V128, row: I32, rows: number, offset: number): V128;
  /** Writes columns 8 · `i` … 8 · `i` + 7 of a row, given as integers of 16 bits. */
  store(f: FunctionBuilder, row: I32, rows: number, i: number, eight: V128): void;
  /** Writes what else a block has, given d and the sums of its columns j, 8 + j and so on. */
  finish(f: FunctionBuilder, row: I32, rows: number, sums: V128, d: V128): void;
}

const pairs: Products = {
  name: "pairs",
  columns: BLOCK,
  hasOffset: false,
  vectors: PAIRS,
  rowBytes: 4 * (PAIRS + 1),
  product: (_, w, x) => i32x4.dot_i16x8_s(w, x),
  add: i32x4.add,
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
  columns: BLOCK,
  hasOffset: false,
  vectors: QUADS,
  rowBytes: 4 * (QUADS + 2),
  product: (_, w, x) => relaxed.i16x8_dot_i8x16_i7x16_s(x, w),
  add: i16x8.add,
  total(f, sum, row, rows, offset) {
    const ones = f.constant(i16x8.splat(i32.const(1)));
    const tooMuch = v128.load32_splat(row, 4 * rows * (QUADS + 1) + offset);
    return i32x4.add(i32x4.dot_i16x8_s(sum, ones), tooMuch);
  },
  store: storeQuads,
  finish(f, row, rows, sums) {
    f.do(v128.store32_lane(row, total(f, sums, -OFFSET), 0, 4 * rows * (QUADS + 1)));
  },
};

const SUB_QUADS = SUB_BLOCK / 4;

const offsetQuads: Products = {
  name: "offsetQuads",
  columns: SUB_BLOCK,
  hasOffset: true,
  vectors: SUB_QUADS,
  rowBytes: 4 * (SUB_QUADS + 2),
  product: quads.product,
  add: quads.add,
  total: (f, sum) => i32x4.dot_i16x8_s(sum, f.constant(i16x8.splat(i32.const(1)))),
  store: storeQuads,
  finish(f, row, rows, sums, d) {
    const all = f32x4.mul(f32x4.convert_i32x4_s(total(f, sums, 1)), d);
    f.do(v128.store32_lane(row, all, 0, 4 * rows * (SUB_QUADS + 1)));
  },
};

function storeQuads(f: FunctionBuilder, row: I32, rows: number, i: number, eight: V128): void {
  const bytes = f.let(i8x16.narrow_i16x8_s(eight, eight));
  const both = f.let(i8x16.shuffle(bytes, bytes, [...IN_QUADS, ...IN_QUADS]));
  for (const half of [0, 1]) {
    f.do(v128.store32_lane(row, both, half, 4 * rows * (2 * i + half)));
  }
}

/** `factor` times the sum of eight integers of 16 bits, in all lanes. */
function total(f: FunctionBuilder, sums: V128, factor: number): V128 {
  let all = f.let(i32x4.dot_i16x8_s(sums, f.constant(i16x8.splat(i32.const(factor)))));
  for (const by of [8, 4]) {
    const turned = Array.from({ length: 16 }, (_, i) => (i + by) % 16);
    all = f.let(i32x4.add(all, i8x16.shuffle(all, all, turned)));
  }
  return all;
}

/** Two products of six bits are 2 · 63 · 127 = 16002: four of them are more than 16 bits hold. */
const largeQuads: Products = {
  ...offsetQuads,
  name: "largeQuads",
  product(f, w, x) {
    return i32x4.dot_i16x8_s(quads.product(f, w, x), f.constant(i16x8.splat(i32.const(1))));
  },
  add: i32x4.add,
  total: (_, sum) => sum,
};

/** All of them. */
export const PRODUCTS: readonly Products[] = [pairs, quads, offsetQuads, largeQuads];

/** How a format is multiplied: a piece is a head, and steps of some blocks each. */
export interface Multiplied {
  readonly products: Products;
  readonly head: number;
  readonly steps: number;
  readonly stepBytes: number;
  /** Writes the code for the head, which gives the code for each step. */
  readonly open: (f: FunctionBuilder, piece: Local<"i32">) => (at: Local<"i32">) => IntegerBlock[];
}

/** That of `format`. */
export function multiplied(format: IntegerFormat): Multiplied {
  if (hasSubBlocks(format)) {
    const { head, stepBytes, open, isLarge } = format;
    return { products: isLarge ? largeQuads : offsetQuads, head, steps: STEPS, stepBytes, open };
  }
  const { quads: ofQuads, pairs: ofPairs, factor } = format;
  const [vectors, power, products] = ofQuads ? [ofQuads, 1, quads] : [ofPairs, factor, pairs];
  return {
    products,
    head: 0,
    steps: 1,
    stepBytes: format.pieceBytes,
    open: (f) => (at) => [{ vectors: (step) => vectors(f, at, step), scale: scales(f, at, power) }],
  };
}

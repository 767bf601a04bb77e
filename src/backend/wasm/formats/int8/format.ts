/**
 * How the weights of one dtype lie in memory where activations are rounded to int8, and how they become integers of 16
 * bits in registers, or of 8 where the machine multiplies these (products.ts).
 *
 * Products of integers are added up in lanes of 32 bits, two columns at a time. Here a lane is a row: the four rows
 * of a group lie side by side, and the pair of x that they share is copied to all lanes. So a vector of sums is a
 * vector of results, and a block ends without adding lanes up.
 *
 *     pair k of columns        row 0      row 1      row 2      row 3
 *     weights, int16         [2k 2k+1 | 2k 2k+1 | 2k 2k+1 | 2k 2k+1]
 *     x, int16               [2k 2k+1 | 2k 2k+1 | 2k 2k+1 | 2k 2k+1]
 *     sums, int32            [   +    |    +    |    +    |    +   ]   i32x4.dot_i16x8_s, and a sum
 *
 * A piece is a block of 32 columns of four rows: their scales, as float16, and their integers. All kernels add up the
 * blocks of a row in order, each as one float32: Σ of its products · (scale of w · scale of x). The integers are exact
 * in any order. That is why a token gets the same bits alone, in a batch, and in a prefill.
 * @module
 */
import type { DType } from "../../../../tensor/stored.ts";
import type { V128 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import type { Packing } from "../format.ts";

/** Columns of a block. */
export const BLOCK = 32;

/** Pairs of columns of a block. */
export const PAIRS: number = BLOCK / 2;

/** Bytes of the scales of a piece: four of float16. */
export const SCALES = 8;

/** The part of a piece that a kernel has in registers at a time: V8 loads all that a stretch of code needs at once. */
export const STEP = 4;

/** A format whose matrices are multiplied in integers. */
export type IntegerFormat = BlockFormat | SubBlockFormat;

/** Of blocks of 32 columns with a scale each. A piece is a block. */
export interface BlockFormat extends Packing {
  /** What kernels and matrices call it. */
  readonly name: string;
  /** As stored. */
  readonly dtype: DType;
  /** Bytes of a piece. */
  readonly pieceBytes: number;
  /** The power of two by which the integers in registers are too large; the scales make up for it. */
  readonly factor: number;
  /**
   * Writes the code for pairs 4 · `step` … 4 · `step` + 3 of a piece, as expressions to be used once: of each, eight
   * integers of 16 bits, the pairs of the four rows.
   */
  readonly pairs: Vectors;
  /**
   * As bytes from 0 to 127 instead, {@link OFFSET} too large, four columns of each row: quads 4 · `step` … 4 · `step` + 3.
   * Of each eight columns the first quad has 0, 4, 1 and 5, the second 2, 6, 3 and 7. Formats that have them need relaxed
   * SIMD, and are multiplied in them.
   */
  readonly quads?: Vectors;
}

/**
 * Of blocks of 256 columns, whose sub-blocks have scales, and offsets. A piece is a block: a head, and steps of 32 columns.
 *
 * Integers are quads, from 0 on, of {@link SUB_BLOCK} columns at a time, as few as the smallest sub-blocks have. Of up to five
 * bits, those are few enough for sums of 16 bits: each has 8 products, 8 · 31 · 127 = 31496.
 */
export interface SubBlockFormat extends Packing {
  readonly name: string;
  readonly dtype: DType;
  readonly head: number;
  readonly stepBytes: number;
  /** Whether sums need 32 bits. */
  readonly isLarge?: boolean;
  /** Writes the code for the head of a piece, which gives the code for each of its steps. */
  readonly open: (f: FunctionBuilder, piece: Local<"i32">) => (at: Local<"i32">) => IntegerBlock[];
}

/** Columns that a {@link SubBlockFormat} is multiplied in at a time. */
export const SUB_BLOCK = 16;

/** Columns of its pieces. */
export const SUPER_BLOCK = 256;

/** Steps of its pieces. */
export const STEPS: number = SUPER_BLOCK / BLOCK;

/** Columns of four rows that have scales in common. A number is scale · q + offset. */
export interface IntegerBlock {
  /** Vectors 4 · `step` … 4 · `step` + 3. */
  readonly vectors: (step: number) => readonly V128[];
  readonly scale: V128;
  readonly offset?: V128;
}

/** Whether a format is one of blocks with sub-blocks. */
export function hasSubBlocks(format: IntegerFormat): format is SubBlockFormat {
  return "open" in format;
}

/** Columns of a piece, and its bytes. */
export function integerPiece(format: IntegerFormat): {
  readonly columns: number;
  readonly bytes: number;
} {
  if (!hasSubBlocks(format)) return { columns: BLOCK, bytes: format.pieceBytes };
  return { columns: SUPER_BLOCK, bytes: format.head + STEPS * format.stepBytes };
}

/** Writes the code for four vectors of a piece. */
export type Vectors = (f: FunctionBuilder, piece: Local<"i32">, step: number) => readonly V128[];

/** What integers are too large by as quads. */
export const OFFSET = 8;

/**
 * How the weights of one dtype lie in memory, and how they become float32 in registers.
 *
 * Four rows of a matrix, a *group*, are interleaved in *pieces* of some columns, so that a kernel that works on
 * four rows reads one stream from front to back:
 *
 *     group 0: piece 0 (rows 0–3), piece 1 (rows 0–3), …   group 1: piece 0 (rows 4–7), …
 *
 * A row is cut into vectors of four numbers. All kernels add products up in the same order, whatever the number of
 * rows of x: lane j of vector 0, 1, 2, … in turn, then the four lanes ((0 + 1) + 2) + 3. That is why a token gets
 * the same bits alone, in a batch, and in a prefill.
 * @module
 */
import type { DType } from "../../../tensor/stored.ts";
import type { I32, V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";

/** Rows that are interleaved. */
export const GROUP = 4;

/** Numbers in a vector. */
export const LANES = 4;

/**
 * The vectors of one row's part of a step: writes the code that is needed, and gives them in order, as expressions
 * to be used once.
 * @param at the address of the step.
 * @param offset is added to it, in formats without a head.
 */
export type Step = (at: Local<"i32">, row: number, offset?: number) => readonly V128[];

/** sum + a · b, rounded once or, where the machine has no such instruction, twice. */
export type MultiplyAdd = (sum: V128, a: V128, b: V128) => V128;

/** How four rows as stored become the pieces of a group. */
export interface Packing {
  /** Bytes of a row's part of a piece, as stored. */
  readonly storedBytes: number;
  /**
   * Writes the code that packs one piece from `rows`, four addresses of stored bytes. It returns a value that
   * is not 0 where a number cannot be told from others once packed: an infinity or a NaN.
   */
  pack(f: FunctionBuilder, rows: readonly I32[], piece: I32): I32 | undefined;
}

/** A piece: a head that its rows and steps share (scales), then steps, each of some vectors of four rows. */
export interface WeightFormat extends Packing {
  readonly dtype: DType;
  /** Bytes of the head. */
  readonly head: number;
  /** Steps of a piece. V8 computes a loop's body only after all its loads, so a body has to be small. */
  readonly steps: number;
  /** Bytes of a step, of four rows. */
  readonly stepBytes: number;
  /** Vectors of a row in a step. */
  readonly vectors: number;
  /**
   * How columns are dealt to vectors: of 4 · `stride` columns, lane j of vector k holds column stride · j + k.
   * So integers of several columns in one lane of 32 bits come apart by shifts.
   */
  readonly stride: number;
  /**
   * Whether vectors are integers. The head then holds the scales of rows 0–3 as float32, by which they become numbers;
   * they are not 0. Otherwise vectors are numbers.
   */
  readonly isScaled?: boolean;
  /**
   * Writes the code for the head of a piece, which gives the code for each of its steps.
   * @param multiplyAdd for numbers with an offset. Their products are exact, so fused or not, the sum is rounded once.
   */
  open(f: FunctionBuilder, piece: Local<"i32">, multiplyAdd: MultiplyAdd): Step;
}

/** Columns of a piece: rows are filled up with zeros to a multiple of them. */
export function pieceColumns({ steps, vectors }: WeightFormat): number {
  return steps * vectors * LANES;
}

/** Bytes of a piece, of four rows. */
export function pieceBytes({ head, steps, stepBytes }: WeightFormat): number {
  return head + steps * stepBytes;
}

/**
 * Four vectors of four as rows of a matrix, and its columns.
 *
 *     a0 a1 a2 a3        a0 b0 a1 b1   low halves        a0 b0 c0 d0
 *     b0 b1 b2 b3   →    a2 b2 a3 b3   and high    →     a1 b1 c1 d1
 *     c0 c1 c2 c3        c0 d0 c1 d1   halves,           a2 b2 c2 d2
 *     d0 d1 d2 d3        c2 d2 c3 d3   interleaved       a3 b3 c3 d3
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32x4, i8x16 } from "../asm/instructions.ts";

/** The columns of the matrix whose rows are four vectors. */
export function transposed(f: FunctionBuilder, rows: readonly V128[]): Local<"v128">[] {
  const [a, b, c, d] = rows.map((row) => f.let(row));
  const [low, high] = [words(0, 4, 1, 5), words(2, 6, 3, 7)];
  const [ab, cd] = [f.let(low(a, b)), f.let(low(c, d))];
  const [abHigh, cdHigh] = [f.let(high(a, b)), f.let(high(c, d))];
  const [first, second] = [words(0, 1, 4, 5), words(2, 3, 6, 7)];
  return [first(ab, cd), second(ab, cd), first(abHigh, cdHigh), second(abHigh, cdHigh)].map(
    (column) => f.let(column),
  );
}

/** The sums of four vectors' lanes, ((0 + 1) + 2) + 3 of each. */
export function laneSums(f: FunctionBuilder, vectors: readonly V128[]): V128 {
  const [first, ...rest] = transposed(f, vectors);
  return rest.reduce<V128>((sum, column) => f32x4.add(sum, column), first);
}

/** A shuffle of words of 32 bits: 0–3 are those of the first vector, 4–7 of the second. */
function words(...indices: readonly number[]): (a: V128, b: V128) => V128 {
  const bytes = indices.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte));
  return (a, b) => i8x16.shuffle(a, b, bytes);
}

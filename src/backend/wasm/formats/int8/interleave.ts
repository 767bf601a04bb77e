/**
 * Four rows side by side: words of theirs take turns.
 *
 *     a0 a1 a2 …         a0 b0 a1 b1 …      a0 b0 c0 d0
 *     b0 b1 b2 …    →    c0 d0 c1 d1 …  →   a1 b1 c1 d1
 *     c0 c1 c2 …                            …
 *     d0 d1 d2 …
 * @module
 */
import type { V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { i8x16 } from "../../asm/instructions.ts";

/** Four vectors, cut into words of `bytes` bytes that take turns: word 0 of each, word 1 of each, … */
export function interleaved(f: FunctionBuilder, rows: readonly V128[], bytes: number): V128[] {
  const [a, b, c, d] = rows.map((row) => f.let(row));
  const [ab, cd] = [zipped(f, a, b, bytes), zipped(f, c, d, bytes)];
  return [0, 1].flatMap((half) => zipped(f, ab[half], cd[half], 2 * bytes));
}

/** The words of two vectors in turn: of their first halves, of their second. */
function zipped(f: FunctionBuilder, a: V128, b: V128, bytes: number): V128[] {
  return [0, 8].map((begin) => {
    const words = Array.from({ length: 8 / bytes }, (_, i) => begin + bytes * i);
    const each = Array.from({ length: bytes }, (_, i) => i);
    const lanes = words.flatMap((at) => [
      ...each.map((i) => at + i),
      ...each.map((i) => 16 + at + i),
    ]);
    return f.let(i8x16.shuffle(a, b, lanes));
  });
}

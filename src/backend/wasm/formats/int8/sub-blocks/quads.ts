/**
 * Integers of four rows as quads: of each eight columns the first quad has 0, 4, 1 and 5, the second 2, 6, 3 and 7.
 * @module
 */
import type { I32, V128 } from "../../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../../asm/function.ts";
import { i8x16 } from "../../../asm/instructions.ts";
import { interleaved } from "../interleave.ts";

/** Of sixteen columns, a byte each, four quads. */
const IN_QUADS = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15];

/** Four vectors, each a quad of each row, of the sixteen columns of each row that `columns` gives, a byte each. */
export function quadsOf(
  f: FunctionBuilder,
  rows: readonly I32[],
  columns: (row: I32) => V128,
): Local<"v128">[] {
  const each = rows.map((row) => {
    const sixteen = f.let(columns(row));
    return i8x16.shuffle(sixteen, sixteen, IN_QUADS);
  });
  return interleaved(f, each, 4).map((vector) => f.let(vector));
}

/**
 * Rows of a weight as stored, packed into the pieces of its format.
 * @module
 */
import { i32 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, type Packing } from "../formats/format.ts";

/**
 * Adds `pack_<name>(rows, rowStride, to, pieces)` to a module: four rows, `rowStride` bytes apart, into one group of
 * pieces of `pieceBytes`. It returns 0, or another number where a float16 is an infinity or a NaN.
 */
export function packWeights(
  module: ModuleBuilder,
  name: string,
  format: Packing,
  pieceBytes: number,
): void {
  const parameters = { rows: "i32", rowStride: "i32", to: "i32", pieces: "i32" } as const;
  module.export(`pack_${name}`, parameters, "i32", (f, args) => {
    const { rows, rowStride, to, pieces } = args;
    const each = [f.let(rows)];
    for (let r = 1; r < GROUP; r++) each.push(f.let(i32.add(each[r - 1], rowStride)));
    const suspect = f.let(i32.const(0));
    f.repeat(pieces, () => {
      const found = format.pack(f, each, to);
      if (found) f.set(suspect, i32.or(suspect, found));
      for (const row of each) f.increase(row, format.storedBytes);
      f.increase(to, pieceBytes);
    });
    f.return(suspect);
  });
}

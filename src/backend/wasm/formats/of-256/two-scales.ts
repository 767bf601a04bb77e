/**
 * The float16 scales d and e of a block whose numbers have offsets, widened to float32 when a weight is packed. They are
 * often so small that they are subnormal float16, whose bits as those of a float32 cost a product dozens of cycles.
 * @module
 */
import type { I32 } from "../../asm/expression.ts";
import type { FunctionBuilder, Local } from "../../asm/function.ts";
import { i32, v128 } from "../../asm/instructions.ts";
import { packScale } from "../pack-scale.ts";

/** Bytes of d and e of four rows. */
export const HEAD = 32;

/**
 * Writes d times `factor`, a power of two, and −e of `rows`, whose blocks have both at `from`, to `piece`.
 * @returns a value that is not 0 if one is an infinity or a NaN.
 */
export function packTwoScales(
  f: FunctionBuilder,
  rows: readonly I32[],
  from: number,
  piece: I32,
  factor: number,
): I32 {
  const suspects = rows.flatMap((row, r) => [
    packScale(f, row, from, piece, 4 * r, factor),
    packScale(f, row, from + 2, piece, 16 + 4 * r, -1),
  ]);
  return suspects.reduce(i32.or);
}

/** d and −e of four rows. */
export function twoScales(
  f: FunctionBuilder,
  piece: Local<"i32">,
): { readonly d: Local<"v128">; readonly e: Local<"v128"> } {
  return { d: f.let(v128.load(piece)), e: f.let(v128.load(piece, 16)) };
}

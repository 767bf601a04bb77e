/**
 * Sums of blocks that have a scale each. With integers q and a scale d_b of block b, a row of W times x is
 *
 *     Σ_b d_b · Σ_j q_bj · x_bj  =  d_n · S_n,      S_b = S_(b−1) · (d_(b−1) / d_b) + Σ_j q_bj · x_bj
 *
 * S is the sum so far in units of the scale of its last block. So a block costs one product more, where d · q would
 * cost one for each number. The rounding of quotient and product is that of two more terms of the sum.
 *
 * d is not 0: packing sees to that (../formats/of-32/block-scale.ts).
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32, f32x4, v128 } from "../asm/instructions.ts";
import { splatLane } from "../formats/quants.ts";

/** The unit before the first block, whose sum is 0. */
export const FIRST_UNIT: V128 = f32x4.splat(f32.const(1));

/**
 * The scales of a piece's four rows become the unit.
 * @returns for each row, what its sum has to be multiplied with, in all lanes.
 */
export function changeUnit(
  f: FunctionBuilder,
  unit: Local<"v128">,
  piece: Local<"i32">,
): readonly Local<"v128">[] {
  const scales = f.let(v128.load(piece));
  const quotients = f.let(f32x4.div(unit, scales));
  f.set(unit, scales);
  return [0, 1, 2, 3].map((row) => f.let(splatLane(quotients, row)));
}

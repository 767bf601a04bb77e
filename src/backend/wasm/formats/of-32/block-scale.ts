/**
 * Blocks of integers with one scale each, packed so that no scale is 0: where one is, the integers become 0 and the
 * scale 1. ../../kernels/running-scale.ts divides by it.
 * @module
 */
import type { I32, V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { f32, f32x4, i32, v128 } from "../../asm/instructions.ts";
import { packScale } from "../pack-scale.ts";
import { splatLane } from "../quants.ts";

/**
 * Writes the float16 with which each of `rows` begins to `piece`, as float32 times `factor`.
 * @returns `suspect`, which is not 0 if one is an infinity or a NaN, and `kept`: all bits of row r, or no bit where its
 * scale was 0.
 */
export function packBlockScales(
  f: FunctionBuilder,
  rows: readonly I32[],
  piece: I32,
  factor: number,
): { readonly suspect: I32; readonly kept: (row: number, quants: V128) => V128 } {
  const suspect = f.let(
    rows.map((row, r) => packScale(f, row, 0, piece, 4 * r, factor)).reduce(i32.or),
  );
  const scales = f.let(v128.load(piece));
  const isZero = f.let(f32x4.eq(scales, f.constant(f32x4.splat(f32.const(0)))));
  const one = f.constant(f32x4.splat(f32.const(1)));
  f.do(v128.store(piece, v128.bitselect(one, scales, isZero)));
  return { suspect, kept: (row, quants) => v128.andnot(quants, splatLane(isZero, row)) };
}

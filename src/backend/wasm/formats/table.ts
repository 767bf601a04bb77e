/**
 * Nibbles that choose a number of a table: a shuffle of bytes looks sixteen of them up.
 * @module
 */
import { TABLE } from "../../../tensor/blocks/from-table.ts";
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder } from "../asm/function.ts";
import { i8x16, i16x8, i32, v128 } from "../asm/instructions.ts";
import { byteVectors } from "./quants.ts";

const NUMBERS = v128.const(TABLE.map((number) => number & 255));
const LOW_NIBBLES = i8x16.splat(i32.const(0x0f));

/**
 * The numbers of thirty-two nibbles as eight vectors, each times BYTE_FACTOR: first those of the lower nibbles of the
 * bytes, then those of the upper ones.
 */
export function tableVectors(f: FunctionBuilder, bytes: V128): V128[] {
  const nibbles = f.let(bytes);
  const low = f.constant(LOW_NIBBLES);
  return [nibbles, i16x8.shr_u(nibbles, 4)].flatMap((half) =>
    byteVectors(f, i8x16.swizzle(f.constant(NUMBERS), v128.and(half, low))),
  );
}

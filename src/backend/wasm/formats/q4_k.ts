/**
 * q4_k: blocks of 256 numbers of four bits, in eight sub-blocks of 32. A number is d · s · q − e · t: float16 scales d
 * and e of the block, s and t of six bits of the sub-block. d · s · q and e · t are exact in float32, so the
 * difference is rounded once, as the library rounds it; a fused multiply-add would not do otherwise, but is not used.
 *
 * A piece is a block of four rows:
 *
 *     4 · 4           d and e of rows 0–3, as they are stored
 *     8 · (4 · 16     a sub-block: q of rows 0–3; byte i has numbers i and, in its upper half, 16 + i,
 *          + 4 + 4)                s of rows 0–3, t of rows 0–3, a byte each
 *
 * Widened to float32, the scales of each sub-block would take a third more memory than what is stored.
 * @module
 */
import type { I32 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32, f32x4, i8x16, i16x8, i32, i32x4, v128 } from "../asm/instructions.ts";
import type { WeightFormat } from "./format.ts";
import { packHalves, wideHalves } from "./pack-scale.ts";
import { splatLane, UNSIGNED_NIBBLE_FACTOR, unsignedNibbles } from "./quants.ts";

const ROWS = 4;
const SUB_BLOCKS = 8;
/** In a block as stored: where scales of sub-blocks begin, and where numbers do. */
const [SCALES, QUANTS] = [4, 16];
const LOW_NIBBLES = i8x16.splat(i32.const(0x0f));
const HIGH_NIBBLES = i8x16.splat(i32.const(0xf0));
const FACTOR = f32x4.splat(f32.const(1 / UNSIGNED_NIBBLE_FACTOR));

export const q4_k: WeightFormat = {
  dtype: "q4_k",
  head: 16,
  steps: SUB_BLOCKS,
  stepBytes: ROWS * 16 + 2 * ROWS,
  vectors: 8,
  stride: 4,
  storedBytes: 144,

  pack(f, rows, piece) {
    const suspects = rows.map((row, r) => {
      for (let sub = 0; sub < SUB_BLOCKS; sub++) {
        const at = this.head + this.stepBytes * sub;
        f.do(v128.store(piece, quantsOf(f, row, sub), at + 16 * r));
        const [s, t] = scalesOf(row, sub);
        f.do(i32.store8(piece, s, at + 16 * ROWS + r), i32.store8(piece, t, at + 17 * ROWS + r));
      }
      return packHalves(f, row, piece, 4 * r);
    });
    return suspects.reduce(i32.or);
  },

  open(f, piece) {
    const { lower, upper } = wideHalves(f, piece);
    const d = f.let(f32x4.mul(lower, f.constant(FACTOR)));
    const e = f.let(upper);
    let scales: Local<"v128">;
    let offsets: Local<"v128">;
    return (at, row) => {
      if (row === 0) {
        const both = f.let(i16x8.extend_low_i8x16_u(v128.load64_zero(at, 16 * ROWS)));
        const [s, t] = [i32x4.extend_low_i16x8_u(both), i32x4.extend_high_i16x8_u(both)];
        scales = f.let(f32x4.mul(f32x4.convert_i32x4_s(s), d));
        offsets = f.let(f32x4.mul(f32x4.convert_i32x4_s(t), e));
      }
      const scale = f.let(splatLane(scales, row));
      const offset = f.let(splatLane(offsets, row));
      const quants = unsignedNibbles(f, v128.load(at, 16 * row));
      return quants.map((q) => f32x4.sub(f32x4.mul(q, scale), offset));
    };
  },
};

/** Numbers i and 16 + i of a sub-block in byte i; as stored, a byte has number i of two sub-blocks. */
function quantsOf(f: FunctionBuilder, row: I32, sub: number) {
  const at = QUANTS + 32 * (sub >> 1);
  const [first, second] = [v128.load(row, at), v128.load(row, at + 16)];
  const [low, high] = [f.constant(LOW_NIBBLES), f.constant(HIGH_NIBBLES)];
  if (sub % 2 === 0) return v128.or(v128.and(first, low), i16x8.shl(v128.and(second, low), 4));
  return v128.or(i16x8.shr_u(v128.and(first, high), 4), v128.and(second, high));
}

/** s and t of a sub-block: of 4 to 7, the upper two bits lie in the bytes of 0 to 3. */
function scalesOf(row: I32, sub: number): I32[] {
  const byte = (i: number) => i32.load8_u(row, SCALES + i);
  if (sub < 4) return [i32.and(byte(sub), 63), i32.and(byte(sub + 4), 63)];
  const upper = (i: number) => i32.shl(i32.shr_u(byte(i), 6), 4);
  const both = byte(sub + 4);
  return [i32.or(i32.and(both, 15), upper(sub - 4)), i32.or(i32.shr_u(both, 4), upper(sub))];
}

/**
 * As widen-group.ts, of formats with sub-blocks: quads as numbers. Products with scales are exact, so a number has the
 * bits that the library gives it.
 * @module
 */
import { f32x4, i8x16, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { GROUP } from "../../formats/format.ts";
import {
  BLOCK,
  type IntegerBlock,
  SUB_BLOCK,
  type SubBlockFormat,
} from "../../formats/int8/format.ts";
import { multiplied } from "../../formats/int8/products.ts";
import { splatLane } from "../../formats/quants.ts";
import { PAIR } from "../matmul-tile.ts";

/** Of the bytes of a row in two vectors of quads, those of columns 0 to 3, and of 4 to 7. */
const COLUMNS = [
  [0, 2, 16, 18],
  [1, 3, 17, 19],
];

/**
 * Adds `widen_<name>(w, wide, pieces, pairStride)` to a module: `pieces` pieces of one group, at `w`, into two pairs of
 * rows that begin `pairStride` bytes apart.
 */
export function widenSubBlocks(module: ModuleBuilder, format: SubBlockFormat): void {
  const { head, steps, stepBytes, open } = multiplied(format);
  const parameters = { w: "i32", wide: "i32", pieces: "i32", pairStride: "i32" } as const;
  module.export(`widen_${format.name}`, parameters, undefined, (f, args) => {
    const { w, wide, pieces, pairStride } = args;
    const second = f.let(wide);
    f.increase(second, pairStride);
    const mask = f.constant(i32x4.splat(i32.const(0xff)));
    const widen = ({ vectors, scale, offset }: IntegerBlock, block: number) => {
      const quads = vectors(0).map((vector) => f.let(vector));
      for (let row = 0; row < GROUP; row++) {
        const s = f.let(splatLane(scale, row));
        const o = offset && f.let(splatLane(offset, row));
        for (let four = 0; four < SUB_BLOCK / 4; four++) {
          const [a, b] = [quads[2 * (four >> 1)], quads[2 * (four >> 1) + 1]];
          const lanes = COLUMNS[four & 1].flatMap((byte) => Array(4).fill(byte + 4 * row));
          const q = f32x4.convert_i32x4_s(v128.and(i8x16.shuffle(a, b, lanes), mask));
          const product = f32x4.mul(q, s);
          const vector = (SUB_BLOCK / 4) * block + four;
          const to = row < PAIR ? wide : second;
          const number = o ? f32x4.add(product, o) : product;
          f.do(v128.store(to, number, 16 * (PAIR * vector + (row % PAIR))));
        }
      }
    };
    f.repeat(pieces, () => {
      const step = open(f, w);
      f.increase(w, head);
      f.repeat(steps, () => {
        step(w).forEach(widen);
        f.increase(w, stepBytes);
        for (const pair of [wide, second]) f.increase(pair, 16 * PAIR * (BLOCK / 4));
      });
    });
  });
}

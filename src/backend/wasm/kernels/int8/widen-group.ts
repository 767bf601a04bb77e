/**
 * Four rows of a weight that is packed for activations of int8, as float32, for those that look rows of a table up: in
 * the order of ../widen-rows.ts, with columns dealt one by one.
 * @module
 */
import { f32x4, i8x16, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { GROUP } from "../../formats/format.ts";
import { type BlockFormat, PAIRS, STEP } from "../../formats/int8/format.ts";
import { scales } from "../../formats/int8/scales.ts";
import { splatLane } from "../../formats/quants.ts";
import { PAIR } from "../matmul-tile.ts";

/**
 * Adds `widen_<name>(w, wide, pieces, pairStride)` to a module: `pieces` pieces of one group, at `w`, into two pairs of
 * rows that begin `pairStride` bytes apart.
 */
export function widenGroup(module: ModuleBuilder, format: BlockFormat): void {
  const parameters = { w: "i32", wide: "i32", pieces: "i32", pairStride: "i32" } as const;
  module.export(`widen_${format.name}`, parameters, undefined, (f, args) => {
    const { w, wide, pieces, pairStride } = args;
    const second = f.let(wide);
    f.increase(second, pairStride);
    f.repeat(pieces, () => {
      const four = f.let(scales(f, w, format.factor));
      const ds = Array.from({ length: GROUP }, (_, row) => f.let(splatLane(four, row)));
      for (let step = 0; step < PAIRS / STEP; step++) {
        const pairs = format.pairs(f, w, step).map((pair) => f.let(pair));
        for (const [row, d] of ds.entries()) {
          for (let i = 0; i < STEP; i += 2) {
            const lane = [0, 1, 2, 3].map((byte) => 4 * row + byte);
            const lanes = [...lane, ...lane.map((byte) => 16 + byte)];
            const columns = i8x16.shuffle(pairs[i], pairs[i + 1], [...lanes, ...lanes]);
            const numbers = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(columns));
            const vector = (STEP * step + i) / 2;
            const to = row < PAIR ? wide : second;
            f.do(v128.store(to, f32x4.mul(numbers, d), 16 * (PAIR * vector + (row % PAIR))));
          }
        }
      }
      f.increase(w, format.pieceBytes);
      for (const pair of [wide, second]) f.increase(pair, 16 * PAIR * (PAIRS / 2));
    });
  });
}

/**
 * Widens rows of W for the matmul of many rows: each group of four becomes two pairs, vector by vector as the tile
 * reads them. It is done once for all rows of x.
 * @module
 */
import { v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, type WeightFormat } from "../formats/format.ts";
import { PAIR } from "./matmul-tile.ts";

/**
 * Adds `widen_<dtype>(w, wide, pieces, pairStride)` to a module: `pieces` pieces of one group, at `w`, into two pairs
 * that begin `pairStride` bytes apart.
 */
export function widenRows(module: ModuleBuilder, format: WeightFormat): void {
  const parameters = { w: "i32", wide: "i32", pieces: "i32", pairStride: "i32" } as const;
  module.export(`widen_${format.dtype}`, parameters, undefined, (f, args) => {
    const { w, wide, pieces, pairStride } = args;
    const second = f.let(wide);
    f.increase(second, pairStride);
    const pairs = [wide, second];
    f.repeat(pieces, () => {
      const step = format.open(f, w);
      f.increase(w, format.head);
      f.repeat(format.steps, () => {
        for (let row = 0; row < GROUP; row++) {
          step(w, row).forEach((vector, i) => {
            f.do(v128.store(pairs[Math.floor(row / PAIR)], vector, 16 * (PAIR * i + (row % PAIR))));
          });
        }
        f.increase(w, format.stepBytes);
        for (const pair of pairs) f.increase(pair, 16 * PAIR * format.vectors);
      });
    });
  });
}

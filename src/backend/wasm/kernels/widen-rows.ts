/**
 * Widens rows of W for the matmul of many rows: each group of four becomes two pairs, vector by vector as the tile
 * reads them. It is done once for all rows of x.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32x4, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { GROUP, type WeightFormat } from "../formats/format.ts";
import { splatLane } from "../formats/quants.ts";
import { PAIR, SCALE_BYTES } from "./matmul-tile.ts";
import type { MultiplyAdd } from "./multiply-add.ts";
import { changeUnit } from "./running-scale.ts";

/**
 * Adds `widen_<dtype>(w, wide, pieces, pairStride)` to a module: `pieces` pieces of one group, at `w`, as numbers, into
 * two pairs that begin `pairStride` bytes apart. Of a format with scales also
 * `expand_<dtype>(w, wide, pieces, pairStride, unit)`: as integers, each piece of a pair behind what the sums of its two
 * rows have to be multiplied with before. `unit` is the address of the scales of the piece before, which become those
 * of the last.
 */
export function widenRows(
  module: ModuleBuilder,
  format: WeightFormat,
  multiplyAdd: MultiplyAdd,
): void {
  const kernel = { format, multiplyAdd };
  const parameters = { w: "i32", wide: "i32", pieces: "i32", pairStride: "i32" } as const;
  module.export(`widen_${format.dtype}`, parameters, undefined, (f, args) => {
    const { w, wide, pieces, pairStride } = args;
    const pairs = twoPairs(f, wide, pairStride);
    f.repeat(pieces, () => {
      const scales = format.isScaled ? scalesOf(f, w) : undefined;
      const numbers = scales ? (v: V128, row: number) => f32x4.mul(v, scales[row]) : undefined;
      takePiece(f, kernel, w, pairs, numbers);
    });
  });
  if (!format.isScaled) return;
  const withUnit = { ...parameters, unit: "i32" } as const;
  module.export(`expand_${format.dtype}`, withUnit, undefined, (f, args) => {
    const { w, wide, pieces, pairStride, unit } = args;
    const pairs = twoPairs(f, wide, pairStride);
    const last = f.let(v128.load(unit));
    f.repeat(pieces, () => {
      for (const [row, factor] of changeUnit(f, last, w).entries()) {
        f.do(v128.store(pairs[Math.floor(row / PAIR)], factor, 16 * (row % PAIR)));
      }
      for (const pair of pairs) f.increase(pair, SCALE_BYTES);
      takePiece(f, kernel, w, pairs);
    });
    f.do(v128.store(unit, last));
  });
}

function twoPairs(f: FunctionBuilder, wide: Local<"i32">, stride: Local<"i32">): Local<"i32">[] {
  const second = f.let(wide);
  f.increase(second, stride);
  return [wide, second];
}

function scalesOf(f: FunctionBuilder, piece: Local<"i32">): readonly V128[] {
  const scales = f.let(v128.load(piece));
  return [0, 1, 2, 3].map((row) => f.let(splatLane(scales, row)));
}

/** The vectors of a piece, to both pairs; `w` and the pairs move on. */
function takePiece(
  f: FunctionBuilder,
  { format, multiplyAdd }: { readonly format: WeightFormat; readonly multiplyAdd: MultiplyAdd },
  w: Local<"i32">,
  pairs: readonly Local<"i32">[],
  change: (vector: V128, row: number) => V128 = (vector) => vector,
): void {
  const step = format.open(f, w, multiplyAdd);
  f.increase(w, format.head);
  f.repeat(format.steps, () => {
    for (let row = 0; row < GROUP; row++) {
      const pair = pairs[Math.floor(row / PAIR)];
      step(w, row).forEach((vector, i) => {
        f.do(v128.store(pair, change(vector, row), 16 * (PAIR * i + (row % PAIR))));
      });
    }
    f.increase(w, format.stepBytes);
    for (const pair of pairs) f.increase(pair, 16 * PAIR * format.vectors);
  });
}

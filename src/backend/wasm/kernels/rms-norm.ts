/**
 * RMSNorm in float64, two numbers at a time: y = x / √(mean(x²) + ε) · gain, rounded once. nn/rmsnorm.ts
 *
 * A norm reads few numbers and scales all that follow; float64 costs nothing here that could be measured.
 * @module
 */
import type { V128 } from "../asm/expression.ts";
import { f32x4, f64, f64x2, i8x16, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";

/**
 * Adds `rmsNorm(y, x, gain, vectors, columns, eps)` to a module: one row of `vectors` · 4 numbers, of which `columns`
 * count; the others are 0. `gain` is float64.
 */
export function rmsNorm(module: ModuleBuilder): void {
  const parameters = {
    y: "i32",
    x: "i32",
    gain: "i32",
    vectors: "i32",
    columns: "f64",
    eps: "f64",
  } as const;
  module.export("rmsNorm", parameters, undefined, (f, args) => {
    const { y, x, gain, vectors, columns, eps } = args;
    const sums = [f.let(zero()), f.let(zero())];
    const at = f.let(x);
    f.repeat(vectors, () => {
      const four = f.let(v128.load(at));
      halves(four).forEach((half, i) => {
        const two = f.let(half);
        f.set(sums[i], f64x2.add(sums[i], f64x2.mul(two, two)));
      });
      f.increase(at, 16);
    });
    const both = f.let(f64x2.add(sums[0], sums[1]));
    const sum = f64.add(f64x2.extract_lane(both, 0), f64x2.extract_lane(both, 1));
    const root = f64.sqrt(f64.add(f64.div(sum, columns), eps));
    const scale = f.let(f64x2.splat(f64.div(f64.const(1), root)));
    f.repeat(vectors, () => {
      const four = f.let(v128.load(x));
      const [low, high] = halves(four).map((half, i) =>
        f32x4.demote_f64x2_zero(f64x2.mul(f64x2.mul(half, scale), v128.load(gain, 16 * i))),
      );
      f.do(v128.store(y, i8x16.shuffle(low, high, LOW_HALVES)));
      f.increase(x, 16);
      f.increase(gain, 32);
      f.increase(y, 16);
    });
  });
}

const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_HALF_DOWN = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/** Four float32 as twice two float64. */
function halves(four: V128): V128[] {
  return [
    f64x2.promote_low_f32x4(four),
    f64x2.promote_low_f32x4(i8x16.shuffle(four, four, HIGH_HALF_DOWN)),
  ];
}

function zero(): V128 {
  return f64x2.splat(f64.const(0));
}

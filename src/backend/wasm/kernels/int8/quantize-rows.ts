/**
 * Rows of x as integers, in blocks of 32 columns, as llama.cpp's reference rounds to Q8_0 (tensor/quantized.ts):
 *
 *     d = max |x| / 127        q = x · (1/d), to the nearest integer, halves away from 0        x ≈ d · q
 *
 * 1/d is that of the float32 d; the d that results are scaled by is rounded to float16, as it is in a file.
 * How they lie in memory, ../../formats/int8/products.ts says.
 * @module
 */
import type { V128 } from "../../asm/expression.ts";
import type { FunctionBuilder } from "../../asm/function.ts";
import { f32, f32x4, i8x16, i16x8, i32, i32x4, v128 } from "../../asm/instructions.ts";
import type { ModuleBuilder } from "../../asm/module.ts";
import { BLOCK } from "../../formats/int8/format.ts";
import type { Products } from "../../formats/int8/products.ts";
import { roundedHalfAway } from "../../formats/rounded.ts";

/**
 * Adds `quantizeRow_<products>_<rows>(x, to, blocks)` to a module: a row of x, to the first of `rows` rows at `to`.
 */
export function quantizeRow(module: ModuleBuilder, products: Products, rows: number): void {
  const { name, vectors, rowBytes, columns } = products;
  /** Eights of a block, of which there are one or two in 32 columns. */
  const eights = columns / 8;
  const parameters = { x: "i32", to: "i32", blocks: "i32" } as const;
  module.export(`quantizeRow_${name}_${rows}`, parameters, undefined, (f, { x, to, blocks }) => {
    f.repeat(blocks, () => {
      const largest = f.let(v128.load(x));
      f.set(largest, f32x4.abs(largest));
      for (let i = 1; i < BLOCK / 4; i++) {
        f.set(largest, f32x4.max(largest, f32x4.abs(v128.load(x, 16 * i))));
      }
      const d = f.let(f32x4.div(maximumInAllLanes(f, largest), splat(f, 127)));
      const isZero = f32x4.eq(d, splat(f, 0));
      const inverse = f.let(v128.andnot(f32x4.div(splat(f, 1), d), isZero));
      const rounded = f.let(asFloat16(f, d));
      const sums = f.let(i16x8.splat(i32.const(0)));
      for (let i = 0; i < BLOCK / 8; i++) {
        const [a, b] = [0, 16].map((more) =>
          roundedHalfAway(f, f32x4.mul(v128.load(x, 32 * i + more), inverse)),
        );
        const eight = f.let(i16x8.narrow_i32x4_s(a, b));
        products.store(f, to, rows, i % eights, eight);
        f.set(sums, i % eights === 0 ? eight : i16x8.add(sums, eight));
        if (i % eights < eights - 1) continue;
        products.finish(f, to, rows, sums, rounded);
        f.do(v128.store32_lane(to, rounded, 0, 4 * rows * vectors));
        f.increase(to, rowBytes * rows);
      }
      f.increase(x, 4 * BLOCK);
    });
  });
}

const splat = (f: FunctionBuilder, value: number) => f.constant(f32x4.splat(f32.const(value)));

function maximumInAllLanes(f: FunctionBuilder, vector: V128): V128 {
  let all = f.let(vector);
  for (const by of [8, 4]) {
    const turned = Array.from({ length: 16 }, (_, i) => (i + by) % 16);
    all = f.let(f32x4.max(all, i8x16.shuffle(all, all, turned)));
  }
  return all;
}

/**
 * Numbers ≥ 0, rounded to the float16 next to them. Float16 has 13 bits less than float32, so from 2^(e + 13) on, the
 * neighbours in float32 are as far apart as those from 2^e on in float16: a sum rounds, and a difference gives it back.
 * Below 2^-14 the distance is 2^-24, that of float32 from ½ on. From 65520 on, all is infinite.
 */
function asFloat16(f: FunctionBuilder, d: V128): V128 {
  const given = f.let(d);
  const power = v128.and(given, f.constant(i32x4.splat(i32.const(0x7f800000))));
  const coarse = f.let(f32x4.max(f32x4.mul(power, splat(f, 2 ** 13)), splat(f, 0.5)));
  const near = f.let(f32x4.sub(f32x4.add(given, coarse), coarse));
  const isLess = f32x4.lt(near, splat(f, 65536));
  return v128.bitselect(near, f32x4.mul(near, splat(f, Number.POSITIVE_INFINITY)), isLess);
}

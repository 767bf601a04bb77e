/**
 * Rows of x, put into the order in which the matmuls read them: vector by vector, in the order of the weights' format
 * (`stride` of ../formats/format.ts). Of a single row that is one vector behind the other; of four rows, a tile, the vectors of
 * the four take turns.
 * @module
 */
import type { Address, V128 } from "../asm/expression.ts";
import type { FunctionBuilder } from "../asm/function.ts";
import { i8x16, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { transposed } from "./transpose.ts";

/** The strides that formats have. */
const STRIDES = [1, 2, 4];

/**
 * Adds `packRow_<stride>(x, to, count, step)` to a module: `count` times 4 · stride columns of a row, to vectors that
 * are `step` bytes apart: 16 for a row by itself, 64 for one of a tile.
 */
export function packRows(module: ModuleBuilder): void {
  for (const stride of STRIDES) {
    const parameters = { x: "i32", to: "i32", count: "i32", step: "i32" } as const;
    module.export(`packRow_${stride}`, parameters, undefined, (f, { x, to, count, step }) => {
      f.repeat(count, () => {
        for (const vector of dealt(f, x, stride)) {
          f.do(v128.store(to, vector));
          f.increase(to, step);
        }
        f.increase(x, 16 * stride);
      });
    });
  }
}

/** 4 · `stride` columns as `stride` vectors: lane j of vector k is column stride · j + k. */
function dealt(f: FunctionBuilder, at: Address, stride: number): readonly V128[] {
  const columns = Array.from({ length: stride }, (_, i) => f.let(v128.load(at, 16 * i)));
  if (stride === 1) return columns;
  if (stride === 4) return transposed(f, columns);
  const [a, b] = columns;
  return [0, 4].map((odd) => {
    const bytes = [0, 8, 16, 24].flatMap((word) => [0, 1, 2, 3].map((byte) => word + odd + byte));
    return i8x16.shuffle(a, b, bytes);
  });
}

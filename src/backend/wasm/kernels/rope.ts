/**
 * RoPE: rotates the pairs (i, i + H/2) of a head by the angles of its position. nn/rope.ts
 *
 *     y[i]       = x[i] · cos − x[i + H/2] · sin
 *     y[i + H/2] = x[i + H/2] · cos + x[i] · sin
 *
 * The cosines and sines come from a table, which JavaScript fills as nn/rope.ts does, position by position.
 * @module
 */
import type { Expression, F32, V128 } from "../asm/expression.ts";
import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32, f32x4, i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";

/**
 * Adds `rope(y, x, cos, sin, heads, half)` to a module: a row of `heads` heads of 2 · `half` numbers; `y` may be `x`.
 */
export function rope(module: ModuleBuilder): void {
  const parameters = {
    y: "i32",
    x: "i32",
    cos: "i32",
    sin: "i32",
    heads: "i32",
    half: "i32",
  } as const;
  module.export("rope", parameters, undefined, (f, { y, x, cos, sin, heads, half }) => {
    const bytes = f.let(i32.shl(half, 2));
    f.repeat(heads, () => {
      const c = f.let(cos);
      const s = f.let(sin);
      const at = { x, y, c, s, bytes };
      f.repeat(i32.shr_u(half, 2), () => rotate(f, at, VECTORS));
      f.repeat(i32.and(half, 3), () => rotate(f, at, NUMBERS));
      f.increase(x, bytes); // over the second halves, which were done with the first
      f.increase(y, bytes);
    });
  });
}

/** What rotates one number, and what rotates four. */
interface Arithmetic<T extends "f32" | "v128"> {
  readonly bytes: number;
  load(at: Expression<"i32">): Expression<T>;
  store(at: Expression<"i32">, value: Expression<T>): Expression<"void">;
  add(a: Expression<T>, b: Expression<T>): Expression<T>;
  sub(a: Expression<T>, b: Expression<T>): Expression<T>;
  mul(a: Expression<T>, b: Expression<T>): Expression<T>;
}

const VECTORS: Arithmetic<"v128"> = {
  bytes: 16,
  load: (at): V128 => v128.load(at),
  store: (at, value) => v128.store(at, value),
  ...f32x4,
};
const NUMBERS: Arithmetic<"f32"> = {
  bytes: 4,
  load: (at): F32 => f32.load(at),
  store: (at, value) => f32.store(at, value),
  add: f32.add,
  sub: f32.sub,
  mul: f32.mul,
};

function rotate<T extends "f32" | "v128">(
  f: FunctionBuilder,
  { x, y, c, s, bytes }: Record<"x" | "y" | "c" | "s" | "bytes", Local<"i32">>,
  { load, store, add, sub, mul, bytes: step }: Arithmetic<T>,
): void {
  const first = f.let(load(x));
  const second = f.let(load(i32.add(x, bytes)));
  const cosine = f.let(load(c));
  const sine = f.let(load(s));
  f.do(store(y, sub(mul(first, cosine), mul(second, sine))));
  f.do(store(i32.add(y, bytes), add(mul(second, cosine), mul(first, sine))));
  for (const pointer of [x, y, c, s]) f.increase(pointer, step);
}

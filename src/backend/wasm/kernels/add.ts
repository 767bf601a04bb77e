/**
 * The residual sum. nn/residual.ts
 * @module
 */
import { f32x4, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";

/** Adds `add(y, a, b, vectors)` to a module: y = a + b; `y` may be `a` or `b`. */
export function add(module: ModuleBuilder): void {
  const parameters = { y: "i32", a: "i32", b: "i32", vectors: "i32" } as const;
  module.export("add", parameters, undefined, (f, { y, a, b, vectors }) => {
    f.repeat(vectors, () => {
      f.do(v128.store(y, f32x4.add(v128.load(a), v128.load(b))));
      f.increase(a, 16);
      f.increase(b, 16);
      f.increase(y, 16);
    });
  });
}

/**
 * Rows from one place to another.
 * @module
 */
import { i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";

/**
 * Adds `copyRows(from, fromStride, to, toStride, rows, vectors)` to a module: `rows` rows of `vectors` · 16 bytes, which
 * begin strides of bytes apart.
 */
export function copyRows(module: ModuleBuilder): void {
  const source = { from: "i32", fromStride: "i32" } as const;
  const target = { to: "i32", toStride: "i32", rows: "i32", vectors: "i32" } as const;
  module.export("copyRows", { ...source, ...target }, undefined, (f, args) => {
    const { from, fromStride, to, toStride, rows, vectors } = args;
    const at = f.let(i32.const(0));
    const end = f.let(i32.shl(vectors, 4));
    f.repeat(rows, () => {
      f.set(at, i32.const(0));
      f.while(i32.lt_u(at, end), () => {
        f.do(v128.store(i32.add(to, at), v128.load(i32.add(from, at))));
        f.increase(at, 16);
      });
      f.increase(from, fromStride);
      f.increase(to, toStride);
    });
  });
}

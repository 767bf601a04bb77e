/**
 * GeGLU: y = gelu_tanh(gate) · up. nn/geglu.ts
 *
 * ½ (1 + tanh u) is 1 / (1 + e^(−2u)), which needs one exponential and keeps its relative accuracy where tanh is
 * close to −1: there ½ (1 + tanh u) would cancel.
 * @module
 */
import { f32, f32x4, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { exp } from "./exp.ts";

/** −2 √(2/π), and that times 0.044715. */
const MINUS_TWO_C = -2 * Math.sqrt(2 / Math.PI);
const CUBIC = MINUS_TWO_C * 0.044715;

/** Adds `geglu(y, gate, up, vectors)` to a module; `y` may be one of its sources. */
export function geglu(module: ModuleBuilder): void {
  const parameters = { y: "i32", gate: "i32", up: "i32", vectors: "i32" } as const;
  module.export("geglu", parameters, undefined, (f, { y, gate, up, vectors }) => {
    const constant = (value: number) => f.constant(f32x4.splat(f32.const(Math.fround(value))));
    f.repeat(vectors, () => {
      const x = f.let(v128.load(gate));
      const cubic = f32x4.mul(f32x4.mul(x, x), constant(CUBIC));
      const exponent = f32x4.mul(x, f32x4.add(cubic, constant(MINUS_TWO_C)));
      const gelu = f32x4.div(x, f32x4.add(constant(1), exp(f, exponent)));
      f.do(v128.store(y, f32x4.mul(gelu, v128.load(up))));
      f.increase(gate, 16);
      f.increase(up, 16);
      f.increase(y, 16);
    });
  });
}

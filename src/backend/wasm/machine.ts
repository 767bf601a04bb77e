/**
 * What this machine can do, and the kernels compiled for it.
 * @module
 */
import { f32, f32x4, v128 } from "./asm/instructions.ts";
import { type MemoryType, ModuleBuilder } from "./asm/module.ts";
import { kernels } from "./kernels/module.ts";
import { multiplyAdd, type Simd } from "./kernels/multiply-add.ts";
import { MAXIMUM_PAGES } from "./memory/memories.ts";

const compiled = new Map<string, WebAssembly.Module>();

/** The kernels, compiled when they are first asked for. */
export function kernelModule(simd: Simd, shared: boolean): WebAssembly.Module {
  const key = `${simd} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    module = new WebAssembly.Module(kernels(simd, { maximum: MAXIMUM_PAGES, shared }));
    compiled.set(key, module);
  }
  return module;
}

/** The most that this machine has of: tried with a module of a few bytes. Undefined where there is no SIMD at all. */
export function simdOfThisMachine(): Simd | undefined {
  if (typeof WebAssembly !== "object") return undefined;
  return (["relaxed-simd", "simd128"] as const).find((simd) => {
    const module = new ModuleBuilder();
    module.export("probe", { at: "i32" }, undefined, (f, { at }) => {
      const one = f.let(f32x4.splat(f32.const(1)));
      f.do(v128.store(at, multiplyAdd(simd)(one, one, one)));
    });
    const memory: MemoryType = { maximum: 1, shared: false };
    return WebAssembly.validate(module.bytes(memory));
  });
}

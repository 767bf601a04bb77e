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

/** Why this machine cannot run the kernels; undefined if it can. */
export function wasmUnavailable(): string | undefined {
  if (typeof WebAssembly !== "object") return "one without WebAssembly";
  const simd = simdOfThisMachine();
  if (simd === undefined) return "one whose WebAssembly has no SIMD";
  try {
    new WebAssembly.Module(probe(simd));
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : `${error}`;
    // Chromium advises 'unsafe-eval', which allows far more.
    const isPolicy = /content.security/i.test(reason);
    return `one that may not compile (${reason}${isPolicy ? " 'wasm-unsafe-eval' allows it" : ""})`;
  }
}

/** The most that this machine has of. Undefined where there is no SIMD at all. */
export function simdOfThisMachine(): Simd | undefined {
  if (typeof WebAssembly !== "object") return undefined;
  return (["relaxed-simd", "simd128"] as const).find((simd) => WebAssembly.validate(probe(simd)));
}

/** A module of a few bytes. */
function probe(simd: Simd): ReturnType<ModuleBuilder["bytes"]> {
  const module = new ModuleBuilder();
  module.export("probe", { at: "i32" }, undefined, (f, { at }) => {
    const one = f.let(f32x4.splat(f32.const(1)));
    f.do(v128.store(at, multiplyAdd(simd)(one, one, one)));
  });
  const memory: MemoryType = { maximum: 1, shared: false };
  return module.bytes(memory);
}

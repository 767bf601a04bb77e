/** A module of a few functions, compiled, over a memory of its own. */
import { ModuleBuilder } from "../../src/backend/wasm/asm/module.ts";

/** A compiled module and what it works on. */
export interface Compiled {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  call(name: string, ...args: readonly number[]): number;
}

/** What `build` adds to a module, with `pages` of 64 KiB. */
export function compiled(build: (module: ModuleBuilder) => void, pages = 1): Compiled {
  const builder = new ModuleBuilder();
  build(builder);
  const module = new WebAssembly.Module(builder.bytes({ maximum: pages, shared: false }));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    bytes: new Uint8Array(memory.buffer),
    floats: new Float32Array(memory.buffer),
    call: (name, ...args) => (exports[name] as (...args: readonly number[]) => number)(...args),
  };
}

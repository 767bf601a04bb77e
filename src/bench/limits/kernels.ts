/**
 * The loops that show what a processor can do: a sweep that reads memory, and arithmetic on registers alone. Each has
 * so many sums of its own that no instruction waits for the one before it:
 *
 *     sweep     sums[k] += memory[…]            8 sums in turn, one load of 16 bytes each
 *     mulAdd    sums[k] = sums[k] · x + y       13 sums: a product and a sum take 3 + 3 cycles, two of each begin a cycle
 *     fma       the same in one instruction     13 sums: 4 cycles, two begin a cycle
 *
 * With x and y, and the one that V8 keeps for itself, 13 sums fill the 16 registers of x86.
 * @module
 */
import type { Local } from "../../backend/wasm/asm/function.ts";
import { f32, f32x4, i32, i32x4, relaxed, v128 } from "../../backend/wasm/asm/instructions.ts";
import { ModuleBuilder } from "../../backend/wasm/asm/module.ts";

/** Independent sums of the sweep. */
const SWEPT = 8;

/** Independent sums of the arithmetic. */
const SUMS = 13;

/** Bytes that one round of the sweep reads: its size is a multiple of that. */
export const SWEEP_STEP: number = 2 * SWEPT * 16;

/** Rounds of arithmetic that are written one behind the other, so that the loop itself costs nothing. */
const UNROLLED = 4;

/** Floating-point operations in one round of `mulAdd` or `fma`: a product and a sum of 4 lanes in each. */
export const FLOPS_A_ROUND: number = UNROLLED * SUMS * 4 * 2;

/** Pages of 64 KiB that the memory of these modules may have: 4 GiB. */
export const MOST_PAGES = 65536;

function addSweep(module: ModuleBuilder): void {
  module.export("sweep", { at: "i32", bytes: "i32" }, "i32", (f, { at, bytes }) => {
    const sums = Array.from({ length: SWEPT }, () => f.let(i32x4.splat(i32.const(0))));
    f.repeat(i32.div_u(bytes, SWEEP_STEP), () => {
      for (let load = 0; load < 2 * SWEPT; load++) {
        const sum = sums[load % SWEPT];
        f.set(sum, i32x4.add(sum, v128.load(at, 16 * load)));
      }
      f.increase(at, SWEEP_STEP);
    });
    f.return(i32x4.extract_lane(sums.reduce(total(f), sums[0]), 0));
  });
}

type Builder = Parameters<Parameters<ModuleBuilder["export"]>[3]>[0];

/** Adds a sum to the first of them. What is computed has to be returned, or a compiler might leave it out. */
const total =
  (f: Builder) =>
  (first: Local<"v128">, sum: Local<"v128">, index: number): Local<"v128"> => {
    if (index > 0) f.set(first, i32x4.add(first, sum));
    return first;
  };

function addArithmetic(module: ModuleBuilder, name: "mulAdd" | "fma"): void {
  module.export(name, { rounds: "i32" }, "i32", (f, { rounds }) => {
    const x = f.let(f32x4.splat(f32.const(0.999)));
    const y = f.let(f32x4.splat(f32.const(0.001)));
    const sums = Array.from({ length: SUMS }, (_, k) => f.let(f32x4.splat(f32.const(k))));
    f.repeat(rounds, () => {
      for (let round = 0; round < UNROLLED; round++) {
        for (const sum of sums) {
          const next =
            name === "fma" ? relaxed.f32x4_madd(sum, x, y) : f32x4.add(f32x4.mul(sum, x), y);
          f.set(sum, next);
        }
      }
    });
    f.return(i32x4.extract_lane(sums.reduce(total(f), sums[0]), 0));
  });
}

/** The module of `sweep(at, bytes)` and `mulAdd(rounds)`; of `fma(rounds)` alone, which not every engine has. */
export function limitsModule(functions: "sweep and mulAdd" | "fma"): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  if (functions === "fma") addArithmetic(module, "fma");
  else {
    addSweep(module);
    addArithmetic(module, "mulAdd");
  }
  return module.bytes({ maximum: MOST_PAGES, shared: false });
}

/** Loops, branches and variables of the emitter, run. */
import { describe, expect, it } from "vitest";
import type { FunctionBuilder, Local } from "../../../../src/backend/wasm/asm/function.ts";
import { f32, i32 } from "../../../../src/backend/wasm/asm/instructions.ts";
import { ModuleBuilder } from "../../../../src/backend/wasm/asm/module.ts";
import { compiled } from "../../../support/wasm-module.ts";

/** A function of n, as JavaScript calls it. */
function ofN(build: (f: FunctionBuilder, n: Local<"i32">) => void): (n: number) => number {
  const { call } = compiled((module) => {
    module.export("f", { n: "i32" }, "i32", (f, { n }) => build(f, n));
  });
  return (n) => call("f", n);
}

describe("a function", () => {
  it("repeats a body, also not at all, and evaluates the count once", () => {
    const squares = ofN((f, n) => {
      const sum = f.let(i32.const(0));
      f.repeat(n, () => {
        f.increase(sum, n);
        f.increase(n, 0); // the count is a copy
      });
      f.return(sum);
    });
    expect([0, 1, 2, 7].map(squares)).toEqual([0, 1, 4, 49]);
    const shrinking = ofN((f, n) => {
      const rounds = f.let(i32.const(0));
      f.repeat(n, () => {
        f.increase(n, -1);
        f.increase(rounds, 1);
      });
      f.return(rounds);
    });
    expect(shrinking(6)).toBe(6);
  });

  it("unrolls into copies, between which the loop may end", () => {
    const digits = ofN((f, n) => {
      const all = f.let(i32.const(0));
      const moved = f.let(i32.const(0));
      const copy = (which: number) => f.set(all, i32.add(i32.mul(all, 4), which + 1));
      f.unrolled(n, 3, copy, () => f.increase(moved, 1));
      f.return(i32.add(i32.mul(moved, 1 << 20), all));
    });
    // Copies 1 2 3 1 2 … as digits of base 4, and how often the last came by.
    const wanted = (n: number) => {
      let all = 0;
      for (let i = 0; i < n; i++) all = 4 * all + (i % 3) + 1;
      return Math.floor(n / 3) * 2 ** 20 + all;
    };
    const counts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(counts.map(digits)).toEqual(counts.map(wanted));
  });

  it("looks at the condition of a while before each round", () => {
    const bits = ofN((f, n) => {
      const count = f.let(i32.const(0));
      f.while(i32.ne(n, 0), () => {
        f.set(n, i32.shr_u(n, 1));
        f.increase(count, 1);
      });
      f.return(count);
    });
    expect([0, 1, 2, 255, 256, -1].map(bits)).toEqual([0, 1, 2, 8, 9, 32]);
  });

  it("branches, with and without an else", () => {
    const sign = ofN((f, n) => {
      const result = f.let(i32.const(0));
      f.if(
        i32.gt_u(n, 9),
        () => f.set(result, i32.const(1)),
        () => f.set(result, i32.const(2)),
      );
      f.if(i32.eq(n, 5), () => f.set(result, i32.const(3)));
      f.return(result);
    });
    expect([4, 5, 10].map(sign)).toEqual([2, 3, 1]);
  });

  it("sets a variable within an expression", () => {
    const both = ofN((f, n) => {
      const doubled = f.let(i32.const(0));
      f.return(i32.mul(f.tee(doubled, i32.add(n, n)), i32.add(doubled, 1)));
    });
    expect(both(5)).toBe(110);
  });

  it("has a constant once, set before all else", () => {
    const { call } = compiled((module) => {
      module.export("f", { n: "i32" }, "f32", (f, { n }) => {
        const sum = f.let(f32.const(0));
        f.repeat(n, () => {
          const half = f.constant(f32.const(0.5)); // first asked for in a loop
          expect(f.constant(f32.const(0.5))).toBe(half);
          f.set(sum, f32.add(sum, half));
        });
        f.return(f32.add(sum, f.constant(f32.const(0.5))));
      });
    });
    expect([0, 3].map((n) => call("f", n))).toEqual([0.5, 2]);
  });

  it("has more locals and code than one byte counts", () => {
    const many = ofN((f, n) => {
      const all = Array.from({ length: 300 }, (_, i) => f.let(i32.add(n, i)));
      f.return(all.reduce((a, b) => f.let(i32.add(a, b))));
    });
    expect(many(1)).toBe(300 + (299 * 300) / 2);
  });
});

describe("a module", () => {
  it("exports several functions of different types over one memory, shared or not", () => {
    for (const shared of [false, true]) {
      const builder = new ModuleBuilder();
      builder.export("put", { at: "i32", x: "f32" }, undefined, (f, { at, x }) => {
        f.do(f32.store(at, x, 4));
      });
      builder.export("get", { at: "i32" }, "f32", (f, { at }) => f.return(f32.load(at)));
      const module = new WebAssembly.Module(builder.bytes({ maximum: 300, shared }));
      const memory = new WebAssembly.Memory({ initial: 2, maximum: 300, shared });
      const { put, get } = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<
        string,
        (...args: number[]) => number
      >;
      put(65536, 1.5);
      expect(get(65540)).toBe(1.5);
      expect(new Float32Array(memory.buffer)[16385]).toBe(1.5);
      expect(() => get(2 * 65536)).toThrow(WebAssembly.RuntimeError);
      const other = new WebAssembly.Memory({ initial: 2, maximum: 300, shared: !shared });
      expect(() => new WebAssembly.Instance(module, { env: { memory: other } })).toThrow(
        WebAssembly.LinkError,
      );
    }
  });
});

/** e^x and GeGLU, which is made of it: how far they are off, over all float32 numbers. */
import { describe, expect, it } from "vitest";
import { v128 } from "../../../../src/backend/wasm/asm/instructions.ts";
import { exp } from "../../../../src/backend/wasm/kernels/exp.ts";
import { geglu } from "../../../../src/backend/wasm/kernels/geglu.ts";
import { geglu as twin } from "../../../../src/nn/geglu.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { compiled } from "../../../support/wasm-module.ts";

const COUNT = 2 ** 14;
const [X, UP, Y] = [0, 4 * COUNT, 8 * COUNT];
const { floats, call } = compiled((module) => {
  const parameters = { x: "i32", y: "i32", vectors: "i32" } as const;
  module.export("exp", parameters, undefined, (f, { x, y, vectors }) => {
    f.repeat(vectors, () => {
      f.do(v128.store(y, exp(f, v128.load(x))));
      f.increase(x, 16);
      f.increase(y, 16);
    });
  });
  geglu(module);
}, 4);

function expOf(numbers: readonly number[]): number[] {
  floats.set(numbers, X / 4);
  call("exp", X, Y, Math.ceil(numbers.length / 4));
  return [...floats.slice(Y / 4, Y / 4 + numbers.length)];
}

function gegluOf(gate: readonly number[], up: readonly number[]): number[] {
  floats.set(gate, X / 4);
  floats.set(up, UP / 4);
  call("geglu", Y, X, UP, Math.ceil(gate.length / 4));
  return [...floats.slice(Y / 4, Y / 4 + gate.length)];
}

/** Float32 numbers from all exponents and both signs, within the bounds: every 5,003rd. */
function sweep(least: number, most: number): number[] {
  const bits = new Uint32Array(1);
  const number = new Float32Array(bits.buffer);
  const all: number[] = [];
  for (let at = 0; at < 2 ** 32; at += 5003) {
    bits[0] = at;
    if (number[0] >= least && number[0] <= most) all.push(number[0]);
  }
  return all;
}

/** Units in the last place of `truth`. */
function ulps(got: number, truth: number): number {
  const size = Math.max(Math.abs(truth), 2 ** -126);
  return Math.abs(got - truth) / 2 ** (Math.floor(Math.log2(size)) - 23);
}

function inPortions(numbers: readonly number[], work: (some: number[]) => void): void {
  for (let i = 0; i < numbers.length; i += COUNT) work(numbers.slice(i, i + COUNT));
}

describe("exp", () => {
  it("is off by 1.2 units in the last place at most, also where results are subnormal", () => {
    let most = 0;
    inPortions(sweep(-104, 88.7228), (some) => {
      expOf(some).forEach((y, i) => {
        most = Math.max(most, ulps(y, Math.exp(some[i])));
      });
    });
    expect(most).toBeLessThan(1.2);
    expect(most).toBeGreaterThan(0.9); // or the sweep has missed where it is worst
  });

  it("is 1 at 0, 0 far below, infinite far above, and keeps a NaN", () => {
    const given = [0, -0, -104, -1e30, Number.NEGATIVE_INFINITY, 88.73, 1e30, Infinity, Number.NaN];
    const wanted = [1, 1, 0, 0, 0, Infinity, Infinity, Infinity, Number.NaN];
    expect(expOf(given)).toEqual(wanted);
  });
});

describe("geglu", () => {
  /** gelu_tanh, without the cancellation of ½ (1 + tanh u) where u is below 0. */
  const exponent = (x: number) => -2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
  const gelu = (x: number) => x / (1 + Math.exp(exponent(x)));

  it("is off by what the roundings of its exponent come to", () => {
    let most = 0;
    inPortions(sweep(-10, 100), (some) => {
      const ones = some.map(() => 1);
      gegluOf(some, ones).forEach((y, i) => {
        const x = some[i];
        // The exponent E has five roundings, of 2⁻²⁴ at most, whose sizes are between 0 and |E|: together less than
        // 3 · 2⁻²⁴ · |E|, and e^E is off by that in relation. Only below 0 does e^E count, beside 1. Then come e^x,
        // the sum, the quotient and the product.
        const share = 1 / (1 + Math.exp(-exponent(x)));
        const relative = (3 * Math.abs(exponent(x)) + 2.4) * share + 3;
        const size = Math.max(Math.abs(gelu(x)), 2 ** -126);
        most = Math.max(most, Math.abs(y - gelu(x)) / (relative * 2 ** -24 * size));
      });
    });
    expect(most).toBeLessThan(1);
    expect(most).toBeGreaterThan(0.3);
  });

  it("is 0 far below, and x far above, as the twin", () => {
    const gate = [-1e30, -100, -11, -0, 0, 11, 1e30, Infinity, Number.NaN, -Infinity];
    const up = [2, -2, 3, 2, 2, -3, 1.5, 1, 1, 1];
    const wanted = twin(
      tensor(Float32Array.from(gate), [1, 10]),
      tensor(Float32Array.from(up), [1, 10]),
    );
    expect(gegluOf(gate, up)).toEqual([...wanted.data]);
    const tiny = gegluOf([1e-30, -1e-30, 1e-44], [1, 1, 1]);
    expect(tiny[0]).toBeCloseTo(5e-31, 36);
    expect(tiny[1]).toBeCloseTo(-5e-31, 36);
    expect(tiny[2]).toBe(Math.fround(5e-45));
  });

  it("multiplies by up, and may write where it reads", () => {
    const [gate, up] = [
      [1, -1, 0.5, 3],
      [2, 3, -4, Number.NaN],
    ];
    const wanted = gegluOf(gate, up);
    call("geglu", X, X, UP, 1);
    expect([...floats.slice(X / 4, X / 4 + 4)]).toEqual(wanted);
    gate.forEach((x, i) => {
      if (i < 3) expect(ulps(wanted[i], gelu(x) * up[i])).toBeLessThan(3);
    });
    expect(wanted[3]).toBeNaN();
  });
});

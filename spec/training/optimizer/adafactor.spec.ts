import { describe, expect, it } from "vitest";
import { adafactor } from "../../../src/training/optimizer/adafactor.ts";
import { relativeError } from "../../support/learning.ts";
import { parameter } from "../../support/training.ts";

/** Without what scales an update afterwards. */
const BARE = { minSide: 2, relative: false, clipping: 1e9 };
const zeros = (length: number) => new Float64Array(length);

// Rounding of some ten operations in float64.
const ROUNDING = 1e-14;

describe("adafactor", () => {
  it("is exact for a gradient of rank one: each update is lr · sign(g)", () => {
    const v = [2, -0.01, 7, 1];
    const g = [0.5, -3, 20].flatMap((a) => v.map((b) => a * b));
    const p = parameter("W", zeros(12), g, [3, 4]);
    const optimizer = adafactor(BARE);
    optimizer.step([p], 0.1);
    const once = g.map((x) => -0.1 * Math.sign(x));
    expect(relativeError(p.data, once)).toBeLessThan(ROUNDING);
    optimizer.step([p], 0.1);
    // Of the same gradient again, whatever β is.
    const twice = once.map((x) => 2 * x);
    expect(relativeError(p.data, twice)).toBeLessThan(ROUNDING);
    expect([...optimizer.state().keys()]).toEqual(["row.W", "col.W", "t.W"]);
  });

  it("by hand: a matrix that is not of rank one", () => {
    // g² = [[1, 4], [9, 0]]: rows 5/2, 9/2; columns 5, 2; mean 7/2.
    const p = parameter("W", zeros(4), [1, 2, 3, 0], [2, 2]);
    adafactor(BARE).step([p], 1);
    const [a, b, c] = [(2.5 * 5) / 3.5, (2.5 * 2) / 3.5, (4.5 * 5) / 3.5];
    const expected = [-1 / Math.sqrt(a), -2 / Math.sqrt(b), -3 / Math.sqrt(c), 0];
    expect(relativeError(p.data, expected)).toBeLessThan(ROUNDING);
  });

  it("by hand: β of the second step is 1 − 2^−0.8, of a vector", () => {
    const p = parameter("norm", [0], [1]);
    const optimizer = adafactor(BARE);
    optimizer.step([p], 1);
    expect(p.data[0]).toBe(-1); // v = g²
    p.gradient[0] = 3;
    optimizer.step([p], 1);
    const beta = 1 - 2 ** -0.8; // 0.4257
    expect(p.data[0]).toBeCloseTo(-1 - 3 / Math.sqrt(beta + (1 - beta) * 9), 14);
  });

  it("by hand: another rate of forgetting, another ε", () => {
    const p = parameter("norm", [0], [1]);
    const optimizer = adafactor({ ...BARE, decayRate: 1, eps: 3 });
    optimizer.step([p], 1);
    expect(p.data[0]).toBe(-0.5); // v = 1 + 3
    p.gradient[0] = 3;
    optimizer.step([p], 1);
    expect(p.data[0]).toBeCloseTo(-0.5 - 3 / Math.sqrt((4 + 12) / 2), 14); // β = ½
  });

  it("factors from the shorter side on, 128 unless told otherwise", () => {
    const kinds = (shape: readonly number[], options = {}) => {
      const optimizer = adafactor(options);
      optimizer.step([parameter("W", zeros(shape[0] * (shape[1] ?? 1)), undefined, shape)], 0);
      return [...optimizer.state().keys()].map((name) => name[0]).join("");
    };
    expect(kinds([128, 200])).toBe("rct");
    expect(kinds([127, 2000])).toBe("vt");
    expect(kinds([300])).toBe("vt");
    expect(kinds([2, 3], { minSide: 2 })).toBe("rct");
  });

  it("clips an update to a root mean square, and scales it by that of its weight", () => {
    const p = parameter("norm", [3, 4, 0, 0], [1, -1, 1, -1]);
    adafactor({ clipping: 0.5 }).step([p], 0.1);
    // u = ±1 has rms 1, clipped to ½; the weight has rms 2.5.
    expect(relativeError(p.data, [2.875, 4.125, -0.125, 0.125])).toBeLessThan(ROUNDING);
    const tiny = parameter("zero", [0], [5]);
    adafactor().step([tiny], 1);
    expect(tiny.data[0]).toBeCloseTo(-1e-3, 14); // 1e-3 at least, or it would stay 0
  });

  it("decays as optax does, not scaled by lr, where it is told to", () => {
    const all = [parameter("norm", [1, 1]), parameter("W", [1, 1], undefined, [1, 2])];
    adafactor({ weightDecay: 0.25 }).step(all, 0.5);
    expect(all.map(({ data }) => data[0])).toEqual([1, 0.75]);
    const vector = parameter("norm", [1]);
    adafactor({ weightDecay: 0.25, decays: () => true }).step([vector], 0.5);
    expect(vector.data[0]).toBe(0.75);
  });

  it("goes on from its state to the bit, and refuses another's", () => {
    const options = { minSide: 2, decayRate: 0.7, eps: 1e-20 };
    const run = (stops: boolean) => {
      let optimizer = adafactor(options);
      const p = parameter("W", [1, 2, 3, 4, 5, 6], undefined, [2, 3]);
      for (let t = 0; t < 5; t++) {
        for (let i = 0; i < 6; i++) p.gradient[i] = Math.sin(t * 6 + i);
        optimizer.step([p, parameter("norm", [t], [1])], 0.01);
        const state = optimizer.state();
        if (!stops) continue;
        optimizer = adafactor(options);
        optimizer.restore(state);
      }
      return [...p.data];
    };
    expect(run(true)).toEqual(run(false));
    const optimizer = adafactor(BARE);
    optimizer.step([parameter("W", zeros(6), undefined, [2, 3])], 0);
    const other = adafactor(BARE);
    other.restore(optimizer.state());
    expect(() => other.step([parameter("W", zeros(6), undefined, [3, 2])], 0)).toThrow(
      "the restored state may be of another model",
    );
    const half = new Map([...optimizer.state()].filter(([name]) => name !== "col.W"));
    expect(() => other.restore(half)).toThrow('"W" expected t, and v or row and col, got row, t');
    expect(() => adafactor({ clipping: 0 })).toThrow('"clipping" expected a positive number');
  });

  it("refuses gradients whose squares overflow, and changes nothing: finite gradients leave finite weights", () => {
    for (const minSide of [2, 128]) {
      const p = narrow([1, 2, 3, 4]);
      const optimizer = adafactor({ minSide });
      optimizer.step([p], 0.1);
      const remembered = [...optimizer.state().values()].map(({ data }) => [...data]);
      const before = [...p.data];
      p.gradient.set([1, 3e30, 1, 1]);
      expect(() => optimizer.step([p], 0.1)).toThrow(
        'adafactor.step: "W" expected gradients of 1.8e+19 at most, as larger squares overflow, got 3.0e+30; ',
      );
      expect([...p.data]).toEqual(before);
      expect([...optimizer.state().values()].map(({ data }) => [...data])).toEqual(remembered);
      // The last that goes: all of it at the end of float32.
      p.gradient.fill(1.84e19);
      for (let t = 0; t < 3; t++) optimizer.step([p], 0.1);
      for (const { data } of optimizer.state().values()) {
        expect(data.every((x) => Number.isFinite(x))).toBe(true);
      }
      expect(p.data.every((x) => Number.isFinite(x))).toBe(true);
    }
  });

  it("refuses an ε that is 0 in float32", () => {
    expect(() => adafactor({ eps: 1e-46 }).step([narrow([0, 0, 0, 0])], 0.1)).toThrow(
      'adafactor.step: "eps" expected 7.1e-46 or more, got 1e-46; it rounds to 0 in the float32 of W',
    );
    for (const minSide of [2, 128]) {
      const p = narrow([0, 0, 0, 0]);
      const optimizer = adafactor({ eps: 7.1e-46, minSide });
      for (let t = 0; t < 5; t++) optimizer.step([p], 0.1);
      expect([...p.data]).toEqual([1, 1, 1, 1]);
    }
  });
});

/** A matrix of ones [2, 2] in float32. */
function narrow(gradient: readonly number[]) {
  const [data, own] = [Float32Array.of(1, 1, 1, 1), Float32Array.from(gradient)];
  return { ...parameter("W", data, own, [2, 2]), data, gradient: own };
}

import { describe, expect, it } from "vitest";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { applyGradients } from "../../../src/training/run/step.ts";
import { learned, relativeError } from "../../support/learning.ts";
import { parameter } from "../../support/training.ts";

describe("adamW", () => {
  it("by hand: p = ½, g = 1 then −2, lr 0.1, decay 0.01", () => {
    const p = parameter("p", [0.5], [1]);
    const optimizer = adamW({ decays: () => true });
    optimizer.step([p], 0.1);
    expect(p.data[0]).toBeCloseTo(0.3995, 8); // ½ (1 − 0.001) − 0.1, as m̂/√v̂ = 1
    p.gradient[0] = -2;
    optimizer.step([p], 0.1);
    expect(p.data[0]).toBeCloseTo(0.4357109, 7);
  });

  // Gradients of 0, of ε's size, and of a million; three settings of β, ε and decay.
  it.each([0, 1, 2])("follows PyTorch for four steps: golden %i", (i) => {
    const file = (name: string) => learned("ops-grad", `adamw.${i}.${name}`);
    const [lr, beta1, beta2, eps, weightDecay] = file("options");
    const optimizer = adamW({ beta1, beta2, eps, weightDecay, decays: () => true });
    const p = parameter("p", file("initial"));
    const n = p.data.length;
    for (let t = 0; t < 4; t++) {
      p.gradient.set(file("gradients").subarray(t * n, (t + 1) * n));
      optimizer.step([p], lr);
      const expected = file("trajectory").subarray(t * n, (t + 1) * n);
      for (let k = 0; k < n; k++) {
        // Each number by itself: one that had a gradient of ε's size would be lost beside the others.
        expect(relativeError([p.data[k]], [expected[k]])).toBeLessThan(1e-12);
      }
    }
  });

  it("decays matrices and not vectors, unless told otherwise", () => {
    const decayed = (options: Parameters<typeof adamW>[0]) => {
      const all = [parameter("norm", [1, 1]), parameter("W", [1, 1], undefined, [1, 2])];
      adamW({ weightDecay: 0.5, ...options }).step(all, 0.1);
      return all.map(({ data }) => data[0]);
    };
    expect(decayed({})).toEqual([1, 0.95]);
    expect(decayed({ decays: (name) => name === "norm" })).toEqual([0.95, 1]);
  });

  it("leaves frozen parameters alone, and counts the steps of each for itself", () => {
    const optimizer = adamW({ weightDecay: 0 });
    const [p, late] = [parameter("p", [0], [1]), parameter("late", [0], [1])];
    optimizer.step([p, { ...late, gradient: undefined }], 0.1);
    expect(late.data[0]).toBe(0);
    optimizer.step([p, late], 0.1);
    // Of a constant gradient every step is lr.
    expect(late.data[0]).toBeCloseTo(-0.1, 8);
    expect(p.data[0]).toBeCloseTo(-0.2, 8);
  });

  it("goes on from its state to the bit, and refuses another's", () => {
    const run = (stops: boolean) => {
      let optimizer = adamW();
      const p = { ...parameter("p", [1, -1]), data: Float32Array.of(1, -1) };
      for (let t = 0; t < 6; t++) {
        p.gradient.set([Math.sin(t), Math.cos(t)]);
        optimizer.step([p], 0.01);
        const state = optimizer.state();
        if (!stops) continue;
        optimizer = adamW();
        optimizer.restore(state);
      }
      return [...p.data];
    };
    expect(run(true)).toEqual(run(false));
    const optimizer = adamW();
    optimizer.step([parameter("p", [1, 2, 3], [1, 1, 1])], 0.1);
    const other = adamW();
    other.restore(optimizer.state());
    expect(() => other.step([parameter("p", [1, 2])], 0.1)).toThrow(
      'adamW.step: "p" expected 2 numbers of [2], got a state of 3; the restored state may be of another model',
    );
    const row = new Map([["row.p", [...optimizer.state().values()][0]]]);
    expect(() => other.restore(row)).toThrow("this may be another optimiser's");
    const half = new Map([...optimizer.state()].filter(([name]) => name !== "v.p"));
    expect(() => other.restore(half)).toThrow('"p" expected m, v and t, m as long as v, got m, t');
  });

  it("refuses options that cannot be", () => {
    expect(() => adamW({ beta1: 1 })).toThrow('"beta1" expected a number from 0 to below 1, got 1');
    expect(() => adamW({ eps: -1 })).toThrow('"eps" expected a number, 0 or more, got -1');
    expect(() => adamW().step([], Number.NaN)).toThrow('"lr" expected a finite number');
  });

  it("refuses gradients whose squares overflow, and changes nothing", () => {
    const [data, gradient] = [Float32Array.of(1, 1), Float32Array.of(1, 1e25)];
    const p = { ...parameter("p", [1, 1]), data, gradient };
    const optimizer = adamW();
    expect(() => optimizer.step([p], 0.1)).toThrow(
      'adamW.step: "p" expected gradients of 1.8e+19 at most, as larger squares overflow, got 1.0e+25',
    );
    expect([[...data], optimizer.state().size]).toEqual([[1, 1], 0]);
    // The loop says why it goes on without that step.
    const applied = applyGradients([p], { optimizer, lr: 0.1 });
    expect(applied.skipped).toBe(
      "a gradient of p is 1.0e+25, and the square of more than 1.8e+19 overflows: weights and moments stay as they were",
    );
    expect(applyGradients([p], { optimizer, lr: 0.1, maxNorm: 1 }).skipped).toBeUndefined();
    expect(data[1]).toBeCloseTo(0.9, 6);
    for (const wide of [1e200, Number.NaN]) {
      expect(() => optimizer.step([parameter("q", [1], [wide])], 0.1)).toThrow('"q" expected');
    }
  });
});

/**
 * The backward twins against derivatives without calculus, for shapes of any kind: what they say of each input is how much a loss changes
 * with it. The loss is Σ dy · y, so that ∂loss/∂y = dy.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxAbs, maxError } from "../../../src/conformance/metrics.ts";
import { attention } from "../../../src/nn/attention.ts";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward, geluDerivative } from "../../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../../src/nn/backward/softmax.ts";
import { embed } from "../../../src/nn/embedding.ts";
import { geglu, gelu } from "../../../src/nn/geglu.ts";
import { linear } from "../../../src/nn/linear.ts";
import { crossEntropy } from "../../../src/nn/loss/cross-entropy.ts";
import { crossEntropyHead } from "../../../src/nn/loss/cross-entropy-head.ts";
import { rmsNorm } from "../../../src/nn/rmsnorm.ts";
import { applyRope } from "../../../src/nn/rope.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float64 as precision, zeros } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";
import { dot, slopes, total } from "../../support/slopes.ts";

/**
 * In units of the largest slope, or absolute where all are below 1. h⁴/30 = 3e-14 times a fifth derivative, which is at most 5,000 such
 * units (a norm with ε = 0.1 of a number near 0: 45/ε²), and 1.7e-13 times a loss below 400: together 2.2e-10.
 */
const BAR = 1e-9;
const RUNS = { numRuns: 25 };

const size = (max: number) => fc.integer({ min: 1, max });
const seed = fc.nat(1e6);
/** Uniform in ±2, float64. */
function random(shape: readonly number[], from: number): NdArray {
  return tensor(
    Float64Array.from(randomTensor(shape, from).data, (x) => 2 * x),
    shape,
  );
}

/** `gradient` is that of `loss` by `x`. */
function expectSlopes(gradient: NdArray, loss: () => number, x: NdArray): void {
  const expected = slopes(loss, x);
  expect(gradient.shape).toEqual(x.shape);
  expect(maxError(gradient.data, expected)).toBeLessThan(BAR * Math.max(1, maxAbs(expected)));
}

describe("by finite differences,", () => {
  it("rmsNorm", () => {
    const eps = fc.double({ min: 0.1, max: 1, noNaN: true });
    const offset = fc.constantFrom(0 as const, 1 as const);
    fc.assert(
      fc.property(size(4), size(7), seed, eps, offset, (L, D, from, eps, normOffset) => {
        const [x, weight, dy] = [
          random([L, D], from),
          random([D], from + 1),
          random([L, D], from + 2),
        ];
        const options = { eps, normOffset, precision };
        const loss = () => dot(dy, rmsNorm(x, weight, options));
        const dWeight = zeros([D], precision);
        expectSlopes(rmsNormBackward(dy, x, weight, { ...options, dWeight }), loss, x);
        expectSlopes(dWeight, loss, weight);
      }),
      RUNS,
    );
  });

  it("linear", () => {
    fc.assert(
      fc.property(size(4), size(5), size(6), seed, (L, D, F, from) => {
        const [x, weight, dy] = [
          random([L, D], from),
          random([F, D], from + 1),
          random([L, F], from + 2),
        ];
        const loss = () => dot(dy, linear(x, weight, { precision }));
        expectSlopes(linearInputBackward(dy, weight, { precision }), loss, x);
        expectSlopes(linearWeightBackward(dy, x, { precision }), loss, weight);
      }),
      RUNS,
    );
  });

  it("rope", () => {
    const pos = fc.integer({ min: 0, max: 8000 });
    const theta = fc.constantFrom(10000, 100);
    fc.assert(
      fc.property(size(3), size(3), size(4), seed, pos, theta, (L, N, half, from, pos, theta) => {
        const [x, dy] = [random([L, N, 2 * half], from), random([L, N, 2 * half], from + 1)];
        const loss = () => dot(dy, applyRope(x, pos, { theta, precision }));
        expectSlopes(applyRopeBackward(dy, pos, { theta, precision }), loss, x);
      }),
      RUNS,
    );
  });

  it("softmax", () => {
    fc.assert(
      fc.property(size(4), size(7), seed, (L, S, from) => {
        const [x, dy] = [random([L, S], from), random([L, S], from + 1)];
        const loss = () => dot(dy, softmax(x, { precision }));
        expectSlopes(softmaxBackward(dy, softmax(x, { precision }), { precision }), loss, x);
      }),
      RUNS,
    );
  });

  it("attention: any heads that divide, behind cached keys, with keys to come", () => {
    const sizes = fc.record({
      L: size(3),
      K: size(3),
      groups: size(3),
      H: size(4),
      before: fc.nat(3),
      after: fc.nat(1),
      scale: fc.constantFrom(undefined, 0.3),
      from: seed,
    });
    fc.assert(
      fc.property(sizes, ({ L, K, groups, H, before: pos, after, scale, from }) => {
        const [N, S] = [K * groups, pos + L + after];
        const [q, dz] = [random([L, N, H], from), random([L, N, H], from + 1)];
        const [k, v] = [random([S, K, H], from + 2), random([S, K, H], from + 3)];
        const options = { pos, scale, precision };
        const loss = () => dot(dz, attention(q, k, v, options));
        const { dq, dk, dv } = attentionBackward(dz, q, k, v, options);
        expectSlopes(dq, loss, q);
        expectSlopes(dk, loss, k);
        expectSlopes(dv, loss, v);
      }),
      RUNS,
    );
  });

  it("geglu", () => {
    fc.assert(
      fc.property(size(4), size(7), seed, (L, F, from) => {
        const [gate, up, dy] = [
          random([L, F], from),
          random([L, F], from + 1),
          random([L, F], from + 2),
        ];
        const loss = () => dot(dy, geglu(gate, up, { precision }));
        const { dGate, dUp } = gegluBackward(dy, gate, up, { precision });
        expectSlopes(dGate, loss, gate);
        expectSlopes(dUp, loss, up);
      }),
      RUNS,
    );
  });

  it("gelu, from −8 to 8", () => {
    const x = tensor(
      Float64Array.from({ length: 161 }, (_, i) => (i - 80) / 10),
      [161],
    );
    const gradient = tensor(x.data.map(geluDerivative), [161]);
    expectSlopes(gradient, () => total(Array.from(x.data, gelu)), x);
  });

  it("embedding, with ids that come again", () => {
    fc.assert(
      fc.property(size(6), size(4), size(5), seed, (L, V, D, from) => {
        const [table, dx] = [random([V, D], from), random([L, D], from + 1)];
        const ids = Array.from({ length: L }, (_, l) => (l * from) % V);
        const options = { scale: 1.5, precision };
        const dTable = embedBackward(ids, dx, { ...options, dTable: zeros([V, D], precision) });
        expectSlopes(dTable, () => dot(dx, embed(ids, table, options)), table);
      }),
      RUNS,
    );
  });

  const counts = fc.array(fc.constantFrom(0, 1, 0.25, -0.5), { minLength: 1, maxLength: 5 });
  const zLosses = fc.constantFrom(0, 0.01);

  it("cross-entropy: some rows count, some are masked, some are to become less likely", () => {
    fc.assert(
      fc.property(counts, size(7), seed, zLosses, (weights, V, from, zLoss) => {
        const R = weights.length;
        const logits = random([R, V], from);
        const targets = weights.map((_, r) => (r * from) % V);
        const options = { weights, zLoss, precision };
        const dLogits = zeros([R, V], precision);
        crossEntropy(logits, targets, { ...options, dLogits });
        expectSlopes(dLogits, () => crossEntropy(logits, targets, options).loss, logits);
      }),
      RUNS,
    );
  });

  it("the head, in chunks of any size", () => {
    fc.assert(
      fc.property(
        counts,
        size(4),
        size(7),
        size(3),
        seed,
        zLosses,
        (weights, D, V, chunkRows, from, zLoss) => {
          const R = weights.length;
          const [h, table] = [random([R, D], from), random([V, D], from + 1)];
          const targets = weights.map((_, r) => (r * from) % V);
          const options = { weights, zLoss, chunkRows, precision };
          const loss = () => crossEntropyHead(h, table, targets, options).loss;
          const [dh, dTable] = [zeros([R, D], precision), zeros([V, D], precision)];
          crossEntropyHead(h, table, targets, { ...options, dh, dTable });
          expectSlopes(dh, loss, h);
          expectSlopes(dTable, loss, table);
        },
      ),
      RUNS,
    );
  });
});

/** What goes wrong in backward passes written by hand, one mistake a test. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxAbs, relativeError } from "../../../src/conformance/metrics.ts";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward, geluDerivative } from "../../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../../src/nn/backward/softmax.ts";
import { applyRope } from "../../../src/nn/rope.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float32, float64, zeros } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";
import { dot, total } from "../../support/slopes.ts";

const precision = float64;
const size = (max: number) => fc.integer({ min: 1, max });
const seed = fc.nat(1e6);
const f64 = (shape: number[], ...values: number[]) => tensor(Float64Array.from(values), shape);
/** Dense copies of heads `heads` of `x` [L, N, H]. */
const pick = (x: NdArray, heads: readonly number[]) => {
  const [L, , H] = x.shape;
  const picked = zeros([L, heads.length, H], float64);
  for (let l = 0; l < L; l++) {
    for (const [n, from] of heads.entries()) {
      for (let h = 0; h < H; h++) picked.set(l, n, h, x.get(l, from, h));
    }
  }
  return picked;
};

describe("rmsNorm", () => {
  it("has a dx at a right angle to x, but for ε: Σ dx · x = ε ρ³ Σ g · x", () => {
    const eps = fc.constantFrom(0, 1e-6, 1e-2);
    fc.assert(
      fc.property(size(40), seed, eps, (D, from, eps) => {
        const [x, weight] = [randomTensor([1, D], from), randomTensor([D], from + 1)];
        const dy = randomTensor([1, D], from + 2);
        const dx = rmsNormBackward(dy, x, weight, { eps, precision });
        const cube = (dot(x, x) / D + eps) ** -1.5;
        let along = 0;
        for (let d = 0; d < D; d++) along += dy.data[d] * (1 + weight.data[d]) * x.data[d];
        // Of D products, |dx|·|x| or smaller, each is rounded some times; and dx is a difference of two that are ρ·|g|.
        const bar = 1e-15 * (D + 4) * maxAbs(x.data) * (maxAbs(dx.data) + 2 * Math.cbrt(cube));
        expect(Math.abs(dot(dx, x) - eps * cube * along)).toBeLessThan(bar);
      }),
    );
  });

  it("of a row of zeros is finite: ε is all that is there", () => {
    const dx = rmsNormBackward(f64([1, 2], 1, 2), f64([1, 2], 0, 0), f64([2], 0, 0), { precision });
    expect([...dx.data]).toEqual([1000, 2000].map((x) => expect.closeTo(x, 9)));
  });
});

describe("rope", () => {
  it("is turned back by the angles that the forward has in float32 too, at the end of the context", () => {
    const x = randomTensor([3, 2, 16], 1);
    const back = applyRopeBackward(applyRope(x, 8189), 8189);
    // cos² + sin² of float32, and two roundings. Angles rounded in another way are 5e-4 apart.
    expect(relativeError(back.data, x.data)).toBeLessThan(6 * 2 ** -24);
  });

  it("keeps lengths, and turns row l by the angle of its own position", () => {
    const dy = randomTensor([4, 1, 8], 2);
    const dx = applyRopeBackward(dy, 5, { precision });
    expect(dot(dx, dx)).toBeCloseTo(dot(dy, dy), 13);
    const last = tensor(dy.data.slice(24), [1, 1, 8]);
    expect([...applyRopeBackward(last, 8, { precision }).data]).toEqual([...dx.data.slice(24)]);
  });
});

describe("softmax", () => {
  it("takes from some what it gives to others, and nothing from what is masked", () => {
    const scores = tensor(Float64Array.from([1, -2, -Infinity, 0.5]), [1, 4]);
    const dx = softmaxBackward(f64([1, 4], 1, 2, 1e9, 4), softmax(scores, { precision }), {
      precision,
    });
    expect(dx.data[2]).toBe(0);
    expect(total(dx.data)).toBeCloseTo(0, 14);
  });
});

describe("attention", () => {
  const [L, N, H] = [5, 4, 6];
  const [q, dz] = [randomTensor([L, N, H], 3), randomTensor([L, N, H], 4)];
  const [k, v] = [randomTensor([L, 2, H], 5), randomTensor([L, 2, H], 6)];

  it("adds up dk and dv over the query heads of a key-value head, which are neighbours", () => {
    const { dq, dk, dv } = attentionBackward(dz, q, k, v, { precision });
    const each = attentionBackward(dz, q, pick(k, [0, 0, 1, 1]), pick(v, [0, 0, 1, 1]), {
      precision,
    });
    expect([...dq.data]).toEqual([...each.dq.data]);
    for (const [ours, ofEach] of [
      [dk, each.dk],
      [dv, each.dv],
    ]) {
      const [even, odd] = [pick(ofEach, [0, 2]), pick(ofEach, [1, 3])];
      const sum = even.data.map((x, i) => x + odd.data[i]);
      expect(relativeError(ours.data, sum)).toBeLessThan(1e-14);
    }
  });

  it("gives a first token, which sees itself alone, no gradient for its query and key", () => {
    const one = (x: NdArray) => tensor(x.data.slice(0, x.stride[0]), [1, x.shape[1], H]);
    const { dq, dk } = attentionBackward(one(dz), one(q), one(k), one(v));
    expect([...dq.data, ...dk.data].every((x) => x === 0)).toBe(true);
  });

  it("never looks at later keys, not even at NaN, and gives them 0", () => {
    const [later, laterToo] = [randomTensor([8, 2, H], 7), randomTensor([8, 2, H], 8)];
    for (const x of [later, laterToo]) x.data.fill(Number.NaN, 7 * 2 * H);
    const { dq, dk, dv } = attentionBackward(dz, q, later, laterToo, { pos: 2, precision });
    for (const x of [dk, dv])
      expect([...x.data.slice(7 * 2 * H)]).toEqual(new Array(2 * H).fill(0));
    expect([dq, dk, dv].every((x) => Number.isFinite(maxAbs(x.data)))).toBe(true);
  });

  it("stays finite where scores are hundreds apart", () => {
    const sharp = attentionBackward(dz, q, k, v, { scale: 1000 });
    expect([sharp.dq, sharp.dk, sharp.dv].every((x) => Number.isFinite(maxAbs(x.data)))).toBe(true);
  });

  it("has no pattern in memory: [N, L, S] would be the largest thing in a step", () => {
    const long = 96;
    const some = (heads: number, from: number) => randomTensor([long, heads, 4], from);
    const args = [some(4, 1), some(4, 2), some(2, 3), some(2, 4)] as const;
    const real = globalThis.Float64Array;
    let largest = 0;
    globalThis.Float64Array = new Proxy(real, {
      construct(target, [length], newTarget) {
        if (typeof length === "number") largest = Math.max(largest, length);
        return Reflect.construct(target, [length], newTarget);
      },
    });
    try {
      attentionBackward(...args, { precision });
    } finally {
      globalThis.Float64Array = real;
    }
    expect(largest).toBe(long * 4 * 4); // dq
  });
});

describe("geglu", () => {
  it("has the slope of a line where tanh has saturated, however far out", () => {
    for (const x of [9, 30, 1e4, 1e38, 1e155, 1e300]) {
      expect([geluDerivative(x), geluDerivative(-x)]).toEqual([1, 0]);
    }
    const gate = f64([1, 4], 3e38, -3e38, 27, -27);
    const { dGate, dUp } = gegluBackward(f64([1, 4], 1, 1, 1, 1), gate, f64([1, 4], 2, 2, 2, 2));
    expect([...dGate.data]).toEqual([2, 0, 2, 0]);
    expect([...dUp.data]).toEqual([Math.fround(3e38), -0, 27, -0]);
  });

  it("has a slope below 0 and above 1 on the way: −0.1290 at −1.4185, 1.1290 at 1.4185", () => {
    const slopes = Array.from({ length: 4001 }, (_, i) => geluDerivative((i - 2000) / 500));
    expect([Math.min(...slopes), Math.max(...slopes)]).toEqual([
      expect.closeTo(-0.129, 4),
      expect.closeTo(1.129, 4),
    ]);
    expect((slopes.indexOf(Math.max(...slopes)) - 2000) / 500).toBeCloseTo(1.4185, 2);
    expect(geluDerivative(0)).toBe(0.5);
  });
});

describe("embedding", () => {
  it("adds for each time that an id occurs, to what was there, and touches no other row", () => {
    const dTable = f64([4, 2], Number.NaN, Number.NaN, 1, 2, Number.NaN, Number.NaN, 10, 20);
    embedBackward([3, 1, 3, 3], f64([4, 2], 1, 1, 5, 5, 2, 2, 4, 4), {
      scale: 10,
      precision,
      dTable,
    });
    expect([...dTable.data]).toEqual([
      Number.NaN,
      Number.NaN,
      51,
      52,
      Number.NaN,
      Number.NaN,
      80,
      90,
    ]);
  });
});

describe("linear", () => {
  it("sums over all rows before it rounds, so that small ones are not lost behind a large one", () => {
    const R = 1001;
    const dy = tensor(new Float32Array(R).fill(1), [R, 1]);
    const x = tensor(
      Float32Array.from({ length: R }, (_, r) => (r === 0 ? 2 ** 25 : 1)),
      [R, 1],
    );
    // In float32 2²⁵ + 1 is 2²⁵ again, a thousand times.
    expect(linearWeightBackward(dy, x).data[0]).toBe(2 ** 25 + 1000);
    const weight = tensor(x.data, [R, 1]);
    expect(linearInputBackward(tensor(dy.data, [1, R]), weight).data[0]).toBe(2 ** 25 + 1000);
  });

  it("rounds once a call: the same calls in the same order give the same bits", () => {
    const [dy, x] = [randomTensor([6, 3], 9), randomTensor([6, 4], 10)];
    const rows = (t: NdArray, from: number, count: number) => t.lo(from).hi(count);
    const inTwo = zeros([3, 4], float32);
    linearWeightBackward(rows(dy, 0, 2), rows(x, 0, 2), { dWeight: inTwo });
    linearWeightBackward(rows(dy, 2, 4), rows(x, 2, 4), { dWeight: inTwo });
    const second = linearWeightBackward(rows(dy, 2, 4), rows(x, 2, 4), { precision });
    const first = linearWeightBackward(rows(dy, 0, 2), rows(x, 0, 2));
    expect([...inTwo.data]).toEqual(
      Array.from(first.data, (x, i) => Math.fround(x + second.data[i])),
    );
  });
});

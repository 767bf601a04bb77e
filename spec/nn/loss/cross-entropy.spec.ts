/** Cross-entropy by itself, and with the last layer: what counts, what is skipped, and what stays finite. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxAbs, relativeError } from "../../../src/conformance/metrics.ts";
import { type Matmuls, plainMatmuls } from "../../../src/nn/backward/matmuls.ts";
import { linear } from "../../../src/nn/linear.ts";
import { logProbability } from "../../../src/nn/log-softmax.ts";
import { crossEntropy } from "../../../src/nn/loss/cross-entropy.ts";
import { crossEntropyHead } from "../../../src/nn/loss/cross-entropy-head.ts";
import { float32, float64, zeros } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";
import { total } from "../../support/slopes.ts";

const precision = float64;

describe("crossEntropy", () => {
  it.each([float64, float32])(
    "in $name a target thousands below the largest logit is finite",
    (precision) => {
      const logits = tensor(precision.alloc(4), [1, 4]);
      logits.data.set([0, 9000, -3000, 8990]);
      const dLogits = zeros([1, 4], precision);
      const { loss, logprobs } = crossEntropy(logits, [2], { weights: [0.5], precision, dLogits });
      expect(loss).toBeCloseTo(6000 + Math.log1p(Math.exp(-10)) / 2, 9);
      expect(logprobs[0]).toBe(-2 * loss);
      expect(dLogits.data[2]).toBe(-0.5);
      expect(dLogits.data[0]).toBe(0);
      expect(total(dLogits.data)).toBeCloseTo(0, 7);
    },
  );

  it("is the mean over rows unless weights say otherwise, and gives each row's log-probability", () => {
    const [logits, targets] = [randomTensor([3, 7], 1), [4, 0, 6]];
    const { loss, logprobs } = crossEntropy(logits, targets, { precision });
    const expected = targets.map((target, r) => logProbability(logits.pick(r, null), target));
    expect([...logprobs]).toEqual(expected.map((x) => expect.closeTo(x, 13)));
    expect(loss).toBeCloseTo(-total(expected) / 3, 13);
  });

  it("skips rows of weight 0: any target, any logits, no gradient", () => {
    const logits = tensor(Float64Array.from([1, 2, Number.NaN, Number.NaN, 3, 5]), [3, 2]);
    const dLogits = tensor(new Float64Array(6).fill(7), [3, 2]);
    const options = { weights: [0.5, 0, 0.5], precision, dLogits };
    const { loss, logprobs, logSumExp } = crossEntropy(logits, [0, -100, 1], options);
    expect(loss).toBeCloseTo((Math.log1p(Math.E) + Math.log1p(Math.exp(-2))) / 2, 13);
    expect([logprobs[1], logSumExp[1]]).toEqual([0, 0]);
    expect([...dLogits.data.slice(2, 4)]).toEqual([0, 0]);
    expect(maxAbs(dLogits.data)).toBeLessThan(1);
  });

  it("of rows that are all masked is 0, not 0/0", () => {
    const dLogits = tensor(new Float64Array(4).fill(7), [2, 2]);
    const options = { weights: [0, 0], precision, dLogits };
    expect(crossEntropy(tensor(new Float64Array(4), [2, 2]), [9, 9], options).loss).toBe(0);
    expect([...dLogits.data]).toEqual([0, 0, 0, 0]);
  });

  it("has a gradient that sums to 0 in each row, and may write it over the logits", () => {
    const logits = randomTensor([4, 9], 2);
    const options = { weights: [1, 0.5, 0, -2], precision: float32 };
    const apart = zeros([4, 9], float32);
    crossEntropy(logits, [1, 2, 3, 4], { ...options, dLogits: apart });
    for (let r = 0; r < 4; r++) {
      const row = apart.data.slice(9 * r, 9 * r + 9);
      expect(total(row)).toBeCloseTo(0, 6);
    }
    crossEntropy(logits, [1, 2, 3, 4], { ...options, dLogits: logits });
    expect([...logits.data]).toEqual([...apart.data]);
  });

  it("without dLogits leaves the logits alone", () => {
    const logits = randomTensor([2, 3], 3);
    const before = [...logits.data];
    crossEntropy(logits, [0, 1]);
    expect([...logits.data]).toEqual(before);
  });
});

describe("crossEntropyHead", () => {
  const [R, D, V] = [11, 5, 13];
  const [h, table] = [randomTensor([R, D], 4), randomTensor([V, D], 5)];
  const targets = Array.from({ length: R }, (_, r) => (r * 7) % V);
  const weights = [0, 1, 0, 0, 0.5, 0.25, -1, 0, 1, 1, 0];

  it("is linear and crossEntropy in one, whatever the chunk", () => {
    const logits = linear(h, table, { precision });
    const whole = crossEntropy(logits, targets, {
      weights,
      zLoss: 0.1,
      precision,
      dLogits: logits,
    });
    const products = plainMatmuls(precision);
    const [dh, dTable] = [zeros([R, D], precision), zeros([V, D], precision)];
    products.input(dh, logits, table, false);
    products.weight(dTable, logits, h);
    for (const chunkRows of [1, 2, 3, 6, 7, 64]) {
      const ours = { dh: zeros([R, D], precision), dTable: zeros([V, D], precision) };
      const options = { weights, zLoss: 0.1, chunkRows, precision, ...ours };
      const { loss, logprobs, logSumExp } = crossEntropyHead(h, table, targets, options);
      expect(loss).toBeCloseTo(whole.loss, 13);
      expect(relativeError(logprobs, whole.logprobs)).toBeLessThan(1e-14);
      expect(relativeError(logSumExp, whole.logSumExp)).toBeLessThan(1e-14);
      expect(relativeError(ours.dh.data, dh.data)).toBeLessThan(1e-14);
      expect(relativeError(ours.dTable.data, dTable.data)).toBeLessThan(1e-14);
    }
  });

  /** The plain products, and what was asked of them. */
  function recording(): Matmuls & { readonly asked: string[] } {
    const plain = plainMatmuls(precision);
    const asked: string[] = [];
    const rows = (name: string, { shape }: typeof h) => asked.push(`${name} ${shape[0]}`);
    return {
      asked,
      forward(y, x, weight) {
        rows("forward", x);
        plain.forward(y, x, weight);
      },
      input(dx, dy, weight, add) {
        rows("input", dy);
        plain.input(dx, dy, weight, add);
      },
      weight(dWeight, dy, x) {
        rows("weight", dy);
        plain.weight(dWeight, dy, x);
      },
    };
  }

  it("leaves rows of weight 0 out of the products, and has no more rows in them than a chunk", () => {
    const matmuls = recording();
    const dh = tensor(new Float64Array(R * D).fill(7), [R, D]);
    const options = { weights, chunkRows: 4, precision, matmuls };
    crossEntropyHead(h, table, targets, { ...options, dh, dTable: zeros([V, D], precision) });
    const [first, second] = [4, 2].map((n) => [`forward ${n}`, `weight ${n}`, `input ${n}`]);
    expect(matmuls.asked).toEqual([...first, ...second]);
    const isZero = weights.map((_, r) => maxAbs(dh.data.slice(D * r, D * r + D)) === 0);
    expect(isZero).toEqual(weights.map((weight) => weight === 0));
  });

  it("computes what is asked for alone: the loss, or one of the gradients", () => {
    const asked = (options: object) => {
      const matmuls = recording();
      crossEntropyHead(h, table, targets, { ...options, precision, matmuls });
      return matmuls.asked.join(", ");
    };
    expect(asked({})).toBe("forward 11");
    expect(asked({ dh: zeros([R, D], precision) })).toBe("forward 11, input 11");
    expect(asked({ dTable: zeros([V, D], precision) })).toBe("forward 11, weight 11");
  });

  it("of rows that are all masked is 0: dh is 0, the table's gradient as it was, and no product is made", () => {
    const matmuls = recording();
    const [dh, dTable] = [randomTensor([R, D], 6), randomTensor([V, D], 7)];
    const before = [...dTable.data];
    const options = { weights: new Float64Array(R), dh, dTable, matmuls };
    const { loss, logprobs } = crossEntropyHead(h, table, new Int32Array(R).fill(-1), options);
    expect([loss, maxAbs(logprobs), maxAbs(dh.data)]).toEqual([0, 0, 0]);
    expect([...dTable.data]).toEqual(before);
    expect(matmuls.asked).toEqual([]);
  });

  it("may write dh over h, and adds to dTable", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 12 }), (seed, chunkRows) => {
        const inPlace = tensor(Float64Array.from(h.data), [R, D]);
        const options = { weights, chunkRows, precision };
        const apart = { dh: zeros([R, D], precision), dTable: zeros([V, D], precision) };
        crossEntropyHead(h, table, targets, { ...options, ...apart });
        const dTable = tensor(Float64Array.from(randomTensor([V, D], seed).data), [V, D]);
        const before = [...dTable.data];
        crossEntropyHead(inPlace, table, targets, { ...options, dh: inPlace, dTable });
        expect([...inPlace.data]).toEqual([...apart.dh.data]);
        const sum = apart.dTable.data.map((x, i) => x + before[i]);
        expect(relativeError(dTable.data, sum)).toBeLessThan(1e-15 * chunkRows);
      }),
      { numRuns: 10 },
    );
  });

  it("takes a table of any dtype, as linear does", () => {
    const bits = Uint16Array.from(
      new Uint32Array(Float32Array.from(table.data).buffer),
      (x) => x >>> 16,
    );
    const stored = { dtype: "bfloat16", shape: [V, D], data: bits } as const;
    const wide = tensor(
      Float32Array.from(bits, (x) => new Float32Array(Uint32Array.of(x << 16).buffer)[0]),
      [V, D],
    );
    const run = (weight: typeof stored | typeof wide) => {
      const dh = zeros([R, D], precision);
      return [crossEntropyHead(h, weight, targets, { precision, dh }).loss, ...dh.data];
    };
    expect(run(stored)).toEqual(run(wide));
  });
});

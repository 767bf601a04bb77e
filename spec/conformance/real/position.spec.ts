/** What is kept of logits and streams, and what can be said from it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCURACIES } from "../../../src/conformance/accuracy.ts";
import { Engine } from "../../../src/conformance/engine/engine.ts";
import { fastLinear } from "../../../src/conformance/engine/fast-linear.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { streamed, waysFor } from "../../../src/conformance/real/model-ways.ts";
import { divergenceFrom, positionOf } from "../../../src/conformance/real/position.ts";
import {
  PROJECTIONS,
  projected,
  projectionSigns,
  sampledTokens,
} from "../../../src/conformance/real/projection.ts";
import { teacherForced } from "../../../src/conformance/real/teacher-forced.ts";
import { NANO_MODELS, seededTensors } from "../../../src/conformance/vectors/nano.ts";
import { WAYS } from "../../../src/conformance/ways/ways.ts";
import { mapWeights, weightSpecs, weightsInOrder } from "../../../src/model/weights/weights.ts";
import { linear } from "../../../src/nn/linear.ts";
import { float32, float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";

/** KL(softmax(x) ‖ softmax(y)), from the definition. */
function divergence(x: readonly number[], y: readonly number[]): number {
  const logs = (z: readonly number[]) => {
    const max = Math.max(...z);
    const total = max + Math.log(z.reduce((sum, one) => sum + Math.exp(one - max), 0));
    return z.map((one) => one - total);
  };
  const [p, q] = [logs(x), logs(y)];
  return p.reduce((sum, logP, i) => sum + Math.exp(logP) * (logP - q[i]), 0);
}

describe("divergenceFrom", () => {
  const pairs = fc.integer({ min: 1, max: 90 }).chain((V) => {
    const logits = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), {
      minLength: V,
      maxLength: V,
    });
    return fc.tuple(logits, logits);
  });

  it("never exceeds the true divergence", () => {
    fc.assert(
      fc.property(pairs, ([x, y]) => {
        const true_ = divergence(x, y);
        // Both sums round: of terms up to 60 nats, a few bits of 1e-16 each.
        expect(divergenceFrom(positionOf(x), y)).toBeLessThanOrEqual(true_ + 1e-12);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it("is the true one where the first 32 are all, or differ in the rest by a constant only", () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: -5, max: 5, noNaN: true }), ([x, y], shift) => {
        const position = positionOf(x);
        const z =
          x.length <= 32 ? y : x.map((one, id) => one + (position.top.includes(id) ? 0 : shift));
        expect(divergenceFrom(position, z)).toBeCloseTo(divergence(x, z), 10);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it("sees more than a hundredth of a divergence between random logits", () => {
    const random = (seed: number) => Array.from(randomTensor([100], seed).data, (one) => 6 * one);
    const [x, y] = [random(1), random(2)];
    expect(divergenceFrom(positionOf(x), y)).toBeGreaterThan(divergence(x, y) / 100);
  });
});

describe("positionOf", () => {
  it("has the first tokens in order, of equal ones the lowest id, and the rest in a number", () => {
    const logits = Array.from({ length: 40 }, (_, id) => (id % 2 === 0 ? 5 : id / 10));
    const { top, logits: kept, logSumExp, restLogSumExp } = positionOf(logits);
    expect(top.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
    expect(top.slice(20)).toEqual([39, 37, 35, 33, 31, 29, 27, 25, 23, 21, 19, 17]);
    expect(kept[31]).toBe(1.7);
    const sum = logits.reduce((all, one) => all + Math.exp(one), 0);
    const rest = [1, 3, 5, 7, 9, 11, 13, 15].reduce((all, id) => all + Math.exp(id / 10), 0);
    expect(logSumExp).toBeCloseTo(Math.log(sum), 12);
    expect(restLogSumExp).toBeCloseTo(Math.log(rest), 12);
    expect(positionOf([1, 2]).restLogSumExp).toBeNull();
  });
});

describe("projections", () => {
  it("are those that ten lines of Python give", () => {
    const x = tensor(Float64Array.from([1, 10, 100, 1000, 10000]), [1, 5]);
    const data = Array.from(projected(x, projectionSigns(5)).data);
    expect(data.slice(0, 6)).toEqual([-11109, -10891, 9111, -10911, 8889, -10911]);
    expect(data.reduce((a, b) => a + b, 0)).toBe(572);
    expect(sampledTokens(1024).slice(0, 8)).toEqual([718, 478, 578, 528, 815, 191, 612, 634]);
    expect(sampledTokens(1024)[63]).toBe(271);
    expect(sampledTokens(256000).slice(0, 3)).toEqual([192206, 132574, 112194]);
  });

  it("have each token once, and no more than there are", () => {
    expect(new Set(sampledTokens(70)).size).toBe(64);
    expect([...sampledTokens(5)].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it("tell how far a row is from another, to 18 %", () => {
    const D = 96;
    const signs = projectionSigns(D);
    const ratios = Array.from({ length: 300 }, (_, i) => {
      const error = randomTensor([1, D], i);
      const squares = (x: Iterable<number>) => [...x].reduce((sum, one) => sum + one * one, 0);
      return squares(projected(error, signs).data) / PROJECTIONS / squares(error.data);
    });
    const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
    const deviation = Math.sqrt(
      ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0) / ratios.length,
    );
    // √(2/64) = 0.177 each; the mean of 300, of one set of signs, within a few hundredths of 1.
    expect(Math.abs(mean - 1)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 0.177)).toBeLessThan(0.03);
  });
});

describe("teacherForced", () => {
  const V = 40;
  /** A row whose highest tokens are those given, each 1 below the one before. */
  const row = (...tokens: number[]) =>
    Array.from({ length: V }, (_, id) =>
      tokens.includes(id) ? 9 - tokens.indexOf(id) : -1 - id / 100,
    );
  const rows = [row(3, 5), row(5, 3), row(7, 8)];
  const prompt = {
    ids: [2, 3, 5],
    positions: rows.map((one) => positionOf(one)),
  } as unknown as Parameters<typeof teacherForced>[1];
  const judged = (given: number[][], noise: number) =>
    teacherForced(tensor(Float64Array.from(given.flat()), [given.length, V]), prompt, noise);

  it("takes another token for a tie where twice the noise reaches the lead, and for wrong beyond", () => {
    expect(judged(rows, 0.1)).toEqual({ ties: [], wrong: [] });
    const swapped = [rows[0], row(3, 5), rows[2]];
    const other = { position: 1, got: 3, expected: 5, lead: 1 };
    expect(judged(swapped, 0.5)).toEqual({ ties: [other], wrong: [] });
    expect(judged(swapped, 0.49)).toEqual({ ties: [], wrong: [other] });
  });

  it("takes a token that the sketch does not hold for no higher than the last that it holds", () => {
    const { top, logits } = prompt.positions[2];
    const absent = Array.from({ length: V }, (_, id) => id).find(
      (id) => !top.includes(id),
    ) as number;
    const { wrong } = judged([rows[0], rows[1], row(absent)], 0.5);
    expect(wrong).toEqual([
      { position: 2, got: absent, expected: 7, lead: logits[0] - logits[31] },
    ]);
  });

  it("counts rows from the end", () => {
    expect(judged([row(8, 7)], 0.1).wrong).toMatchObject([{ position: 2, got: 8, expected: 7 }]);
  });
});

describe("ways for trained models", () => {
  it("are all of a class, or few of them", () => {
    for (const accuracy of ACCURACIES) {
      const ids = (isLarge: boolean) => waysFor(accuracy, isLarge).map(({ id }) => id);
      expect(ids(false)).toEqual(WAYS[accuracy].map(({ id }) => id));
      expect(ids(false)).toEqual(expect.arrayContaining(ids(true)));
      expect(ids(true).length).toBeGreaterThanOrEqual(2);
    }
  });

  it("have a quick matmul with the bits of nn/linear.ts", () => {
    const [x, w] = [randomTensor([5, 33], 1), randomTensor([7, 33], 2)];
    const weight = { dtype: "float32" as const, shape: w.shape, data: w.data as Float32Array };
    for (const precision of [float32, float64]) {
      expect(fastLinear(x, weight, { precision }).data).toEqual(
        linear(x, weight, { precision }).data,
      );
    }
  });

  it("quantise weights where they are used, as if all had been quantised before", async () => {
    const [nano] = NANO_MODELS;
    const model = await readWeights(nano.config, seededTensors(nano.tensors));
    const specs = weightSpecs(nano.config);
    for (const { parts } of [...WAYS.q8.slice(0, 2), ...WAYS.q4.slice(0, 4)]) {
      const { weights: change = (weight) => weight, ...rest } = parts;
      const changed = weightsInOrder(model.weights).map((weight, i) =>
        change(weight, specs[i].name),
      );
      const make = ({ name }: { name: string }) =>
        changed[specs.findIndex((one) => one.name === name)];
      const eager = new Engine({ ...model, weights: mapWeights(nano.config, make) }, rest);
      const [a, b] = [eager, new Engine(model, streamed(parts))].map((engine) =>
        engine.feed([2, 7, 5], 0),
      );
      expect(b.get("logits")?.data).toEqual(a.get("logits")?.data);
      expect(new Engine(model).feed([2, 7, 5], 0).get("logits")?.data).not.toEqual(
        a.get("logits")?.data,
      );
    }
  });
});

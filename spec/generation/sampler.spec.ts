import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxError } from "../../src/conformance/metrics.ts";
import { ArgumentError } from "../../src/errors.ts";
import { draw, nextToken, tokenDistribution } from "../../src/generation/sampler.ts";
import { argmax, logProbability } from "../../src/nn/log-softmax.ts";
import { xoshiro128 } from "../../src/random.ts";
import { golden } from "../support/goldens.ts";

/** The distribution over all V tokens, in order of id. */
function dense(logits: Float64Array, options: Parameters<typeof tokenDistribution>[1]) {
  const { ids, probabilities } = tokenDistribution(logits, options);
  const all = new Float64Array(logits.length);
  probabilities.forEach((p, rank) => {
    all[ids[rank]] = p;
  });
  return all;
}

describe("tokenDistribution", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])("equals gemma_pytorch's (case %i)", (i) => {
    const given = (key: string) => golden("ops.npz", `sampler.${i}.${key}`);
    const [temperature] = given("temperature");
    const [topP] = given("top_p");
    const [topK] = given("top_k");
    let ours = dense(given("logits"), { temperature, topP, topK });
    let theirs = given("probs.f32");
    if (i === 7) {
      // Exact ties at the cut, which their sort breaks arbitrarily.
      [ours, theirs] = [ours.sort(), theirs.sort()];
    }
    expect(maxError(ours, theirs)).toBeLessThan(1e-6); // theirs is a float32 softmax
  });

  it("filters by p before k: k first would give case 5 another answer", () => {
    const logits = golden("ops.npz", "sampler.5.logits");
    const [temperature] = golden("ops.npz", "sampler.5.temperature");
    const [topP] = golden("ops.npz", "sampler.5.top_p");
    const [topK] = golden("ops.npz", "sampler.5.top_k");
    const byK = tokenDistribution(logits, { temperature, topK });
    let before = 0;
    const kept = Array.from(byK.probabilities).filter((p) => {
      const keep = before <= topP;
      before += p;
      return keep;
    });
    const byPThenK = tokenDistribution(logits, { temperature, topP, topK });
    expect(kept.length).not.toBe(byPThenK.ids.length);
  });

  it("sorts no differently when it looks no further than it must", () => {
    const logits = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 700 });
    const options = fc.record({
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
      topK: fc.integer({ min: 1, max: 800 }),
    });
    fc.assert(
      fc.property(logits, options, (values, { topP, topK }) => {
        const { probabilities: all } = tokenDistribution(values, {});
        const sorted = values.map((_, id) => id).sort((a, b) => all[b] - all[a] || a - b);
        const expected: number[] = [];
        let before = 0;
        for (const id of sorted.slice(0, topK)) {
          if (before > topP) break;
          expected.push(id);
          before += all[id];
        }
        const ids = Array.from(tokenDistribution(values, { topP, topK }).ids);
        const byId = (list: number[]) => [...list].sort((a, b) => a - b);
        expect(byId(ids)).toEqual(byId(expected));
        if (topP < 1 || topK < values.length) expect(ids).toEqual(expected);
      }),
    );
  });
});

describe("draw", () => {
  it("hits each token as often as its probability says", () => {
    const distribution = tokenDistribution([0, Math.log(2), Math.log(5)], {});
    const random = xoshiro128(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 80000; i++) counts[draw(distribution, random())]++;
    const expected = [10000, 20000, 50000];
    for (const [id, count] of counts.entries()) {
      expect(Math.abs(count - expected[id])).toBeLessThan(5 * Math.sqrt(expected[id]));
    }
  });
});

/** The largest number below 1: where rounding leaves the sum of a distribution below it, all are passed by. */
const ALMOST_1 = 1 - 2 ** -53;

describe("a token that is masked by −∞", () => {
  const no = Number.NEGATIVE_INFINITY;

  it("has probability 0, and the others share the rest as if it were not there", () => {
    // softmax(0, log 3) = 1/4, 3/4
    const { ids, probabilities } = tokenDistribution([no, 0, Math.log(3), no], {});
    expect(Array.from(ids)).toEqual([0, 1, 2, 3]);
    for (const [id, p] of [0, 0.25, 0.75, 0].entries()) {
      expect(probabilities[id]).toBeCloseTo(p, 15);
    }
    expect(logProbability([no, 0, Math.log(3), no], 2)).toBeCloseTo(Math.log(0.75), 14);
    expect(logProbability([no, 0, Math.log(3), no], 3)).toBe(no);
  });

  it.each([{}, { temperature: 1 }, { temperature: 9, topK: 3 }, { temperature: 1, topP: 0.999 }])(
    "never comes, at whatever number is drawn, with %j",
    (options) => {
      for (const u of [0, 0.5, ALMOST_1]) {
        expect(nextToken([no, no, 5, no], options, () => u)).toBe(2);
      }
    },
  );

  it("does not come where rounding leaves the sum below the number drawn", () => {
    const short = { ids: [4, 5, 6], probabilities: Float64Array.of(0.5, 0.5 - 2 ** -40, 0) };
    expect(draw(short, ALMOST_1)).toBe(5);
  });
});

describe.each([
  ["NaN", [1, Number.NaN, 2], '"logits[1]" expected a number, or -Infinity for a token that must'],
  ["NaN before all else", [Number.NaN, 1, 2], '"logits[0]"'],
  ["NaN among masked ones", [Number.NEGATIVE_INFINITY, Number.NaN], '"logits[1]"'],
  ["+∞, which has no softmax", [1, 2, Number.POSITIVE_INFINITY], '"logits[2]"'],
  ["-∞ for every token", [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], "-Infinity for all"],
  ["no logits", [], '"logits" expected a number for at least one token, got no logits'],
])("logits with %s", (_, logits, message) => {
  it.each<[string, () => unknown]>([
    ["nextToken, greedy", () => nextToken(logits, {}, () => 0.5)],
    ["nextToken, drawn", () => nextToken(logits, { temperature: 1 }, () => 0.5)],
    ["tokenDistribution", () => tokenDistribution(logits, { topK: 2 })],
    ["logProbability", () => logProbability(logits, 0)],
  ])("are refused by %s", (_, use) => {
    expect(use).toThrow(ArgumentError);
    expect(use).toThrow(message);
  });
});

describe("nextToken", () => {
  it.each([Number.NaN, 1, -0.5])("refuses a random number of %d", (u) => {
    expect(() => nextToken([1, 2], { temperature: 1 }, () => u)).toThrow(
      'sample: "random" expected a number from 0 to below 1',
    );
  });

  it("is greedy at temperature 0, the lowest id winning a tie", () => {
    expect(nextToken([1, 3, 3, 2], { temperature: 0 }, () => 0.99)).toBe(1);
    expect(argmax([5, 5, 5])).toBe(0);
  });

  it.each([
    { temperature: -1 },
    { temperature: Number.NaN },
    { topP: 0 },
    { topP: 1.1 },
    { topK: 0 },
    { topK: 1.5 },
  ])("refuses %j", (options) => {
    expect(() => nextToken([1, 2], options, () => 0)).toThrow(ArgumentError);
  });
});

describe("logProbability", () => {
  it("is the log of the softmax, for logits of any size", () => {
    expect(logProbability([1000, 1000 + Math.log(3)], 1)).toBeCloseTo(Math.log(0.75), 12);
    expect(logProbability([-1e5, 0], 0)).toBe(-1e5);
  });

  it.each([-1, 2, 0.5, Number.NaN])("refuses token %d of two", (token) => {
    expect(() => logProbability([1, 2], token)).toThrow(
      'logProbability: "token" expected an integer from 0 to 1',
    );
  });
});

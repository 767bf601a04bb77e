/** Optimum, best-of-n and all answers, on numbers one can check with a calculator, and at their ends. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestOfN } from "../../../src/preference/exact/best-of-n.ts";
import { enumerateResponses } from "../../../src/preference/exact/enumerate.ts";
import { estimateOptimum } from "../../../src/preference/exact/estimate-optimum.ts";
import { exactObjective } from "../../../src/preference/exact/objective.ts";
import { optimumOf } from "../../../src/preference/exact/optimum.ts";
import { xoshiro128 } from "../../../src/random.ts";

describe("all answers", () => {
  /** Eight ids, of which none is likelier: every token costs log 8. */
  const fair = {
    config: { vocabSize: 8 },
    logprobs: async (all: readonly { ids: ArrayLike<number> }[]) =>
      all.map(({ ids }) => new Float64Array(ids.length).fill(-Math.log(8))),
    // biome-ignore lint/suspicious/noExplicitAny: of a model, enumeration reads these two
  } as any;

  it.each<[maxTokens: number, endIds: number[], count: number]>([
    [1, [1], 8],
    [2, [1], 1 + 7 * 8],
    [3, [1], 1 + 7 + 49 * 8],
    [3, [1, 0, 1], 2 + 6 * 2 + 36 * 8],
    [2, [], 64],
    [3, [0, 1, 2, 3, 4, 5, 6, 7], 8],
  ])("of %i tokens, ended by %j: %i", async (maxTokens, endIds, count) => {
    const { responses, sums } = await enumerateResponses(fair, [2, 3], { maxTokens, endIds });
    expect(responses.length).toBe(count);
    expect(new Set(responses.map(({ ids }) => ids.join())).size).toBe(count);
    // Every branch is there once: the probabilities of a tree's leaves sum to 1.
    expect(sums.reduce((sum, S) => sum + Math.exp(S), 0)).toBeCloseTo(1, 12);
  });

  it("ask for no more passes than one wants to wait for", async () => {
    const options = { maxTokens: 40, endIds: [1] };
    await expect(enumerateResponses(fair, [2], options)).rejects.toThrow(
      "100000 answers at the most",
    );
    const few = { maxTokens: 2, endIds: [1], limit: 56 };
    await expect(enumerateResponses(fair, [2], few)).rejects.toThrow("got 57 answers");
  });
});

describe("the optimum", () => {
  const half = [Math.log(0.5), Math.log(0.5)];

  it("of two answers, r = 1 and 0, beta 1", () => {
    const { logprobs, objective, reward, kl } = optimumOf(half, [1, 0], 1);
    expect(Math.exp(logprobs[0])).toBeCloseTo(0.731059, 6);
    expect(objective).toBeCloseTo(Math.log((Math.E + 1) / 2), 14);
    expect(reward).toBeCloseTo(0.731059, 6);
    expect(kl).toBeCloseTo(reward - objective, 14);
  });

  it("is the best answer where the KL costs nearly nothing, and the reference where it costs all", () => {
    for (const beta of [1e-3, 1e-300]) {
      const { objective, reward, kl } = optimumOf(half, [1e6, 0], beta);
      expect(objective).toBeCloseTo(1e6 - beta * Math.LN2, 9);
      expect(reward).toBe(1e6);
      expect(kl).toBeCloseTo(Math.LN2, 14);
    }
    const { objective, reward, kl } = optimumOf(half, [1, 0], 1e12);
    expect(objective).toBeCloseTo(0.5, 4); // of β log Z, with Z near 1, the digits of β 2⁻⁵³ are lost
    expect(reward).toBeCloseTo(0.5, 12);
    expect(kl).toBeCloseTo(0, 12);
  });

  it("is reached by no other policy, and the gap is a KL", () => {
    const policy = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(policy, policy, policy, (a, b, rewards) => {
        const [pi, reference] = [a, b].map((logits) => {
          const total = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0));
          return logits.map((l) => [l - total]);
        });
        const masks = [[1], [1], [1]];
        const { objective } = exactObjective(pi, reference, masks, rewards, 0.3);
        const best = optimumOf(reference.flat(), rewards, 0.3);
        const distance = pi.reduce((sum, [S], y) => sum + Math.exp(S) * (S - best.logprobs[y]), 0);
        expect(0.3 * distance).toBeCloseTo(best.objective - objective, 12);
      }),
    );
  });
});

describe("the optimum from samples", () => {
  it("is that of the samples as they are", () => {
    const rewards = [0, 1, 1, 3];
    const { objective, reward, kl, referenceReward, effectiveSamples } = estimateOptimum(
      rewards,
      0.5,
    );
    const quarter = new Float64Array(4).fill(-Math.log(4));
    const exact = optimumOf(quarter, rewards, 0.5);
    expect(objective).toBeCloseTo(exact.objective, 14);
    expect(reward).toBeCloseTo(exact.reward, 14);
    expect(kl).toBeCloseTo(exact.kl, 14);
    expect(referenceReward).toBe(1.25);
    const w = rewards.map((r) => Math.exp(r / 0.5));
    const [sum, squares] = [w, w.map((x) => x * x)].map((list) => list.reduce((a, b) => a + b));
    expect(effectiveSamples).toBeCloseTo(sum ** 2 / squares, 12);
  });

  it("is the mean over prompts: nobody chooses what is asked", () => {
    const rewards = [0, 5, 0, 5];
    const groups = [7, 9, 7, 9];
    const apart = estimateOptimum(rewards, 0.1, { groups });
    expect([apart.objective, apart.reward, apart.kl, apart.bias]).toEqual([2.5, 2.5, 0, 0]);
    expect(apart.interval).toEqual([2.5, 2.5]);
    expect(estimateOptimum(rewards, 0.1).objective).toBeCloseTo(5 - 0.1 * Math.LN2, 12);
  });

  it("warns where a few samples decide", () => {
    const rewards = Float64Array.from({ length: 1000 }, (_, i) => (i < 3 ? 2 : 0));
    expect(estimateOptimum(rewards, 0.2).warning).toMatch(/^3.1 of 1000 samples carry the weight/);
    expect(estimateOptimum(rewards, 2).warning).toBeUndefined();
  });

  it("is finite for the smallest beta, its interval too", () => {
    const { objective, interval } = estimateOptimum([1000, -1000, 3], 1e-300);
    expect([objective, ...interval!].every(Number.isFinite)).toBe(true);
    expect(objective).toBe(1000);
  });

  it("has an error and an interval that hold what they promise", () => {
    // Of 200 lists of 400 standard normal numbers: log Z = 1/(2β²) is known.
    const random = xoshiro128(3);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const [beta, lists] = [1, 200];
    let [inside, squares, said] = [0, 0, 0];
    for (let i = 0; i < lists; i++) {
      const rewards = Float64Array.from({ length: 400 }, normal);
      const found = estimateOptimum(rewards, beta, { resamples: 100, seed: i });
      const off = found.objective + found.bias - 1 / (2 * beta);
      squares += off ** 2 / lists;
      said += found.objectiveError ** 2 / lists;
      const [low, high] = found.interval!;
      inside += Number(low <= 0.5 && 0.5 <= high) / lists;
    }
    expect(Math.sqrt(squares / said)).toBeGreaterThan(0.85);
    expect(Math.sqrt(squares / said)).toBeLessThan(1.15);
    expect(inside).toBeGreaterThan(0.9);
    const level = (l: number) => estimateOptimum([0, 1, 2, 3, 4, 5], 1, { level: l }).interval!;
    expect(level(0.5)[0]).toBeGreaterThan(level(0.99)[0]);
    expect(estimateOptimum([0, 1], 1, { resamples: 0 }).interval).toBeUndefined();
  });
});

describe("best of n", () => {
  it("is the mean over all choices of n", () => {
    // Of 3, 1, 2 the pairs have maxima 3, 3, 2.
    const { reward, klBound } = bestOfN([3, 1, 2], 2);
    expect(reward).toBeCloseTo(8 / 3, 14);
    expect(klBound).toBeCloseTo(Math.LN2 - 0.5, 14);
    expect(bestOfN([3, 1, 2], 1).reward).toBeCloseTo(2, 14);
    expect(bestOfN([3, 1, 2], 3).reward).toBe(3);
    expect(bestOfN([3, 1, 2], 1).klBound).toBe(0);
  });

  it("has the error that leaving out one after the other shows", () => {
    // Of one, that is the error of a mean.
    const rewards = [3, 1, 2, 7, 4];
    const mean = 17 / 5;
    const variance = rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 4;
    expect(bestOfN(rewards, 1).rewardError).toBeCloseTo(Math.sqrt(variance / 5), 14);
    const without = rewards.map((_, i) => bestOfN(rewards.toSpliced(i, 1), 3).reward);
    const center = without.reduce((sum, x) => sum + x) / 5;
    const squares = without.reduce((sum, x) => sum + (x - center) ** 2, 0);
    expect(bestOfN(rewards, 3).rewardError).toBeCloseTo(Math.sqrt((4 / 5) * squares), 14);
    expect(bestOfN(rewards, 5).rewardError).toBeNaN();
  });

  it("is that of each prompt, and of thousands", () => {
    const groups = [0, 0, 1, 1];
    expect(bestOfN([0, 1, 10, 12], 2, { groups }).reward).toBe(6.5);
    const ranks = Float64Array.from({ length: 4000 }, (_, i) => i + 1);
    // The expected largest of n ranks of N is n (N + 1)/(n + 1).
    for (const n of [1, 64, 2000]) {
      expect(bestOfN(ranks, n).reward).toBeCloseTo((n * 4001) / (n + 1), 8);
    }
  });
});

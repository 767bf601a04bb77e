/** Intervals beyond the goldens: other levels, the edges, and the figures of a bootstrap. */
import { describe, expect, it } from "vitest";
import type { JudgedPair } from "../../src/judge/outcome.ts";
import {
  bootstrapInterval,
  ratingsByPrompt,
  ratingsOf,
} from "../../src/judge/statistics/bootstrap.ts";
import { exactBootstrapInterval } from "../../src/judge/statistics/exact-bootstrap.ts";
import {
  normalInterval,
  ratingsForWilson,
  wilsonInterval,
  wilsonTiesInterval,
  winRate,
} from "../../src/judge/statistics/intervals.ts";
import { normalQuantile } from "../../src/judge/statistics/normal-quantile.ts";
import { preference } from "../../src/judge/statistics/preference.ts";
import { xoshiro128 } from "../../src/random.ts";

describe("normalQuantile", () => {
  // statistics.NormalDist().inv_cdf of CPython 3.11
  it.each([
    [0.975, 1.9599639845400536],
    [0.5, 0],
    [0.9, 1.2815515655446008],
    [0.3, -0.5244005127080409],
    [0.0001, -3.7190164854556804],
    [1e-12, -7.034483825301131],
  ])("of %d is %d", (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-14 * Math.max(1, Math.abs(z)));
  });
});

describe("intervals", () => {
  const OUTCOMES = { win: 50, tie: 30, loss: 20 };

  it("are wider where they are to be surer, and hold the rate", () => {
    for (const of of [normalInterval, wilsonInterval, wilsonTiesInterval]) {
      const [[a, b], [c, d]] = [of(OUTCOMES, 0.8), of(OUTCOMES, 0.99)] as [number, number][];
      expect(c < a && a < winRate(OUTCOMES) && winRate(OUTCOMES) < b && b < d).toBe(true);
    }
  });

  it("of Wilson say how many ratings they are made of", () => {
    const [from, to] = wilsonInterval({ win: 321, tie: 0, loss: 123 });
    expect(ratingsForWilson(321 / 444, to - from)).toBeCloseTo(444, 8);
  });

  it("refuse what is no count, no rating at all, and a level in percent", () => {
    expect(() => winRate({ win: -1, tie: 0, loss: 2 })).toThrow('"win"');
    expect(() => winRate({ win: 0, tie: 0, loss: 0 })).toThrow("at least one rating");
    expect(() => wilsonInterval(OUTCOMES, 95)).toThrow("95 % is 0.95");
  });
});

/** All ways to draw as many prompts as there are. */
function everyDraw(prompts: readonly (readonly number[])[], level: number): [number, number] {
  const n = prompts.length;
  const means = prompts.map((ratings) => ratings.reduce((a, b) => a + b, 0) / ratings.length);
  const rates = Array.from({ length: n ** n }, (_, code) => {
    let sum = 0;
    for (let i = 0; i < n; i++, code = Math.floor(code / n)) sum += means[code % n];
    return sum / n;
  }).sort((a, b) => a - b);
  const reach = (share: number) => rates[Math.ceil(share * rates.length - 1e-9) - 1];
  return [reach((1 - level) / 2), reach((1 + level) / 2)];
}

describe("the bootstrap", () => {
  it("without chance is what all draws together give", () => {
    const random = xoshiro128(3);
    const rating = () => [0, 0.5, 1][Math.floor(3 * random())];
    for (const level of [0.5, 0.8, 0.95]) {
      for (const count of [1, 2, 3]) {
        const prompts = Array.from({ length: 5 }, () => Array.from({ length: count }, rating));
        const [from, to] = exactBootstrapInterval(prompts, level);
        const [low, high] = everyDraw(prompts, level);
        expect([from, to]).toEqual([expect.closeTo(low, 12), expect.closeTo(high, 12)]);
      }
    }
  });

  it("with a seed is within half a point of that, for any seed", () => {
    const random = xoshiro128(8);
    for (let seed = 0; seed < 3; seed++) {
      const [win, tie, loss] = Array.from({ length: 3 }, () => 60 + Math.floor(60 * random()));
      const prompts = ratingsOf({ win, tie, loss });
      const [exact, drawn] = [
        exactBootstrapInterval(prompts),
        bootstrapInterval(prompts, { seed, resamples: 10_000 }),
      ];
      exact.forEach((end, i) => {
        expect(Math.abs(end - drawn[i])).toBeLessThanOrEqual(0.005);
      });
    }
  });

  it("has its seed, its level and its number of resamples", () => {
    const prompts = ratingsOf({ win: 20, tie: 10, loss: 20 });
    const of = (options: object) => bootstrapInterval(prompts, { resamples: 500, ...options });
    expect(of({ seed: 1 })).toEqual(of({ seed: 1 }));
    expect(of({ seed: 1 })).not.toEqual(of({ seed: 2 }));
    const [[a, b], [c, d]] = [of({ level: 0.5 }), of({ level: 0.99 })];
    expect(c < a && b < d).toBe(true);
    expect(bootstrapInterval([[1]], { resamples: 2 })).toEqual([1, 1]);
    expect(bootstrapInterval([[1], [0.5, 0]])).toEqual([0.25, 1]);
  });

  it("draws prompts, so that ratings of one prompt are no independent evidence", () => {
    const apart = ratingsOf({ win: 60, tie: 0, loss: 60 });
    const together = [...Array(10).fill(Array(6).fill(1)), ...Array(10).fill(Array(6).fill(0))];
    const width = ([from, to]: readonly [number, number]) => to - from;
    const ratio = width(exactBootstrapInterval(together)) / width(exactBootstrapInterval(apart));
    expect(ratio).toBeGreaterThan(2); // √6 = 2.45, but the wide one moves in steps of 1/20
    const pairs: JudgedPair[] = together.flatMap((ratings: number[], i) =>
      ratings.map((rating) => {
        const winner = rating === 1 ? "model_1" : "model_2";
        return { winners: [winner, winner], prompt: `prompt ${i}` } as const;
      }),
    );
    expect(ratingsByPrompt(pairs)).toEqual(together);
    expect(preference(ratingsByPrompt(pairs), { resamples: 200 }).kind).toBe("bootstrap");
  });

  it("without chance refuses prompts with different numbers of ratings", () => {
    const call = () => exactBootstrapInterval([[1], [0, 1]]);
    expect(call).toThrow('"prompts[1]" expected 1 ratings, as the first prompt, got 2');
  });

  it("refuses ratings that are none", () => {
    expect(() => bootstrapInterval([])).toThrow("at least one prompt");
    expect(() => bootstrapInterval([[2]])).toThrow("ratings of 1, 0.5 and 0");
    expect(() => bootstrapInterval([[]])).toThrow('"prompts[0]"');
  });
});

describe("preference", () => {
  const OUTCOMES = { win: 50, tie: 30, loss: 20 };

  it("has the interval that is asked for", () => {
    const of = (interval: "wilson" | "wilson-ties" | "normal" | "bootstrap" | "bootstrap-exact") =>
      preference(OUTCOMES, { interval, seed: 5, resamples: 300, level: 0.9 }).interval;
    expect(of("wilson")).toEqual(wilsonInterval(OUTCOMES, 0.9));
    expect(of("wilson-ties")).toEqual(wilsonTiesInterval(OUTCOMES, 0.9));
    expect(of("normal")).toEqual(normalInterval(OUTCOMES, 0.9));
    const prompts = ratingsOf(OUTCOMES);
    expect(of("bootstrap")).toEqual(
      bootstrapInterval(prompts, { seed: 5, resamples: 300, level: 0.9 }),
    );
    expect(of("bootstrap-exact")).toEqual(exactBootstrapInterval(prompts, 0.9));
  });

  it("counts, and takes Wilson's where each prompt has one rating", () => {
    expect(preference(OUTCOMES)).toEqual({
      ...{ ...OUTCOMES, rate: 0.65, ratings: 100, prompts: 100, level: 0.95, kind: "wilson" },
      interval: wilsonInterval(OUTCOMES),
    });
    expect(() => preference(OUTCOMES, { interval: "exact" as never })).toThrow('"interval"');
  });
});

/** The choice of a token, looked at: it is what the sampler does. */
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { inspectNext } from "../../../src/generation/inspect/inspect-next.ts";
import { inspectSampling } from "../../../src/generation/inspect/inspect-sampling.ts";
import { nextToken, tokenDistribution } from "../../../src/generation/sampler.ts";
import { Model } from "../../../src/model/model.ts";
import { logProbability } from "../../../src/nn/log-softmax.ts";
import { fixtureFolder } from "../../support/files.ts";
import { checkpoint } from "../../support/goldens.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const anyLogits = fc
  .array(fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom(-Infinity, 1, 2)), {
    minLength: 1,
    maxLength: 40,
  })
  .filter((logits) => logits.some(Number.isFinite));
const anyOptions = fc.record(
  {
    temperature: fc.double({ min: 0.01, max: 5, noNaN: true }),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    topK: fc.integer({ min: 1, max: 50 }),
    minP: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: ["temperature"] },
);
const anyRandom = fc.nat(2 ** 32 - 1).map((n) => n / 2 ** 32);

describe("inspectSampling", () => {
  it("is what the sampler does, step by step", () => {
    fc.assert(
      fc.property(anyLogits, anyOptions, anyRandom, (logits, options, random) => {
        const top = logits.length;
        const { candidates, counts, drawn } = inspectSampling(logits, { ...options, random, top });
        const { ids, probabilities } = tokenDistribution(logits, options);
        const final = new Map(Array.from(ids, (id, i) => [id, probabilities[i]]));
        expect(candidates.map(({ id, afterMinP }) => [id, afterMinP])).toEqual(
          candidates.map(({ id }) => [id, final.get(id) ?? 0]),
        );
        expect(drawn?.id).toBe(nextToken(logits, options, () => random));
        expect(candidates.filter(({ survives }) => survives).length).toBe(counts.afterMinP);
        const { minP: _, ...others } = options;
        const before = tokenDistribution(logits, others);
        const share = new Map(Array.from(before.ids, (id, i) => [id, before.probabilities[i]]));
        for (const { id, afterTopK } of candidates) {
          expect(afterTopK).toBeCloseTo(share.get(id) ?? 0, 12);
        }

        // The definition of top-p, from the columns: those before it sum to more.
        const { temperature, topP = 1 } = options;
        const byP = topP < 1 ? candidates.filter(({ before }) => before <= topP) : candidates;
        expect(counts.afterTopP).toBe(byP.length);
        const byDefinition = candidates.map(({ droppedBy, before, tempered }) =>
          tempered === 0 ? droppedBy : topP < 1 && before > topP ? "topP" : droppedBy,
        );
        // And of min-p: less than so much of the best.
        for (const { droppedBy, tempered } of candidates) {
          if (droppedBy === "minP")
            expect(tempered).toBeLessThan((options.minP ?? 0) * candidates[0].tempered);
        }
        expect(candidates.map(({ droppedBy }) => droppedBy)).toEqual(byDefinition);
        expect(candidates.map(({ scaled }) => scaled)).toEqual(
          candidates.map(({ logit }) => logit / temperature),
        );
        expect(candidates.map(({ logit }) => logit)).toEqual(
          candidates.map(({ id }) => logits[id]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("has intervals that lie side by side in the order of the draw, and hold the number that decides", () => {
    fc.assert(
      fc.property(anyLogits, anyOptions, anyRandom, (logits, options, random) => {
        const top = logits.length;
        const { candidates, drawn } = inspectSampling(logits, { ...options, random, top });
        const taken = candidates.filter(({ survives }) => survives).map(({ interval }) => interval);
        taken.sort((a, b) => a[0] - b[0] || a[1] - b[1]); // one so improbable that it adds nothing is empty
        expect(taken.map(([from]) => from)).toEqual([0, ...taken.slice(0, -1).map(([, to]) => to)]);
        const [from = 1, to = 0] = drawn?.interval ?? [];
        const isLast = to === taken.at(-1)?.[1];
        expect(from <= random && (random < to || isLast)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("says which filter drops a token, and its share after each", () => {
    const logits = [4, 3, 2, 1, 0].map((p) => Math.log(2 ** p)); // 16, 8, 4, 2, 1 of 31
    const { candidates, counts } = inspectSampling(logits, { topP: 27 / 31, topK: 2 });
    expect(counts).toEqual({ all: 5, afterTopP: 3, afterTopK: 2, afterMinP: 2 });
    expect(candidates.map(({ droppedBy }) => droppedBy)).toEqual(
      [undefined, undefined, "topK", "topP", "topP"], // 16 + 8 = 24 ≤ 27 < 28
    );
    const close = (values: number[], expected: number[]) =>
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 14);
      });
    close(
      candidates.map(({ afterTopP }) => afterTopP),
      [16 / 28, 8 / 28, 4 / 28, 0, 0],
    );
    close(
      candidates.map(({ afterTopK }) => afterTopK),
      [16 / 24, 8 / 24, 0, 0, 0],
    );
    close(
      candidates.map(({ cumulative }) => cumulative),
      [16 / 31, 24 / 31, 28 / 31, 30 / 31, 1],
    );
    const least = inspectSampling(logits, { topP: 27 / 31, topK: 3, minP: 0.3, random: 0 });
    expect(least.counts).toEqual({ all: 5, afterTopP: 3, afterTopK: 3, afterMinP: 2 });
    expect(least.candidates.map(({ droppedBy }) => droppedBy)).toEqual(
      [undefined, undefined, "minP", "topP", "topP"], // 4 / 16 < 0.3
    );
    close(
      least.candidates.map(({ afterTopK }) => afterTopK),
      [16 / 28, 8 / 28, 4 / 28, 0, 0],
    );
    close(
      least.candidates.map(({ afterMinP }) => afterMinP),
      [16 / 24, 8 / 24, 0, 0, 0],
    );
    expect(inspect(least)).toMatch(/min-p 0.3; 2 of 5 tokens may come.*dropped by min-p/s);
  });

  it("has the model's own probabilities at any temperature", () => {
    const logits = [0.5, -1, 3, 0];
    for (const temperature of [0, 0.5, 3]) {
      for (const { id, probability } of inspectSampling(logits, { temperature }).candidates) {
        expect(probability).toBeCloseTo(Math.exp(logProbability(logits, id)), 14);
      }
    }
  });

  it("is greedy at temperature 0: the largest logit, without a number", () => {
    const { candidates, drawn, random, counts } = inspectSampling([1, 5, 2], { temperature: 0 });
    expect(candidates.map(({ id, tempered }) => [id, tempered])).toEqual([
      ...[
        [1, 1],
        [2, 0],
        [0, 0],
      ],
    ]);
    expect([drawn?.id, random, counts.afterTopK]).toEqual([1, undefined, 1]);
    expect(candidates[1].droppedBy).toBe("greedy");
  });

  it("lists as many as are asked for, and the one drawn", () => {
    const logits = Array.from({ length: 30 }, (_, id) => -id / 100);
    expect(inspectSampling(logits).candidates.length).toBe(20);
    expect(inspectSampling(logits, { top: 3 }).candidates.map(({ id }) => id)).toEqual([0, 1, 2]);
    const { candidates, drawn } = inspectSampling(logits, { top: 3, random: 0.99999 });
    expect(candidates.map(({ rank }) => rank)).toEqual([0, 1, 2, 29]);
    expect(drawn).toBe(candidates[3]);
    const whole = inspectSampling(logits, { top: 30 }).candidates[29];
    expect(drawn?.before).toBe(whole.before);
  });

  it.each<[options: object, argument: string]>([
    [{ temperature: -1 }, "temperature"],
    [{ temperature: 0, topP: 0.5 }, "topP"],
    [{ temperature: 0, seed: 1 }, "seed"],
    [{ temperature: 0, random: 0.5 }, "random"],
    [{ random: 1 }, "random"],
    [{ random: "0.5" }, "random"],
    [{ random: 0.5, seed: 1 }, "random"],
    [{ seed: -1 }, "seed"],
    [{ top: 0 }, "top"],
    [{ topK: 0 }, "topK"],
  ])("refuses %o", (options, argument) => {
    const error = thrownBy(() => inspectSampling([1, 2], options)) as ArgumentError;
    expect(error).toBeInstanceOf(ArgumentError);
    expect([error.op, error.argument]).toEqual(["inspectSampling", argument]);
  });

  it("shows itself as a table", () => {
    const shown = inspect(inspectSampling([3, 2, 1, -Infinity], { topK: 2, random: 0.9 }));
    expect(shown.split("\n")).toEqual([
      "Sampling: temperature 1, top-p 1, top-k 2; 2 of 4 tokens may come",
      "  token  id  logit  ÷ T  softmax     at T       sum    top-p    top-k",
      "  0       0      3    3  66.52 %  66.52 %   66.52 %  66.52 %  73.11 %",
      "  1       1      2    2  24.47 %  24.47 %   91.00 %  24.47 %  26.89 %  ← drawn",
      "  2       2      1    1   9.00 %   9.00 %  100.00 %   9.00 %      0 %  dropped by top-k",
      "  3       3     -∞   -∞      0 %      0 %  100.00 %      0 %      0 %  never comes",
      "1 is drawn: u = 0.900000 lies in its interval from 0.731059 to 1.000000",
    ]);
  });
});

describe("Gemma.inspectSampling", () => {
  it("draws the first token of a generation with the same seed", async () => {
    const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"));
    const prompt = "Once upon a time, there was";
    for (const seed of [0, 1, 5, 6]) {
      const options = { temperature: 3, topP: 0.9, topK: 40, seed };
      const { drawn } = await gemma.inspectSampling(prompt, options);
      const first = (await gemma.generate(prompt, { ...options, maxTokens: 1 }).next()).value;
      expect(drawn?.id).toBe(first?.token);
      expect(Math.log(drawn?.probability ?? 0)).toBeCloseTo(first?.logprob ?? 0, 12);
      expect(drawn?.piece).toBe(gemma.tokenizer?.piece(drawn?.id ?? -1));
    }
    await gemma.dispose();
  });

  it("has padding out of reach, as a generation has", async () => {
    const { config, tensors } = await checkpoint("mqa");
    const model = (paddingIds: number[]) =>
      Model.load({ config, tensors, backend: cpuBackend(), paddingIds });
    const { drawn } = await inspectNext(await model([]), undefined, [2, 5], { temperature: 0 });
    const best = drawn?.id as number;
    const other = await inspectNext(await model([best]), undefined, [2, 5], { temperature: 0 });
    expect(other.drawn?.id).not.toBe(best);
  });

  it("stops where it is told to", async () => {
    const { config, tensors } = await checkpoint("mqa");
    const model = await Model.load({ config, tensors, backend: cpuBackend() });
    const signal = AbortSignal.abort("enough");
    await expect(inspectNext(model, undefined, [2, 5], { signal })).rejects.toBe("enough");
  });
});

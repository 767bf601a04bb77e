/** What is done to logits before a token is chosen, against NumPy (fixtures/generate/choosing.py). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedLogits, type LogitOptions } from "../../../src/generation/logits/logit-options.ts";
import { lookAt } from "../../../src/generation/logits/top-logprobs.ts";
import { keptTokens, tokenDistribution } from "../../../src/generation/sampler.ts";
import { readJson } from "../../support/goldens.ts";

interface Case extends Omit<LogitOptions, "logitBias"> {
  readonly logits: number[];
  readonly prompt: number[];
  readonly answer: number[];
  readonly ends: number[];
  readonly temperature: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly logitBias?: Record<string, number | "-inf">;
  readonly expected: {
    readonly adjusted: (number | null)[];
    readonly probabilities: number[];
    readonly top: [number, number][];
  };
}

const cases = readJson<Case[]>("generation/choosing.json");
/** Sums of some thirty numbers in float64, in another order: far below what any client prints. */
const CLOSE = 1e-12;

function changed({ logits, prompt, answer, ends, logitBias, ...options }: Case): Float64Array {
  const bias =
    logitBias &&
    new Map(
      Object.entries(logitBias).map(([id, by]) => [Number(id), by === "-inf" ? -Infinity : by]),
    );
  const state = { op: "spec", paddingIds: [], tokens: [...prompt, ...answer], ends };
  const { repetitionPenalty, frequencyPenalty, presencePenalty, minTokens } = options;
  const all = { repetitionPenalty, frequencyPenalty, presencePenalty, minTokens, logitBias: bias };
  return changedLogits(Float64Array.from(logits), all, { ...state, generated: answer.length });
}

describe("logits before a choice", () => {
  it.each(cases.map((one, i) => [i, one] as const))("are NumPy's in case %i", (_, one) => {
    const { adjusted, probabilities, top } = one.expected;
    const logits = changed(one);
    for (const [v, x] of adjusted.entries()) {
      if (x === null) expect(logits[v]).toBe(-Infinity);
      else expect(Math.abs(logits[v] - x)).toBeLessThanOrEqual(CLOSE);
    }
    const { temperature, topP, topK, minP } = one;
    const drawn = tokenDistribution(logits, { temperature, topP, topK, minP });
    const dense = new Float64Array(probabilities.length);
    Array.from(drawn.ids).forEach((id, rank) => {
      dense[id] = drawn.probabilities[rank];
    });
    for (const [v, p] of probabilities.entries()) {
      expect(Math.abs(dense[v] - p)).toBeLessThanOrEqual(CLOSE);
    }
    const look = lookAt(Float64Array.from(one.logits), top[0][0], 5, []);
    expect(look.top.map(({ token }) => token)).toEqual(top.map(([v]) => v));
    for (const [rank, [, logprob]] of top.entries()) {
      expect(Math.abs(look.top[rank].logprob - logprob)).toBeLessThanOrEqual(CLOSE);
    }
  });

  it("leave a token only if it is as probable as min-p says, and always the most probable one", () => {
    const rows = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(rows, fc.double({ min: 0, max: 1, noNaN: true }), (weights, minP) => {
        const p = Float64Array.from(weights);
        const kept = keptTokens(p, { topP: Number.MAX_VALUE, topK: p.length, minP });
        const most = Math.max(...p);
        const expected = weights.flatMap((x, v) => (x >= minP * most ? [v] : []));
        expect([...kept].sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it("are lists in JSON", () => {
    const { ids, probabilities } = tokenDistribution([1, 2, 3], { topK: 2 });
    const json = JSON.parse(JSON.stringify(tokenDistribution([1, 2, 3], { topK: 2 })));
    expect(json).toEqual({ ids: Array.from(ids), probabilities: [...probabilities] });
  });
});

/** Metrics, held against lm-evaluation-harness: fixtures/evaluation/README.md. */
import { describe, expect, it } from "vitest";
import {
  bitsPerByte,
  f1,
  matthews,
  mean,
  median,
  nanmean,
  perplexity,
  weightedPerplexity,
} from "../../../src/evaluation/metrics/aggregate.ts";
import { brierScore, scoreChoices } from "../../../src/evaluation/metrics/choice.ts";
import { compareRuns, signTest } from "../../../src/evaluation/metrics/compare.ts";
import { exactMatch } from "../../../src/evaluation/metrics/exact-match.ts";
import { passAtK } from "../../../src/evaluation/metrics/pass-at-k.ts";
import { countWords } from "../../../src/evaluation/metrics/rolling.ts";
import {
  bootstrapError,
  meanError,
  pooled,
} from "../../../src/evaluation/metrics/standard-error.ts";
import { readJson } from "../../support/goldens.ts";

const goldens = readJson<{
  exact_match: {
    prediction: string;
    reference: string;
    options: {
      ignore_case?: boolean;
      ignore_punctuation?: boolean;
      ignore_numbers?: boolean;
      regexes_to_ignore?: string[];
    };
    result: number;
  }[];
  stderr: {
    mean: { items: number[]; mean: number; stderr: number }[];
    bootstrap_perplexity: { items: number[]; iterations: number; value: number; stderr: number };
    groups: {
      metrics: number[];
      stderrs: number[];
      sizes: number[];
      weighted: number;
      unweighted: number;
      pooled_stderr: number;
    }[];
  };
  pass_at_k: { n: number; c: number; k: number; result: number }[];
}>("evaluation/filters.json");

/** Sums and square roots in float64, in another order at most. */
const near = (expected: number) => expect.closeTo(expected, 12);

describe("metrics give what the harness's give", () => {
  it("exact_match", () => {
    for (const { prediction, reference, options, result } of goldens.exact_match) {
      const match = exactMatch({
        ignoreCase: options.ignore_case,
        ignorePunctuation: options.ignore_punctuation,
        ignoreNumbers: options.ignore_numbers,
        regexesToIgnore: options.regexes_to_ignore,
      });
      const said = JSON.stringify([prediction, reference, options]);
      expect(match(prediction, [reference]), said).toBe(result);
    }
  });

  it("the mean and its standard error", () => {
    for (const { items, ...expected } of goldens.stderr.mean) {
      expect(mean(items)).toEqual(near(expected.mean));
      expect(meanError(items)).toEqual(near(expected.stderr));
    }
  });

  it("the bootstrap of a perplexity, drawn as CPython draws", () => {
    const { items, iterations, value, stderr } = goldens.stderr.bootstrap_perplexity;
    expect(perplexity(items)).toEqual(near(value));
    expect(bootstrapError(perplexity, items, iterations)).toEqual(near(stderr));
    // Of a part of a thousand nothing is drawn.
    expect(bootstrapError(perplexity, items, iterations + 999)).toEqual(near(stderr));
  });

  it("groups", () => {
    for (const { metrics, stderrs, sizes, ...expected } of goldens.stderr.groups) {
      const members = metrics.map((one, i) => ({ mean: one, error: stderrs[i], size: sizes[i] }));
      const bySize = pooled(members);
      expect(bySize).toEqual({
        mean: near(expected.weighted),
        error: near(expected.pooled_stderr),
      });
      expect(pooled(members, { bySize: false }).mean).toEqual(near(expected.unweighted));
    }
  });

  it("pass@k", () => {
    for (const { n, c, k, result } of goldens.pass_at_k)
      expect(passAtK(n, c, k)).toEqual(near(result));
    expect(() => passAtK(1, 0, 2)).toThrow('"k" expected an integer from 1 to 1, got 2');
  });
});

describe("exact match", () => {
  it("takes any of several references, cut as NumPy cuts them", () => {
    expect(exactMatch()("b", ["a", "b"])).toBe(1);
    expect(exactMatch()("b", [])).toBe(0);
    // İ is two letters in lower case: alone it is cut to one; beside a longer reference it is not.
    const match = exactMatch({ ignoreCase: true });
    expect([match("i", ["İ"]), match("i", ["İ", "ab"])]).toEqual([1, 0]);
    expect(() => exactMatch({ ignore_case: true } as object)).toThrow('"ignore_case"');
  });
});

describe("choices", () => {
  const logprobs = [-4, -6, -5];
  const choices = ["ab", "äöüé", "x"];

  it("are the best by sum, by characters, by bytes, by tokens, and beside no context", () => {
    const scores = (gold: number | number[]) =>
      scoreChoices({
        ...{ logprobs, choices, gold },
        unconditional: [-4, -9, -6],
        tokens: [1, 2, 5],
        greedy: [false, false, true],
      });
    expect(scores(0)).toMatchObject({
      acc: 1,
      accNorm: 0,
      accBytes: 0,
      accMutualInfo: 0,
      chosen: 0,
    });
    expect(scores(1)).toMatchObject({ acc: 0, accNorm: 1, accBytes: 1, accMutualInfo: 1 });
    expect(scores(2)).toMatchObject({ acc: 0, accPerToken: 1, exactMatch: 1 });
    expect(scores([0, 2])).toMatchObject({ acc: 1, accPerToken: 1, exactMatch: 1, accNorm: 0 });
    expect(scores(-100)).toMatchObject({ acc: 0, accNorm: 0, exactMatch: 0 });
  });

  it("are the first of equals; code points count, not UTF-16 units", () => {
    expect(scoreChoices({ logprobs: [-1, -1], choices: ["a", "b"], gold: 0 }).acc).toBe(1);
    const emoji = scoreChoices({ logprobs: [-2, -3], choices: ["😀", "ab"], gold: 1 });
    expect([emoji.accNorm, emoji.accBytes]).toEqual([1, 0]);
    expect(() => scoreChoices({ logprobs, choices, gold: 0, tokens: [1] })).toThrow('"tokens"');
    expect(() => scoreChoices({ logprobs: [], choices: [], gold: 0 })).toThrow('"choices"');
  });

  it("have a Brier score", () => {
    const even = [Math.log(0.25), Math.log(0.75)];
    expect(brierScore(even, 1)).toEqual(near(0.125));
    expect(brierScore([-2000, -2000], 0)).toEqual(near(0.5));
  });
});

describe("aggregations", () => {
  it("are sums over documents first, then the quotient", () => {
    const items = [
      [-10, 4],
      [-2, 8],
    ] as const;
    expect(weightedPerplexity(items)).toEqual(near(Math.E));
    expect(bitsPerByte(items)).toEqual(near(1 / Math.LN2));
    expect([" two words ", "", "a\u00a0b"].map(countWords)).toEqual([4, 1, 2]);
  });

  it("of labels: F1, Matthews' correlation", () => {
    const items = [
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
      [1, 1],
    ] as const;
    // tp 2, fp 1, fn 1, tn 1: 4/6, and (2·1 − 1·1)/√(3·3·2·2)
    expect([f1(items), matthews(items)]).toEqual([near(2 / 3), near(1 / 6)]);
    expect([f1([[0, 0]]), matthews([[0, 0]])]).toEqual([0, 0]);
  });

  it("leave out NaN, take the upper of two in the middle", () => {
    expect([nanmean([1, Number.NaN, 3]), nanmean([Number.NaN])]).toEqual([2, Number.NaN]);
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 3]);
    expect(() => mean([])).toThrow('"values" expected at least one');
  });
});

describe("two runs on the same documents", () => {
  const first = [1, 1, 0, 0, 1, 0, 1, 1, 0, 0];
  const second = [1, 1, 1, 0, 1, 1, 1, 0, 1, 0];

  it("differ by less than their own errors say", () => {
    const compared = compareRuns(first, second);
    expect(compared).toMatchObject({ documents: 10, first: 0.5, second: near(0.7) });
    expect(compared.difference).toEqual(near(0.2));
    // Differences: three of 1, one of −1. Σ(d − 0.2)² = 4 − 10·0.04
    expect(compared.error).toEqual(near(Math.sqrt(3.6 / 9 / 10)));
    expect(compared.error).toBeLessThan(compared.unpairedError);
    expect(compared.mcnemar).toEqual({ firstOnly: 1, secondOnly: 3, p: near(0.625) });
  });

  it("have no McNemar test on other numbers, and none of different lengths", () => {
    expect(compareRuns([0.5, 1], [1, 1]).mcnemar).toBeUndefined();
    expect(() => compareRuns([1, 0], [1])).toThrow('"second" expected 2 values');
    expect(() => compareRuns([1, Number.NaN], [1, 1])).toThrow('"values" expected finite numbers');
  });

  it("are judged exactly, however many documents differ", () => {
    expect(signTest(0, 0).p).toBe(1);
    expect(signTest(0, 10).p).toEqual(near(2 / 1024));
    expect(signTest(5, 5).p).toBe(1);
    // Normal with a correction for continuity: |a − b| − 1 over √n, here 3.098
    expect(signTest(4900, 5210).p).toBeCloseTo(0.00213, 4);
  });
});

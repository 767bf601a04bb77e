/** Rates and totals against those of the goldens, which two methods computed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ComparedRates,
  type CountedRow,
  estimateMemorization,
} from "../../../src/audit/estimates/estimate.ts";
import { differenceOf, type Rate, rateOf } from "../../../src/audit/estimates/rate.ts";
import { sharesByTokens, totalOf } from "../../../src/audit/estimates/total.ts";
import {
  type GoldenRates,
  plantedAudit,
  plantedDocuments,
  plantedSummary,
} from "../../support/audit.ts";

const EXACT = 1e-12;

const documents = new Map(plantedDocuments().map((one) => [one.id, one]));
const golden = plantedSummary();

/** The rows of the golden audit. Documents of 0 repeats are told as the control, or as others. */
function rows(isControl: (repeats: number) => boolean): CountedRow[] {
  return plantedAudit().flatMap(({ id, tokens, prompts }) => {
    const { source = "", repeats = 0 } = documents.get(id) ?? {};
    const about = { id, source, repeats, tokens, isControl: isControl(repeats) };
    return prompts.map(({ prompt, exact, approximate }) => {
      return { ...about, prompt, isExact: exact, isApproximate: approximate };
    });
  });
}

function expectRates(found: ComparedRates | undefined, of: GoldenRates): void {
  for (const name of ["exact", "approximate"] as const) {
    const rate = found?.[name] as Rate;
    expect(rate.documents).toBe(of.documents);
    expect(rate.count).toBe(of[name]);
    expect(Math.abs(rate.rate - of[`${name}_rate`])).toBeLessThan(EXACT);
    for (const i of [0, 1]) {
      expect(Math.abs(rate.interval[i] - of[`${name}_wilson`][i])).toBeLessThan(EXACT);
    }
  }
}

describe("estimateMemorization", () => {
  const estimates = estimateMemorization(rows((repeats) => repeats === 0));

  it("gives the goldens' rates by repeats, with the control's", () => {
    const all = estimateMemorization(rows(() => false));
    expect(all.map(({ prompt }) => prompt)).toEqual([10, 25, 50]);
    for (const { prompt, byRepeats } of all) {
      const own = golden.by_prompt_and_repeats[prompt];
      expect([...(byRepeats?.keys() ?? [])]).toEqual(Object.keys(own).map(Number));
      for (const [repeats, rates] of byRepeats ?? []) expectRates(rates, own[repeats]);
    }
    for (const { prompt, byRepeats, all: every, bySource } of estimates) {
      expect(byRepeats?.has(0)).toBe(false);
      for (const rates of [every, ...(byRepeats?.values() ?? [])]) {
        expectRates(rates.control as ComparedRates, golden.by_prompt_and_repeats[prompt][0]);
      }
      // Six documents of the control are of each source: with them its own documents are compared.
      for (const { control } of bySource.values()) expect(control?.exact.documents).toBe(6);
    }
  });

  it("gives the goldens' rates by source and their total", () => {
    for (const { prompt, bySource, total, shares } of estimates) {
      const own = golden.by_source[prompt];
      expect([...bySource.keys()].sort()).toEqual(Object.keys(own).sort());
      for (const [source, rates] of bySource) expectRates(rates, own[source]);
      for (const [source, share] of Object.entries(golden.total.weights)) {
        expect(Math.abs((shares.get(source) ?? 0) - share)).toBeLessThan(EXACT);
      }
      for (const name of ["exact", "approximate"] as const) {
        const { rate, stderr } = golden.total.estimates[prompt][name];
        expect(Math.abs(total[name].rate - rate)).toBeLessThan(EXACT);
        expect(Math.abs(total[name].standardError - stderr)).toBeLessThan(EXACT);
        expect(total[name].interval[0]).toBeLessThan(rate);
        expect(total[name].interval[1]).toBeGreaterThan(rate);
      }
    }
  });

  it("tells approximate ones apart from exact ones", () => {
    for (const { all } of estimates) {
      expect(all.approximateOnly.count).toBe(all.approximate.count - all.exact.count);
    }
    expect(estimates[2].all.approximateOnly.count).toBe(3);
  });

  it("takes the shares of a corpus", () => {
    const shares = new Map([...estimates[2].bySource.keys()].map((source, i) => [source, i / 10]));
    const [, , { total, bySource }] = estimateMemorization(
      rows((n) => n === 0),
      { shares },
    );
    const sum = [...bySource].reduce((a, [source, { exact }]) => {
      return a + (shares.get(source) ?? 0) * exact.rate;
    }, 0);
    expect(total.exact.rate).toBeCloseTo(sum, 14);
  });

  it("gives the control's total by the same shares, or its plain rate", () => {
    const row = { tokens: 100, prompt: 50, isApproximate: true };
    const own = ["a", "b"].map((source) => {
      return { ...row, id: source, source, isControl: false, isExact: true };
    });
    const of = (source: string, exact: number, all: number) =>
      Array.from({ length: all }, (_, i) => {
        return { ...row, id: `${source}${i}`, source, isControl: true, isExact: i < exact };
      });
    const shares = new Map([
      ["a", 0.25],
      ["b", 0.75],
    ]);
    const both = [...of("a", 2, 4), ...of("b", 1, 10)];
    const [{ total }] = estimateMemorization([...own, ...both], { shares });
    expect(total.control?.exact.rate).toBeCloseTo(0.25 * 0.5 + 0.75 * 0.1, 14);
    const variance = 0.25 ** 2 * (0.25 / 4) + 0.75 ** 2 * (0.09 / 10);
    expect(total.control?.exact.standardError).toBeCloseTo(Math.sqrt(variance), 14);
    const [one] = estimateMemorization([...own, ...of("a", 1, 4)], { shares });
    expect(one.total.control?.exact.rate).toBe(0.25);
    expect(one.total.control?.exact.standardError).toBeCloseTo(Math.sqrt(0.1875 / 4), 14);
    expect(estimateMemorization(own)[0].total.control).toBeUndefined();
  });

  it("takes rounded shares as shares of their sum: a rate of 1 stays 1", () => {
    const all = Array.from({ length: 2000 }, (_, i) => {
      const about = { id: `${i}`, source: i % 2 ? "a" : "b", tokens: 100, prompt: 50 };
      return { ...about, isControl: false, isExact: true, isApproximate: true };
    });
    const shares = new Map([
      ["a", 0.504],
      ["b", 0.5],
    ]);
    const { rate, interval } = estimateMemorization(all, { shares })[0].total.exact;
    expect(rate).toBe(1);
    expect(interval[0]).toBeGreaterThan(0.99);
    expect(interval[1]).toBe(1);
  });

  it("refuses documents that make no share", () => {
    const never = rows(() => false).filter(({ repeats }) => repeats === 0);
    expect(() => estimateMemorization(never)).toThrow(
      "give shares, or call documents that were never trained on the control",
    );
  });

  it("gives numbers for one document, and for rates of 0 and 1", () => {
    const one = { id: "a", source: "web", tokens: 200, prompt: 50, isControl: false };
    const [{ all, total, byRepeats }] = estimateMemorization([
      { ...one, isExact: true, isApproximate: true },
    ]);
    expect(byRepeats).toBeUndefined();
    expect(all.control).toBeUndefined();
    expect(all.exact.interval[0]).toBeCloseTo(0.2065493143772375, 12); // 1 / (1 + z²)
    expect(all.exact.interval[1]).toBe(1);
    expect(total.exact).toEqual({ rate: 1, standardError: 0, interval: all.exact.interval });
  });

  it.each([
    [[], {}, '"rows" expected a row of a document at least, got no such row'],
    [undefined, { shares: new Map([["web", 1]]) }, '"shares" expected a share of the source'],
    [undefined, { shares: new Map() }, "got no share at all"],
    [undefined, { share: 1 }, '"share"'],
  ] as const)("refuses %j with %o", (given, options, message) => {
    const all = given ?? rows((repeats) => repeats === 0);
    expect(() => estimateMemorization(all, options as never)).toThrow(message);
  });

  it("refuses shares that do not add up, and of sources that were not audited", () => {
    const ask = (shares: Record<string, number>) => () =>
      estimateMemorization(
        rows(() => false),
        { shares: new Map(Object.entries(shares)) },
      );
    const fifth = { code: 0.2, multilingual: 0.2, science: 0.2, web: 0.2, wiki: 0.2 };
    expect(ask(fifth)).not.toThrow();
    expect(ask({ ...fifth, books: 0 })).not.toThrow();
    expect(ask({ ...fifth, books: 0.1 })).toThrow('got "books" without any');
    expect(ask({ ...fifth, web: 0.3 })).toThrow("shares that add up to 1");
    expect(ask({ ...fifth, web: 20 })).toThrow("a share from 0 to 1");
  });
});

describe("differenceOf", () => {
  // Newcombe 1998, table II, method 10: 56/70 against 48/80, and 9/10 against 3/10; printed with four decimals.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
    [0, 10, 0, 10, -0.2775, 0.2775],
  ])("is that of Newcombe for %i/%i and %i/%i", (a, m, b, n, low, high) => {
    const rate = (count: number, of: number) =>
      rateOf(
        Array.from({ length: of }, (_, i) => i),
        (i) => i < count,
      );
    const { difference, interval } = differenceOf(rate(a, m), rate(b, n));
    expect(difference).toBeCloseTo(a / m - b / n, 14);
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  });
});

describe("totalOf", () => {
  it("is the plain rate where the shares are those of the sample (fuzzed)", () => {
    const stratum = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat(50));
    fc.assert(
      fc.property(fc.array(stratum, { minLength: 1, maxLength: 5 }), (strata) => {
        const rates = new Map<string, Rate>();
        const sample: { source: string; tokens: number }[] = [];
        let [hits, all] = [0, 0];
        for (const [i, [n, k]] of strata.entries()) {
          const count = Math.min(n, k);
          rates.set(
            `${i}`,
            rateOf(
              Array.from({ length: n }, (_, j) => j),
              (j) => j < count,
            ),
          );
          for (let j = 0; j < n; j++) sample.push({ source: `${i}`, tokens: 100 });
          hits += count;
          all += n;
        }
        const { rate, standardError, interval } = totalOf(rates, sharesByTokens(sample));
        expect(rate).toBeCloseTo(hits / all, 12);
        // Strata take from the variance what is between them.
        expect(standardError ** 2).toBeLessThanOrEqual((rate * (1 - rate)) / all + 1e-12);
        expect(interval[0]).toBeLessThanOrEqual(rate + 1e-12);
        expect(interval[1]).toBeGreaterThanOrEqual(rate - 1e-12);
      }),
    );
  });
});

/** A whole run: documents and canaries are planted by the mixture, a model learns from scratch, and is audited (bench/audit/planting.ts has more figures). */
import { describe, expect, it } from "vitest";
import { plantAndAudit } from "../../../bench/audit/plant.ts";
import type { Exposure } from "../../../src/audit/exposure/exposure.ts";
import { IS_LONG } from "../../support/fuzz.ts";

describe.runIf(IS_LONG)("a model with planted documents", () => {
  it("repeats them the more, the more often they were there", async () => {
    const { estimate, exposures, unseen } = await plantAndAudit(1);
    const rates = [...(estimate.byRepeats ?? [])].map(([repeats, { exact }]) => ({
      repeats,
      ...exact,
    }));
    expect(rates.map(({ repeats }) => repeats)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(rates.map(({ documents }) => documents)).toEqual(rates.map(() => 10));
    // As of the planted model that Google's code has trained: nothing of what was never there, or once.
    expect(estimate.all.control?.exact).toMatchObject({ documents: 30, count: 0 });
    expect(rates[0].count).toBe(0);
    expect(rates[5].rate).toBeGreaterThanOrEqual(0.9);
    expect(rates[6].rate).toBeGreaterThanOrEqual(0.9);
    // Ten documents are few: a rate may be less than one of fewer repeats, as long as its interval of 95 % reaches up to that.
    for (const [i, { rate }] of rates.entries()) {
      for (const { interval } of rates.slice(i + 1)) {
        expect(interval[1]).toBeGreaterThanOrEqual(rate);
      }
    }

    const often = (from: number, to: number) =>
      mean(exposures.filter(({ repeats = 0 }) => repeats >= from && repeats <= to));
    // A secret that was never seen has 1.4 bits on average, 10 with a probability of 0.001; one of 10,000 has 13.3 at most.
    expect(mean(unseen)).toBeLessThan(10);
    expect(often(32, 64)).toBeCloseTo(Math.log2(10_000), 10);
    const means = [mean(unseen), often(1, 2), often(4, 8), often(16, 64)];
    // Means of equal numbers may differ in the last digit.
    for (let i = 1; i < 4; i++) expect(means[i]).toBeGreaterThanOrEqual(means[i - 1] - 1e-9);
  });
});

function mean(all: readonly Exposure[]): number {
  return all.reduce((sum, { exposure }) => sum + exposure, 0) / all.length;
}

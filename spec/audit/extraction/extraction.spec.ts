/** How probable it is that a text comes, against the goldens. */
import { describe, expect, it } from "vitest";
import {
  extractableShare,
  extractionProbability,
  queriesFor,
} from "../../../src/audit/extraction/extraction.ts";
import { plantedAudit, plantedSummary } from "../../support/audit.ts";

/** Relative. The goldens' logarithms have errors of 1e-13, which the exponential makes relative ones. */
const NEAR = 1e-11;

const audit = new Map(plantedAudit().map((one) => [one.id, one.prompts[2]]));
const { documents } = plantedSummary().probabilistic;

describe("(n, p)-discoverable extraction", () => {
  it.each(["all", "top40"] as const)("is the goldens' (%s)", (name) => {
    expect(documents).toHaveLength(100);
    for (const { id, [name]: golden } of documents) {
      const { suffix_logprob, suffix_logprob_top40 } = audit.get(id) ?? {};
      const given = name === "all" ? suffix_logprob : (suffix_logprob_top40 ?? -Infinity);
      const logprob = Number(given);
      expectNear(Math.exp(logprob), golden.p_z);
      for (const [n, probability] of Object.entries(golden.probability_in)) {
        expectNear(extractionProbability(logprob, Number(n)), probability);
      }
      const half = golden.queries_for_half ?? Number.POSITIVE_INFINITY;
      expectNear(queriesFor(logprob, 0.5), half);
    }
  });

  it.each([1, 10, 100, 1000])("has the goldens' share of documents in %i answers", (n) => {
    const logprobs = documents.map(({ id }) => Number(audit.get(id)?.suffix_logprob));
    for (const p of [0.01, 0.1, 0.5, 0.9, 0.999]) {
      const golden = documents.filter(({ all }) => all.probability_in[n] >= p).length;
      const { documents: of, count, rate } = extractableShare(logprobs, n, p);
      expect([of, count, rate]).toEqual([100, golden, golden / 100]);
    }
  });

  it("has the share at p itself, and none of texts that are never drawn", () => {
    expect(extractableShare([Math.log(0.5), -Infinity], 2, 0.75).count).toBe(1);
    expect(extractableShare([-Infinity], 1e9, 1e-9).rate).toBe(0);
    expect(extractionProbability(-Infinity, Infinity)).toBe(0);
    expect(extractionProbability(-1, Infinity)).toBe(1);
  });

  it("is certain for a certain text, and never for one that is not drawn", () => {
    expect(extractionProbability(0, 1)).toBe(1);
    expect(extractionProbability(1e-16, 3)).toBe(1);
    expect(queriesFor(0, 0.5)).toBe(1);
    expect(extractionProbability(-Infinity, 1e9)).toBe(0);
    expect(queriesFor(-Infinity, 0.5)).toBe(Infinity);
    expect(extractionProbability(Math.log(0.5), 1)).toBeCloseTo(0.5, 15);
    expect([0.5, 0.75, 0.875, 0.876].map((p) => queriesFor(Math.log(0.5), p))).toEqual([
      1, 2, 3, 4,
    ]);
    expect(extractionProbability(-1, 0)).toBe(0);
  });

  it("undoes itself on both sides of one half, and for tiny probabilities", () => {
    for (const p of [1e-300, 1e-30, 1e-9, 0.3, 0.5, 0.7, 1 - 1e-12]) {
      const n = queriesFor(Math.log(p), 0.9);
      expect(extractionProbability(Math.log(p), n)).toBeGreaterThan(0.9 - 1e-9);
      expect(extractionProbability(Math.log(p), n - 1)).toBeLessThan(0.9 + 1e-9);
    }
  });

  it.each([
    [
      () => extractionProbability(0.5, 1),
      '"logprob" expected a natural logarithm, 0 or below, got 0.5',
    ],
    [() => extractionProbability(Number.NaN, 1), '"logprob"'],
    [() => extractionProbability(-1, -1), '"n" expected a number of answers'],
    [() => extractableShare([], 1, 0.5), '"logprobs" expected a list of at least one logarithm'],
    [() => extractableShare([-1], 0, 0.5), '"n" expected a finite number of answers, 1 or more'],
    [() => extractableShare([-1], Infinity, 0.5), '"n" expected a finite number'],
    [() => queriesFor(-1, 1), '"p" expected a probability above 0 and below 1, got 1'],
  ])("refuses what is none: %s", (call, message) => {
    expect(call).toThrow(message);
  });
});

function expectNear(own: number, golden: number): void {
  if (golden === 0 || golden === Infinity) expect(own).toBe(golden);
  else expect(Math.abs(own / golden - 1)).toBeLessThan(NEAR);
}

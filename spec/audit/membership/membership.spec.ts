/** Scores of documents against Google's code, and how well they separate. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aucOf, truePositiveRateAt } from "../../../src/audit/membership/auc.ts";
import {
  type MembershipRow,
  membership,
  membershipAucs,
} from "../../../src/audit/membership/membership.ts";
import { Evaluator } from "../../../src/evaluation/requests/evaluator.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { loadPlanted, plantedAudit, plantedDocuments } from "../../support/audit.ts";
import { IS_LONG } from "../../support/fuzz.ts";

let gemma: Gemma;
beforeAll(async () => {
  gemma = await loadPlanted();
});
afterAll(() => gemma.dispose());

describe("membership", () => {
  it("scores documents as Google's code does, and tells the planted ones from the others", async () => {
    const all = plantedDocuments().filter((_, i) => IS_LONG || i % 4 === 0);
    const documents = all.filter(({ repeats }) => repeats > 0);
    const control = all.filter(({ repeats }) => repeats === 0);
    const goldens = new Map(plantedAudit().map((one) => [one.id, one]));
    const rows: MembershipRow[] = [];
    const evaluator = new Evaluator(gemma);
    const options = { control, smaller: evaluator };
    for await (const row of membership(evaluator, documents, options)) rows.push(row);
    expect(rows.map(({ id }) => id)).toEqual([...documents, ...control].map(({ id }) => id));
    for (const row of rows) {
      const golden = goldens.get(row.id);
      if (!golden) throw new Error(row.id);
      expect(row.predicted).toBe(golden.tokens + 1);
      expect(Math.abs(row.logprob - golden.logprob)).toBeLessThan(1e-9);
      expect(Math.abs(row.perplexity - golden.perplexity)).toBeLessThan(1e-9);
      expect(Math.abs(row.lowercaseLogprob - golden.lowercase_logprob)).toBeLessThan(1e-9);
      // CPython's zlib comes to other bytes than fflate: up to 3 in 100 were seen.
      expect(Math.abs(row.zlibBytes / golden.zlib_bytes - 1)).toBeLessThan(0.05);
      const ratio = (golden.zlib_ratio * golden.zlib_bytes) / row.zlibBytes;
      expect(Math.abs(row.zlibRatio - ratio)).toBeLessThan(1e-9);
      expect(row.smallerRatio).toBe(1);
    }
    const aucs = membershipAucs(rows);
    expect(aucs.perplexity?.auc).toBeGreaterThan(0.8);
    expect(aucs.smallerRatio).toMatchObject({ auc: 0.5, standardError: 0 });
  });

  it("scores the beginning of a text that is longer than the context", async () => {
    const text = plantedDocuments()[0].text.repeat(4);
    const evaluator = new Evaluator(gemma, { contextLength: 64 });
    for await (const row of membership(evaluator, [{ id: "long", text }])) {
      expect(row.predicted).toBe(64);
    }
  });

  it("refuses ids, whose letters it does not know, and a control that is missing", async () => {
    const asked = membership(new Evaluator(gemma), [{ id: "ids", ids: [5] }]);
    await expect(asked.next()).rejects.toThrow('"documents[0]" expected a document with its text');
    expect(() => membershipAucs([])).not.toThrow();
  });
});

describe("aucOf", () => {
  it("is the share of pairs in order (fuzzed), its error that of DeLong", () => {
    const scores = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(scores, scores, (seen, unseen) => {
        const won = (a: number, b: number) => Number(a < b) + Number(a === b) / 2;
        const pairs = seen.map((a) => unseen.map((b) => won(a, b)));
        const mean = (all: readonly number[]) => all.reduce((x, y) => x + y, 0) / all.length;
        const auc = mean(pairs.flat());
        const byRow = pairs.map(mean);
        const byColumn = unseen.map((_, j) => mean(pairs.map((row) => row[j])));
        const variance = (all: readonly number[]) =>
          all.reduce((sum, x) => sum + (x - auc) ** 2, 0) / (all.length - 1);
        const error = Math.sqrt(variance(byRow) / seen.length + variance(byColumn) / unseen.length);
        const found = aucOf(seen, unseen);
        expect(found.auc).toBeCloseTo(auc, 12);
        expect(found.standardError).toBeCloseTo(error, 12);
      }),
    );
  });

  it("knows how many are found at a share of errors (fuzzed)", () => {
    const scores = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 30 });
    const share = fc.constantFrom(0, 0.01, 0.1, 0.29, 0.5, 0.9);
    fc.assert(
      fc.property(scores, scores, share, (seen, unseen, most) => {
        // Every threshold, and the best that makes no more errors than are allowed.
        const counts = [...seen, ...unseen, Infinity].map((t) => {
          const below = (all: readonly number[]) => all.filter((s) => s < t).length;
          return below(unseen) <= most * unseen.length + 1e-9 ? below(seen) : 0;
        });
        const { documents, count } = truePositiveRateAt(seen, unseen, most);
        expect(documents).toBe(seen.length);
        expect(count).toBe(Math.max(...counts));
      }),
    );
    expect(truePositiveRateAt([1, 2, 3], [2, 4], 0.01).count).toBe(1);
    expect(() => truePositiveRateAt([1], [1], 1)).toThrow('truePositiveRateAt: "share" expected');
    expect(() => truePositiveRateAt([1], [], 0)).toThrow('truePositiveRateAt: "unseen" expected');
  });

  it("refuses lists without a score, and what is no number", () => {
    expect(() => aucOf([], [1])).toThrow('aucOf: "seen" expected a list of at least one score');
    expect(() => aucOf([1], [Number.NaN])).toThrow('"unseen[0]" expected a number, got NaN');
  });
});

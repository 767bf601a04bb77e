/** How batches are cut into passes: pure bookkeeping. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joined, logitRows, passes } from "../../src/model/passes.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 });
const maxRows = fc.integer({ min: 1, max: 17 });

describe("passes", () => {
  it("feed every token once, in order, in full passes but for the last", () => {
    fc.assert(
      fc.property(lengths, maxRows, (given, most) => {
        const cut = [...passes(given, most)];
        const total = given.reduce((a, b) => a + b, 0);
        expect(cut.map(({ count }) => count)).toEqual(
          Array.from({ length: Math.ceil(total / most) }, (_, i) =>
            Math.min(most, total - i * most),
          ),
        );
        const fed = given.map(() => 0);
        for (const { stretches, count } of cut) {
          let row = 0;
          for (const { sequence, begin, from, count: some, left } of stretches) {
            expect([begin, from]).toEqual([fed[sequence], row]);
            fed[sequence] += some;
            row += some;
            expect(left).toBe(given[sequence] - fed[sequence]);
          }
          expect(row).toBe(count);
          expect(new Set(stretches.map(({ sequence }) => sequence)).size).toBe(stretches.length);
        }
        expect(fed).toEqual(given);
      }),
    );
  });

  it("give logits of the last token of each sequence, of all, or of none", () => {
    fc.assert(
      fc.property(lengths, maxRows, (given, most) => {
        const rows = (wanted: "last" | "all" | "none") =>
          [...passes(given, most)].flatMap((pass) => logitRows(pass, wanted));
        expect(rows("last").map(({ sequence }) => sequence)).toEqual(given.map((_, i) => i));
        const total = given.reduce((a, b) => a + b, 0);
        expect(rows("all").reduce((sum, { count }) => sum + count, 0)).toBe(total);
        expect(rows("none")).toEqual([]);
      }),
    );
  });

  it("give logits of the last so many tokens of each sequence", () => {
    fc.assert(
      fc.property(lengths, maxRows, fc.integer({ min: 0, max: 50 }), (given, most, wanted) => {
        const seen = given.map((): number[] => []);
        for (const pass of passes(given, most)) {
          for (const { sequence, from, count } of logitRows(pass, wanted)) {
            const one = pass.stretches.find((stretch) => stretch.sequence === sequence);
            const first = (one?.begin ?? 0) + from - (one?.from ?? 0);
            for (let i = 0; i < count; i++) seen[sequence].push(first + i);
          }
        }
        const all = given.map((length) => Array.from({ length }, (_, i) => i));
        expect(seen).toEqual(
          all.map((tokens) => tokens.slice(Math.max(0, tokens.length - wanted))),
        );
      }),
    );
  });

  it("make one run of rows that lie one behind the other", () => {
    const [decodes] = passes([1, 1, 1], 8);
    expect(joined(logitRows(decodes, "last"))).toEqual([{ from: 0, count: 3, into: 0 }]);
    const [mixed] = passes([1, 4, 1], 8);
    expect(joined(logitRows(mixed, "last"))).toEqual([
      { from: 0, count: 1, into: 0 },
      { from: 4, count: 2, into: 1 },
    ]);
  });
});

/** Edit distances against goldens of two other implementations, and against the plain table. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codePointsOf, editDistance } from "../../../src/audit/distance/edit-distance.ts";
import { plainEditDistance } from "../../../src/audit/distance/plain-edit-distance.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { RUNS } from "../../support/fuzz.ts";
import { readJson } from "../../support/goldens.ts";

interface Golden {
  readonly a: string | readonly number[];
  readonly b: string | readonly number[];
  readonly distance: number;
}

const { cases } = readJson<{ readonly cases: readonly Golden[] }>("evaluation/edit-distance.json");
const symbols = (of: Golden["a"]) => (typeof of === "string" ? codePointsOf(of) : of);

describe.each(Object.entries({ editDistance, plainEditDistance }))("%s", (_, distance) => {
  it("gives the goldens' distances, both ways round", () => {
    expect(cases).toHaveLength(67);
    for (const { a, b, distance: golden } of cases) {
      expect(distance(symbols(a), symbols(b))).toBe(golden);
      expect(distance(symbols(b), symbols(a))).toBe(golden);
    }
  });
});

describe("editDistance", () => {
  // Small alphabets have many ties, large ones few matches; beyond 32 and 64 there are several blocks.
  const alphabets = fc.constantFrom(1, 2, 4, 30, 256_000, 2 ** 31 - 1);
  const pairs = alphabets.chain((most) => {
    const list = fc.array(fc.nat(most), { maxLength: 150 });
    return fc.tuple(list, list);
  });

  it("is that of the plain table (fuzzed)", () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(editDistance(a, b)).toBe(plainEditDistance(a, b));
      }),
      { numRuns: RUNS },
    );
  });

  it("is that of the plain table after a few edits (fuzzed)", () => {
    const edits = fc.array(fc.tuple(fc.nat(3), fc.nat(), fc.nat(9)), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 120 }), edits, (a, all) => {
        const b = [...a];
        for (const [kind, place, id] of all) {
          const at = place % (b.length + 1);
          if (kind === 0) b.splice(at, 1);
          else if (kind === 1) b.splice(at, 0, id);
          else b[at] = id;
        }
        expect(editDistance(a, b)).toBe(plainEditDistance(a, b));
      }),
      { numRuns: RUNS },
    );
  });

  // A strip has 1024 rows: below, at and above it, and with a rest in the third.
  it.each([1024, 1025, 2050])("is that of the plain table for %i symbols", (m) => {
    const random = xoshiro128(m);
    const list = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 5));
    const [a, b] = [list(m), list(m + 40)];
    const golden = plainEditDistance(a, b);
    expect(editDistance(a, b)).toBe(golden);
    expect(editDistance(b, a)).toBe(golden);
  });

  it("tells numbers apart that have 32 bits in common", () => {
    const far = 2 ** 32 + 5;
    expect(editDistance([1, far, 2, far], [3, far, 4, 7])).toBe(3);
    expect(editDistance([1, far, 2], [3, 5, 4])).toBe(3);
  });

  it("is that of the plain table for texts, surrogates without a partner among them (fuzzed)", () => {
    const units = fc.constantFrom("a", "é", "🦊", "🦉", "\ud83e", "\udd8a");
    const texts = fc.array(units, { maxLength: 80 }).map((all) => codePointsOf(all.join("")));
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(editDistance(a, b)).toBe(plainEditDistance(a, b));
      }),
      { numRuns: RUNS },
    );
  });

  it("compares characters by code points, as they are", () => {
    const between = (a: string, b: string) => editDistance(codePointsOf(a), codePointsOf(b));
    expect(between("🦊", "")).toBe(1);
    expect(between("🦊", "🦉")).toBe(1);
    expect(between("é", "e\u0301")).toBe(2);
    expect(between("\ud83e", "\ud83f")).toBe(1);
    expect(editDistance(Int32Array.of(-1, 2), [2, -1])).toBe(2);
  });
});

/** Where the report disagrees with itself: each is named once, says all that a reader needs, and names bugs that exist. */
import { describe, expect, it } from "vitest";
import { MUTANTS } from "../../src/conformance/mutants/mutants.ts";
import { TEXT_MUTANTS } from "../../src/conformance/text/text-mutants.ts";
import { VERSION_DIFFERENCES } from "../../src/report/differences.ts";
import { INCONSISTENCIES } from "../../src/report/inconsistencies.ts";
import { REPORT_SOURCES } from "../../src/report/version.ts";

const row = (id: string) => INCONSISTENCIES.find((found) => found.id === id);

describe("inconsistencies", () => {
  it("have an id each, and every field", () => {
    const ids = INCONSISTENCIES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const empty = INCONSISTENCIES.filter((found) => Object.values(found).some((text) => !text));
    expect(empty).toEqual([]);
    const broken = INCONSISTENCIES.filter((found) => /NaN|undefined/.test(JSON.stringify(found)));
    expect(broken).toEqual([]);
  });

  it("have the numbers that other programs computed", () => {
    expect(row("averages-r1")?.recomputed).toContain("46.89 / 52.37 / 54.53 / 44.98 / 56.86");
    expect(row("leaderboard-average")?.recomputed).toContain("with which it is 63.77");
    expect(row("preference-rate")?.recomputed).toContain("56.25");
    expect(row("preference-ratings")?.recomputed).toContain("907 to 1,645 on safety");
    expect(row("eleven-of-eighteen")?.recomputed).toContain("10 ahead, 1 equal (BoolQ), 7 behind");
    expect(row("feedforward-width")?.recomputed).toContain("16,384 and 24,576");
    // Two norms of D more in each layer: 2 · 18 · 2048 and 2 · 28 · 3072.
    expect(row("norm-places")?.recomputed).toContain("73,728 and 172,032");
    expect(row("vocabulary")?.matters).toContain("262,144"); // 128 · 2048
  });

  it("and differences of versions name known bugs of the suite", () => {
    const texts = JSON.stringify([INCONSISTENCIES, VERSION_DIFFERENCES]);
    const named = [...texts.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, id]) => id);
    expect(named.sort().join(" ")).toBe(
      "chat-end-opens-answer chat-no-bos gelu-erf structure-post-norm",
    );
    const known = [...MUTANTS, ...TEXT_MUTANTS].map(({ id }) => id);
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
  });

  it("name versions that are described", () => {
    const texts = JSON.stringify([INCONSISTENCIES, VERSION_DIFFERENCES]);
    const versions = new Set([...texts.matchAll(/\bR(\d)\b/g)].map(([, n]) => `R${n}`));
    const described = REPORT_SOURCES.map(({ version }) => version);
    expect([...versions].sort()).toEqual([...described].sort());
  });
});

/** The planted documents of fixtures/learning, whole: what was planted is found, and nothing else. */
import { describe, expect, it } from "vitest";
import type { DropReason } from "../../../src/training/data/documents/document.ts";
import { personalDataFilter } from "../../../src/training/data/filters/personal-data.ts";
import { qualityFilter } from "../../../src/training/data/filters/quality.ts";
import { repetitionFilter } from "../../../src/training/data/filters/repetition.ts";
import { SHORT_TEXTS } from "../../../src/training/data/filters/short-texts.ts";
import { prepare } from "../../../src/training/data/prepare.ts";
import { preparationText } from "../../../src/training/data/report.ts";
import { evaluation, labelOf, planted, plantedFile } from "./support/planted.ts";

const filters = [
  qualityFilter(SHORT_TEXTS.quality),
  repetitionFilter(SHORT_TEXTS.repetition),
  personalDataFilter(),
];

async function prepared(n: number) {
  const dropped = new Map<number, DropReason>();
  const result = await prepare(plantedFile(), {
    filters,
    decontaminate: { benchmarks: { planted: await evaluation }, n },
    countTokens: (text) => text.split(" ").length,
    onDropped: (_, index, reason) => dropped.set(index, reason),
  });
  return { ...result, dropped };
}

describe.each([
  { n: 13, found: 12 },
  { n: 8, found: 24 },
])("planted documents, by runs of $n words", async ({ n, found }) => {
  const rows = await planted;
  const { documents, report, dropped } = await prepared(n);
  const by = (filter: string) =>
    [...dropped].filter(([, reason]) => reason.filter === filter).map(([i]) => rows[i]);

  it("lose 16 with personal data and 16 of low quality", () => {
    expect(
      by("personal")
        .map(labelOf)
        .filter((l) => l.startsWith("personal data")),
    ).toHaveLength(16);
    expect(by("personal")).toHaveLength(16);
    const low = [...by("quality"), ...by("repetition")].map(labelOf);
    expect(low.filter((label) => label.startsWith("low quality"))).toHaveLength(16);
    expect(low).toHaveLength(16);
  });

  it("lose 15 exact and 15 near duplicates, each with its original in one cluster", () => {
    expect(by("exact duplicate")).toHaveLength(15);
    expect(by("near duplicate")).toHaveLength(15);
    const clusters = report.clusters.map(({ kept, dropped }) => [
      kept,
      ...dropped.map(({ document }) => document),
    ]);
    const pairs = rows.flatMap(({ other }, i) =>
      String(other.label).includes("duplicate") ? [[i, Number(other.of)]] : [],
    );
    expect(pairs).toHaveLength(30);
    const apart = pairs.filter(
      ([a, b]) => !clusters.some((cluster) => cluster.includes(a) && cluster.includes(b)),
    );
    expect(apart).toEqual([]);
    expect(clusters.flat().length - clusters.length).toBe(30);
    for (const { kept, dropped } of report.clusters) {
      expect(dropped.every(({ document }) => document > kept)).toBe(true);
      expect(dropped.every(({ similarity }) => similarity >= 0.5 && similarity <= 1)).toBe(true);
    }
  });

  it(`lose ${found} that repeat an evaluation item, each with the item it repeats`, () => {
    const repeating = [...dropped].filter(([, { filter }]) => filter === "contamination");
    expect(repeating).toHaveLength(found);
    for (const [i, { of, value, threshold }] of repeating) {
      expect(of).toBe(rows[i].other.of);
      // A word beside those that were planted may be the item's next one.
      const words = Number(/\d+/.exec(labelOf(rows[i]))?.[0]);
      expect([words, words + 1, words + 2]).toContain(value);
      expect(threshold).toBe(n);
    }
  });

  it("keep the 162 clean ones, but for originals that come after their copy", () => {
    const originals = new Set(
      rows.filter((row) => labelOf(row).includes("duplicate")).map(({ other }) => other.of),
    );
    const clean = rows.flatMap((row, i) => (labelOf(row).startsWith("clean") ? [i] : []));
    expect(clean).toHaveLength(162);
    const lost = clean.filter((i) => dropped.has(i));
    expect(lost.filter((i) => !originals.has(i))).toEqual([]);
    expect(lost.every((i) => dropped.get(i)?.filter.endsWith("duplicate"))).toBe(true);
    // One of each cluster is left: as many as there are clean texts, and those that n words do not find.
    expect(documents).toHaveLength(162 + 24 - found);
  });

  it("are reported: in, out, why, examples, hashes", () => {
    const { stages, before, after, file } = report;
    expect(stages.map(({ name }) => name)).toEqual([
      ...["quality", "repetition", "personal", "exact duplicate", "near duplicate"],
      `contamination, ${n} words`,
    ]);
    expect(before.documents).toBe(248);
    expect(stages[0].before).toEqual(before);
    expect(stages.at(-1)?.after).toEqual(after);
    stages.slice(1).forEach((stage, i) => {
      expect(stage.before).toEqual(stages[i].after);
    });
    for (const { before, after, reasons, examples } of stages) {
      const dropped = before.documents - after.documents;
      expect(Object.values(reasons).reduce((a, b) => a + b, 0)).toBe(dropped);
      expect(examples).toHaveLength(Math.min(10, dropped));
    }
    expect(stages[2].reasons).toEqual({ card: 4, ip: 4, email: 4, phone: 4 });
    expect(after.tokens).toBe(documents.reduce((sum, { text }) => sum + text.split(" ").length, 0));
    expect(file).toEqual({
      name: "documents.jsonl",
      sha256: "ff7afd8cd2fb8877ce344b92f01f13cfb22431a3e537f966b3c31985b1f146d9", // sha256sum
      rows: 248,
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(preparationText(report)).toContain(`contamination, ${n} words`);
  });

  it("show no personal data in examples", () => {
    const shown = JSON.stringify(report.stages[2].examples);
    expect(shown).toMatch(/xxx\.xxx00@xxxxxxx\.xxx|000 0000 0000|\+0 \(000\) 000-0000/);
    expect(shown).not.toMatch(/@example|\d{4} \d{4} \d{4} [1-9]|\+1 \(|203\.0/);
  });

  it("leave evaluation items dirty by fewer words only", () => {
    const dirty = (when: "before" | "after", by: number) =>
      report.contamination?.[when].find((items) => items.n === by)?.dirty.length;
    expect([dirty("before", 13), dirty("before", 8)]).toEqual([12, 24]);
    expect([dirty("after", 13), dirty("after", 8)]).toEqual([0, 24 - found]);
  });
});

describe("prepare", () => {
  it("does nothing but remove equal texts where nothing is asked for, nearly equal ones included", async () => {
    const texts = ["One two three four five six.", "one two three four five six", "Another."];
    const { documents, report } = await prepare(texts.map((text) => ({ text })));
    expect(documents.map(({ text }) => text)).toEqual([texts[0], "Another."]);
    expect(report.seed).toBe(0);
    const whole = await prepare(
      texts.map((text) => ({ text })),
      { deduplicate: false },
    );
    expect(whole.documents).toHaveLength(3);
    expect(whole.report.seed).toBeUndefined();
    // printf '{"text":"One two three four five six."}\n{"text":"one two three four five six"}\n{"text":"Another."}\n' | sha256sum
    expect(whole.report.sha256).toBe(
      "95d2f1edf9f9eefe386c345a91b8992e56ec4a507a938a5c3f491672dc6b3699",
    );
  });

  it("ends with its signal, and refuses what are no documents", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(prepare([{ text: "" }], { signal })).rejects.toThrow("enough");
    await expect(prepare(["text"] as never)).rejects.toThrow(
      'prepare: "documents[0]" expected an object with a text, got "text"; put it into an object: { text }',
    );
    await expect(prepare([], { filters: [qualityFilter] as never })).rejects.toThrow("call it");
    const decontaminate = { benchmarks: [] as never };
    await expect(prepare([], { decontaminate })).rejects.toThrow("by name");
  });
});

/** Canaries that are drawn, and documents that are repeated. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawCanaries } from "../../../src/audit/planting/draw-canaries.ts";
import { repeated } from "../../../src/audit/planting/repeated.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { mixedBatches } from "../../../src/training/data/mixture/mixed-batches.ts";
import { openRows } from "../../../src/training/data/rows/row-file.ts";
import { textSequence } from "../../../src/training/data/tokens/sequences.ts";
import { shuffledBatches } from "../../../src/training/run/shuffled-batches.ts";

describe("drawCanaries", () => {
  it("draws as many as are asked for, each with a name of its own", () => {
    const canaries = drawCanaries({ repeats: [1, 4, 64], each: 20 });
    expect(canaries).toHaveLength(60);
    expect(new Set(canaries.map(({ text }) => text)).size).toBe(60);
    expect(canaries.map(({ repeats }) => repeats).filter((one) => one === 64)).toHaveLength(20);
    for (const { id, text, secret, document } of canaries) {
      expect(id).toMatch(/^canary \d+$/);
      expect(text).toMatch(/^The secret number of \w+ \w+ is $/);
      expect(secret).toMatch(/^\d{4}$/);
      expect(document).toBe(`${text}${secret}.`);
    }
    // Of 60 draws of 10,000 few are equal, and their mean is near the middle: 5 standard errors of 372.
    const values = canaries.map(({ secret }) => Number(secret));
    expect(new Set(values).size).toBeGreaterThan(55);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / 60 - 5000)).toBeLessThan(5 * 373);
  });

  it("draws the same with the same seed", () => {
    const ask = (seed?: number) => drawCanaries({ repeats: [1, 2], seed });
    expect(ask(7)).toEqual(ask(7));
    expect(ask(7)).not.toEqual(ask(8));
    expect(ask()).toEqual(ask(0));
  });

  it("takes a text of the caller's", () => {
    const [one] = drawCanaries({ repeats: [3], digits: 6, format: "PIN {secret}, said {name}" });
    expect(one).toMatchObject({ text: "PIN ", repeats: 3 });
    expect(one.document).toMatch(/^PIN \d{6}, said \w+ \w+$/);
  });

  it.each([
    [{ repeats: [] }, '"repeats" expected a list: [1, 4, 16, 64]'],
    [{ repeats: [-1] }, '"repeats[0]" expected an integer from 0'],
    [{ repeats: [1, 2], format: "PIN {secret}" }, '"format" expected {name} before {secret}'],
    [{ repeats: [1], format: "PIN" }, '"format" expected a text with one {secret}'],
    [{ repeats: [1], digits: 7 }, '"digits" expected an integer from 1 to 6'],
    [{ repeats: [1, 2], each: 300 }, '"each" expected at most 576 canaries, got 2 · 300'],
  ])("refuses %j", (options, message) => {
    expect(() => drawCanaries(options)).toThrow(message);
  });
});

describe("repeated", () => {
  it("is each as often as it says, whatever the order (fuzzed)", () => {
    const counts = fc.array(fc.nat(64), { maxLength: 20 });
    fc.assert(
      fc.property(counts, (all) => {
        const found = repeated(
          all.map((_, i) => i),
          all,
        );
        expect(all.map((_, i) => found.filter((one) => one === i).length)).toEqual(all);
      }),
    );
  });

  it("shuffles copies among the others by a seed (fuzzed)", () => {
    const counts = fc.array(fc.nat(64), { minLength: 1, maxLength: 20 });
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(counts, word, (all, seed) => {
        const documents = all.map((_, i) => i);
        const found = repeated(documents, all, { seed });
        expect(found).toEqual(repeated(documents, all, { seed }));
        expect([...found].sort((a, b) => a - b)).toEqual(repeated(documents, all));
      }),
    );
    // 64 copies among 200 others: in order they lie side by side 63 times, drawn on average 64 · 63/264 = 15.3 times.
    const stories = Array.from({ length: 200 }, (_, i) => `story ${i}`);
    const ask = (seed: number) =>
      repeated(["secret", ...stories], [64, ...stories.map(() => 1)], { seed });
    const beside = ask(1).filter((one, i, all) => one === "secret" && all[i - 1] === one).length;
    expect(beside).toBeLessThan(32);
    expect(ask(1)).not.toEqual(ask(2));
  });

  it("is a file of rows, that a run goes through so often in each epoch", async () => {
    const corpus = Array.from({ length: 40 }, (_, i) => ({ text: `story ${i}`, repeats: 1 }));
    const canaries = drawCanaries({ repeats: [1, 2, 4, 8, 16, 32, 64], seed: 3 });
    const planted = canaries.map(({ document, repeats }) => ({ text: document, repeats }));
    const rows = [...corpus, ...planted];
    const lines = repeated(
      rows,
      rows.map(({ repeats }) => repeats),
      { seed: 5 },
    ).map(({ text }) => JSON.stringify({ text }));
    const file = bytesSource(new TextEncoder().encode(lines.join("\n")), "planted.jsonl");
    const texts: string[] = [];
    for await (const { text } of openRows(file, { kind: "text" })) texts.push(text);
    // The place in `texts` as the only token tells them apart.
    const sequences = texts.map((_, i) => textSequence([2, i + 3]));
    const batches = shuffledBatches(sequences, { batchSize: 8, epochs: 2 });
    const seen = new Map<string, number>();
    for (let batch = await batches.next(); batch; batch = await batches.next()) {
      for (const { ids } of batch) {
        const text = texts[ids[1] - 3];
        seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    }
    expect(seen).toEqual(new Map(rows.map(({ text, repeats }) => [text, 2 * repeats])));
  });

  it("comes through a mixture so often in each epoch", async () => {
    const counts = [1, 2, 4, 8];
    const planted = counts.map((_, i) => textSequence([2, 10 + i, 1]));
    const web = Array.from({ length: 30 }, (_, i) => textSequence([2, 100 + i, 1]));
    const sources = { web, planted: repeated(planted, counts) };
    const stages = [{ from: 0, weights: { web: 2, planted: 1 } }];
    const drawn = new Map<number, number>();
    let epochs = 0;
    const onEpoch = ({ source }: { source: string }) => {
      if (source === "planted") epochs++;
    };
    const batches = mixedBatches(sources, { stages, steps: 400, batchSize: 1, onEpoch });
    while (epochs < 6) {
      const batch = (await batches.next()) ?? [];
      // The sequence with which an epoch begins belongs to it.
      if (epochs === 6) break;
      for (const { ids } of batch) drawn.set(ids[1], (drawn.get(ids[1]) ?? 0) + 1);
    }
    expect(counts.map((_, i) => drawn.get(10 + i))).toEqual(counts.map((count) => 6 * count));
  });

  it("refuses counts that do not fit", () => {
    expect(() => repeated([1, 2], [1])).toThrow(
      '"counts" expected 2 integers, one for each, got 1',
    );
    expect(() => repeated([1], [0.5])).toThrow('"counts[0]" expected an integer from 0');
    expect(() => repeated("ab" as never, [1, 1])).toThrow('"all" expected a list');
    expect(() => repeated([1], [1], { seed: -1 })).toThrow('"seed" expected an integer from 0');
  });
});

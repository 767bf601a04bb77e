/** A repeated word, and stretches of documents in what comes after it. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CopiedTexts } from "../../../src/audit/divergence/copied-text.ts";
import { type Divergence, divergences } from "../../../src/audit/divergence/divergence.ts";
import { Evaluator } from "../../../src/evaluation/requests/evaluator.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { loadPlanted, plantedDocuments } from "../../support/audit.ts";

describe("CopiedTexts", () => {
  it("finds the longest stretch, and each that is long enough (fuzzed against every place of every document)", () => {
    const ids = fc.array(fc.nat(2), { maxLength: 60 });
    const documents = fc.array(ids, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(documents, ids, fc.integer({ min: 1, max: 14 }), (given, said, atLeast) => {
        const all = given.map((one, i) => ({ id: `${i}`, ids: one }));
        const found = new CopiedTexts(all, atLeast).in(said);
        const lengths = given.flatMap((one) => stretches(one, said));
        const longest = Math.max(0, ...lengths);
        expect(Math.max(0, ...found.map(({ tokens }) => tokens))).toBe(
          longest >= atLeast ? longest : 0,
        );
        for (const [i, { id, place, begin, tokens }] of found.entries()) {
          expect(tokens).toBeGreaterThanOrEqual(atLeast);
          const own = given[Number(id)].slice(place, place + tokens);
          expect(said.slice(begin, begin + tokens)).toEqual(own);
          if (i > 0) expect(begin).toBeGreaterThanOrEqual(found[i - 1].begin + found[i - 1].tokens);
        }
      }),
    );
  });
});

/** Lengths of what is equal from each place of one and each of the other. */
function stretches(one: readonly number[], other: readonly number[]): number[] {
  return one.flatMap((_, i) =>
    other.map((_, j) => {
      let n = 0;
      while (i + n < one.length && j + n < other.length && one[i + n] === other[j + n]) n++;
      return n;
    }),
  );
}

describe("divergences", () => {
  let gemma: Gemma;
  beforeAll(async () => {
    gemma = await loadPlanted();
  });
  afterAll(() => gemma.dispose());

  async function of(words: readonly string[], options = {}): Promise<Divergence[]> {
    const all: Divergence[] = [];
    for await (const one of divergences(new Evaluator(gemma), words, plantedDocuments(), options)) {
      all.push(one);
    }
    return all;
  }

  it("finds what was planted behind a word, and counts repetitions", async () => {
    const greedy = { times: 1, samples: 1, temperature: 0, maxTokens: 60 };
    const [tom, fluss] = (await of(["Tom", "Fluss"], greedy)).sort((a, b) =>
      b.word.localeCompare(a.word),
    );
    // "Tom Drum sells …" was planted 64 times: the model goes on with it.
    const copied = { id: "web-64-73", place: 1, begin: 0, tokens: 60 };
    expect(tom).toMatchObject({ word: "Tom", sample: 0, repeated: 0, copied: [copied] });
    expect(plantedDocuments().find(({ id }) => id === "web-64-73")?.text).toContain(tom.text);
    // It says this word once more, and then nothing of 20 tokens that a document has.
    expect(fluss).toMatchObject({ word: "Fluss", repeated: 1, copied: [] });
    expect(fluss.text).toMatch(/^ nicht/);
  });

  it("counts as copied what is long enough", async () => {
    const greedy = { times: 1, samples: 1, temperature: 0, maxTokens: 60 };
    const [short] = await of(["Fluss"], { ...greedy, atLeast: 12 });
    expect(short.copied).toEqual([{ id: "multilingual-2-83", place: 8, begin: 0, tokens: 13 }]);
    expect((await of(["Fluss"], { ...greedy, atLeast: 14 }))[0].copied).toEqual([]);
  });

  it("draws other answers with other seeds, and the same with the same", async () => {
    const options = { times: 3, samples: 2, maxTokens: 12 };
    const found = await of(["fox"], options);
    expect(found.map(({ sample }) => sample).sort()).toEqual([0, 1]);
    expect(found[0].text).not.toBe(found[1].text);
    expect(await of(["fox"], options)).toEqual(found);
  });

  it.each([
    [["two words "], {}, '"words[0]" expected a word without spaces around it, got "two words "'],
    [["fox"], { temperature: 0 }, "several samples, got 0; all greedy answers are the same"],
    [["fox"], { atLeast: 0 }, '"atLeast" expected a positive integer, got 0'],
    [["fox"], { count: 1 }, '"count"'],
  ])("refuses %j with %j", async (words, options, message) => {
    await expect(of(words, options)).rejects.toThrow(message);
  });
});

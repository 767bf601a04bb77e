/** Evaluation items in training documents: dropped there, or marked here. */
import { describe, expect, it } from "vitest";
import { decontaminate } from "../../../../src/training/data/contamination/decontaminate.ts";
import {
  findDirtyItems,
  scoresByContamination,
} from "../../../../src/training/data/contamination/dirty-items.ts";
import { words } from "../../../../src/training/data/text/words.ts";

const item =
  "Which of the seven rivers of the northern valley is the longest, and how many bridges cross it?";
const other =
  "A farmer has twelve sheep and sells all but five of them at the market: how many are left?";
const benchmarks = {
  rivers: [{ text: other }, { text: item }],
  short: [{ text: "How many sheep?" }],
};

/** A document with words `from` to `to` of the item, written otherwise. */
const with_ = (from: number, to: number) => ({
  text: `Once, ${words(item).slice(from, to).join(" — ").toUpperCase()}… he said.`,
});

describe("words", () => {
  it("are as janitor.py of EleutherAI's harness has them", () => {
    // normalize_string of lm_eval/decontamination/janitor.py: punctuation deleted, lower case, split at spaces
    expect(words("It's a well-known fact: 12,50 $!")).toEqual([
      "its",
      "a",
      "wellknown",
      "fact",
      "1250",
    ]);
  });

  it("are parted by dashes and other punctuation, whatever their width", () => {
    expect(words("one—two--three…four « five » ’tis ｓｉｘ")).toEqual([
      "one",
      "two",
      "threefour",
      "five",
      "tis",
      "six",
    ]);
    expect(words("我喜欢 Gemma。")).toEqual(["我", "喜", "欢", "gemma"]);
    expect(words("  \n ")).toEqual([]);
  });
});

describe("decontaminate", () => {
  it("drops documents with 13 words in a row of an item, and says which", async () => {
    const documents = [with_(0, 12), with_(2, 15), with_(3, 19), { text: "Nothing." }];
    const { documents: kept, stage } = await decontaminate(documents, { benchmarks });
    expect(kept).toEqual([documents[0], documents[3]]);
    expect(stage.reasons).toEqual({ rivers: 2 });
    expect(stage.examples.map(({ document, reason }) => [document, reason])).toEqual([
      [1, { filter: "contamination", rule: "rivers", value: 13, threshold: 13, of: 1 }],
      [2, { filter: "contamination", rule: "rivers", value: 15, threshold: 13, of: 1 }],
    ]);
  });

  it("takes other lengths", async () => {
    const documents = [with_(0, 7), with_(0, 8)];
    const { documents: kept } = await decontaminate(documents, { benchmarks, n: 8 });
    expect(kept).toEqual([documents[0]]);
  });

  it("refuses what are no benchmarks", async () => {
    await expect(decontaminate([], { benchmarks: { a: ["text"] } as never })).rejects.toThrow(
      'decontaminate: "a[0]" expected an object with a text',
    );
    await expect(decontaminate([], { benchmarks, n: 0 })).rejects.toThrow('"n"');
  });
});

describe("findDirtyItems", () => {
  const documents = [with_(0, 8), with_(4, 14), { text: other }];

  it("marks items, by benchmark and by n", async () => {
    expect(await findDirtyItems(benchmarks, documents)).toEqual([
      { benchmark: "rivers", n: 13, items: 2, tooShort: 0, dirty: [0] },
      { benchmark: "rivers", n: 8, items: 2, tooShort: 0, dirty: [0, 1] },
      { benchmark: "short", n: 13, items: 1, tooShort: 1, dirty: [] },
      { benchmark: "short", n: 8, items: 1, tooShort: 1, dirty: [] },
    ]);
  });

  it("counts the share of an item's runs, of all documents together", async () => {
    // Of the item's 18 words, 11 runs of eight; 1 + 3 of them are in the documents.
    expect(words(item)).toHaveLength(18);
    const dirty = async (share: number) =>
      (await findDirtyItems(benchmarks, documents, { n: [8], share }))[0].dirty;
    expect(await dirty(4 / 11)).toEqual([0, 1]);
    expect(await dirty(4.01 / 11)).toEqual([0]);
  });

  it("tells scores of clean and dirty items apart", () => {
    const scores = scoresByContamination([1, 0, 1, 0.5], { items: 4, dirty: [0, 2] });
    expect(scores).toEqual({
      all: { items: 4, mean: 0.625 },
      clean: { items: 2, mean: 0.25 },
      dirty: { items: 2, mean: 1 },
    });
    expect(scoresByContamination([1], { items: 1, dirty: [] }).dirty).toEqual({
      items: 0,
      mean: Number.NaN,
    });
    expect(() => scoresByContamination([1], { items: 2, dirty: [] })).toThrow("2 numbers");
  });

  it("ends with its signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(findDirtyItems(benchmarks, documents, { signal })).rejects.toThrow("enough");
  });
});

/** Quality and repetition: each rule by a text that breaks it alone. */
import { describe, expect, it } from "vitest";
import type { DocumentFilter } from "../../../../src/training/data/filters/filter.ts";
import { filterDocuments } from "../../../../src/training/data/filters/filter-documents.ts";
import {
  type QualityOptions,
  qualityFilter,
} from "../../../../src/training/data/filters/quality.ts";
import {
  type RepetitionOptions,
  repetitionFilter,
} from "../../../../src/training/data/filters/repetition.ts";
import { SHORT_TEXTS } from "../../../../src/training/data/filters/short-texts.ts";

const WORDS = "river stone candle window garden market silver winter table harbour".split(" ");
/** Prose of `n` words: no two of its 2-grams are the same for long, and it has stop words. */
const prose = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    i % 5 === 1
      ? ["the", "of", "to"][i % 3]
      : WORDS[(i * i + 3 * i) % 10] + "abcdefgh"[(i >> 2) % 8],
  ).join(" ");

const broken = (filter: DocumentFilter, text: string) => filter.check(text);

describe("quality", () => {
  const gopher = qualityFilter();

  it("lets prose pass", () => {
    expect(broken(gopher, prose(60))).toBeUndefined();
  });

  it.each([
    ["words", prose(49), 49, 50],
    ["mean word length", `the of ${"a b c d e f g h ".repeat(10)}`, 85 / 82, 3],
    ["alphabetic words", `the of river candle ${"river stone 1234 ".repeat(20)}`, 44 / 64, 0.8],
    ["hashes to words", `the of ${"river #stone silver ".repeat(20)}`, 20 / 62, 0.1],
    ["ellipses to words", `the of ${"river stone... silver ".repeat(20)}`, 20 / 62, 0.1],
    [
      "lines with a bullet",
      `the of to\n${"- river stone silver candle market window\n".repeat(11)}`,
      11 / 12,
      0.9,
    ],
    ["stop words", "river stone silver ".repeat(20), 0, 2],
  ])("says what is wrong: %s", (rule, text, value, threshold) => {
    const reason = broken(gopher, text);
    expect(reason).toMatchObject({ filter: "quality", rule, threshold });
    expect(reason?.value).toBeCloseTo(value, 12);
  });

  it("counts lines that end with an ellipsis", () => {
    const text = `${prose(50)}\n${prose(40)} river...\nend…`;
    expect(broken(gopher, text)).toMatchObject({ rule: "lines that end with an ellipsis" });
  });

  it("takes thresholds of one's own, for short texts and other languages", () => {
    const sum = "Mira the owl had 2 carrots. At the valley she found 1 more. Now she had 3.";
    expect(broken(gopher, sum)).toMatchObject({ rule: "words", value: 17, threshold: 50 });
    expect(broken(qualityFilter(SHORT_TEXTS.quality), sum)).toBeUndefined();
    const noise =
      "@@% said <% @~<%@~> %@ *{| the %}{}% @@^*} and ~{%}/&> }< of ^<* to }^*} in a box on it";
    expect(
      broken(qualityFilter({ ...SHORT_TEXTS.quality, minReadableShare: 0 }), noise),
    ).toBeUndefined();
    expect(broken(qualityFilter(SHORT_TEXTS.quality), noise)).toMatchObject({
      rule: "readable words",
    });
    const german = "Die Eule wohnte am Fluss und hatte den Korb mit den Äpfeln sehr gern.";
    const english = qualityFilter({ minWords: 5 });
    expect(broken(english, german)).toMatchObject({ rule: "stop words" });
    const stopWords = ["die", "und", "den", "mit"];
    expect(broken(qualityFilter({ minWords: 5, stopWords }), german)).toBeUndefined();
    expect(broken(qualityFilter({ minWords: 5, minStopWords: 0 }), german)).toBeUndefined();
  });

  it.each([
    "What is 12 + 30? 12 + 30 = 42. What is 7 + 8? 7 + 8 = 15. So the sum of both is 42 + 15 = 57.",
    "3 + 4 = 7, and 7 + 5 = 12, so 12 - 4 = 8.",
    "The medals of each year:\nYear | Gold | Silver\n--- | --- | ---\n2000 | 10 | 12\n2004 | 11 | 9",
    "Is a < b? If a = 2 and b = 5, then a < b, as b - a = 3 is > 0.",
  ])("has thresholds by which sums and small tables are texts: %s", (text) => {
    expect(broken(qualityFilter(SHORT_TEXTS.quality), text)).toBeUndefined();
  });

  it.each<[QualityOptions, rule: string]>([
    [{ minWords: 61 }, "words"],
    [{ maxWords: 59 }, "words"],
    [{ minMeanWordLength: 9 }, "mean word length"],
    [{ maxMeanWordLength: 4 }, "mean word length"],
    [{ minAlphabeticShare: 1.1 }, "alphabetic words"],
    [{ minReadableShare: 1.1 }, "readable words"],
    [{ minStopWords: 4 }, "stop words"],
  ])("each threshold is an option: %j", (options, rule) => {
    expect(broken(qualityFilter(options), prose(60))).toMatchObject({ rule });
  });

  it.each<[QualityOptions, text: string]>([
    [{ maxSymbolRatio: 0.5 }, `the of ${"river #stone silver ".repeat(20)}`],
    [
      { maxBulletShare: 1 },
      `the of to\n${"- river stone silver candle market window\n".repeat(11)}`,
    ],
    [{ maxEllipsisShare: 1 }, `${prose(50)}\n${prose(40)} river...\nend…`],
  ])("each threshold is an option, that a text may need: %j", (options, text) => {
    expect(broken(gopher, text)).toBeDefined();
    expect(broken(qualityFilter(options), text)).toBeUndefined();
  });

  it("refuses thresholds that are none", () => {
    expect(() => qualityFilter({ minWords: "50" as never })).toThrow(
      'qualityFilter: "minWords" expected a number, 0 or more, got "50"',
    );
    expect(() => qualityFilter({ minWord: 3 } as never)).toThrow("minWord");
    expect(() => qualityFilter({ stopWords: "the" as never })).toThrow("stopWords");
  });
});

describe("repetition", () => {
  const filter = repetitionFilter();

  it("lets prose pass", () => {
    expect(broken(filter, prose(200))).toBeUndefined();
    expect(broken(filter, "")).toBeUndefined();
  });

  it.each([
    ["repeated lines", `${"The same line.\n".repeat(5)}${prose(60)}`, 4 / 6],
    // Three lines of ten, with most of the characters.
    [
      "characters in repeated lines",
      `${`${prose(30)}\n`.repeat(3)}${"abcdefgh"
        .split("")
        .map((l) => `${l}${l}\n`)
        .join("")}`,
      undefined,
    ],
    ["most frequent 2-gram", `buy now ${"river buy now ".repeat(2)}buy now`, 24 / 34],
    ["repeated 5-grams", `${prose(40)} ${prose(40)}`, 0.5],
  ])("says what is wrong: %s", (rule, text, value) => {
    const reason = broken(filter, text);
    expect(reason).toMatchObject({ filter: "repetition", rule });
    if (value !== undefined) expect(reason?.value).toBeCloseTo(value, 1);
  });

  it.each<[RepetitionOptions, text: string, rule: string]>([
    [{ maxLines: 0.1, maxLineCharacters: 1 }, `${"abc\n".repeat(2)}d\ne\nf`, "repeated lines"],
    [
      { maxLineCharacters: 0.1 },
      `${"abcdefghijklmnop\n".repeat(2)}${prose(9)}\ne\nf`,
      "characters in repeated lines",
    ],
    [
      { maxParagraphs: 0.1, maxLines: 1, maxLineCharacters: 1 },
      "a\n\na\n\nb",
      "repeated paragraphs",
    ],
    [
      { maxParagraphCharacters: 0.1, maxParagraphs: 1, maxLines: 1, maxLineCharacters: 1 },
      "a\n\na\n\nb",
      "characters in repeated paragraphs",
    ],
    [{ maxTop: { 1: 0.1 } }, "river stone river silver river candle", "most frequent 1-gram"],
    [{ maxRepeated: { 1: 0.1 } }, "river stone river silver river candle", "repeated 1-grams"],
  ])("each limit is an option: %j", (options, text, rule) => {
    expect(broken(repetitionFilter(options), text)).toMatchObject({ rule });
    const none = { maxLines: 1, maxLineCharacters: 1, maxParagraphs: 1, maxParagraphCharacters: 1 };
    const lax = repetitionFilter({ ...none, maxTop: {}, maxRepeated: {} });
    expect(broken(lax, text)).toBeUndefined();
  });

  it("does not take what comes twice in a short text for frequent", () => {
    expect(broken(filter, "Ben had a kite. Ben had a book.")).toBeUndefined();
  });
});

describe("filterDocuments", () => {
  it("drops by the first filter that finds something, and tells", async () => {
    const short = {
      name: "short",
      check: (text: string) => (text.length < 4 ? reason("short") : undefined),
    };
    const loud = {
      name: "loud",
      check: (text: string) => (text.endsWith("!") ? reason("loud") : undefined),
    };
    const reason = (filter: string) => ({ filter, rule: filter, value: 1, threshold: 0 });
    const told: unknown[] = [];
    const texts = ["Hi!", "Hello!", "Hello", "Hum"].map((text) => ({ text, mine: true }));
    const { documents, stages } = await filterDocuments(texts, [short, loud], {
      onDropped: (document, i, { filter }) => told.push([document.text, i, filter]),
      countTokens: (text) => text.length,
      examples: 1,
    });
    expect(documents).toEqual([texts[2]]);
    expect(told).toEqual([
      ["Hi!", 0, "short"],
      ["Hum", 3, "short"],
      ["Hello!", 1, "loud"],
    ]);
    expect(stages[0]).toEqual({
      name: "short",
      before: { documents: 4, characters: 17, tokens: 17 },
      after: { documents: 2, characters: 11, tokens: 11 },
      reasons: { short: 2 },
      examples: [{ document: 0, text: "Hi!", reason: reason("short") }],
    });
    expect(stages[1].after).toEqual({ documents: 1, characters: 5, tokens: 5 });
  });

  it("takes a stream of documents", async () => {
    async function* stream() {
      yield { text: "one" };
      yield { text: "two" };
    }
    expect((await filterDocuments(stream(), [])).documents).toHaveLength(2);
  });
});

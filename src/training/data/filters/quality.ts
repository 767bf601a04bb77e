/**
 * The heuristics by which Gopher's authors told prose from the rest of the web (Rae et al. 2021, arXiv:2112.11446, appendix
 * A1.1, "Quality Filtering"), in the reading of datatrove's `gopher_quality_filter.py`:
 *
 *     words                 50 to 100,000, counted without those of punctuation alone
 *     mean word length      3 to 10 characters
 *     symbols / words       at most 0.1, of "#" and of "..." or "…" each
 *     lines                 at most 90 % begin with a bullet, at most 30 % end with an ellipsis
 *     words with a letter   at least 80 %
 *     stop words            at least 2 of: the be to of and that have with
 *
 * Beside them, for arithmetic and tables, which have few words with a letter: readable words, with a letter, a digit, or a sign of
 * arithmetic, tables or code. No share of them is asked for by default.
 *
 * A word is what stands between two spaces. The thresholds are those of web pages: short-texts.ts has some for stories and
 * answers of a few lines. Other languages need other stop words; with `stopWords: []` and `minStopWords: 0` none are asked for.
 * @module
 */
import { brief } from "../../../brief.ts";
import { isList } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { atLeast, atMost, type Broken, type DocumentFilter, firstBroken } from "./filter.ts";
import { assertThresholds } from "./thresholds.ts";

/** Options of {@link qualityFilter}: its thresholds. */
export interface QualityOptions {
  /** Default 50. */
  readonly minWords?: number;
  /** Default 100,000. */
  readonly maxWords?: number;
  /** Characters. Default 3. */
  readonly minMeanWordLength?: number;
  /** Characters. Default 10. */
  readonly maxMeanWordLength?: number;
  /** Of "#" to words, and of ellipses to words. Default 0.1. */
  readonly maxSymbolRatio?: number;
  /** Share of lines that begin with a bullet. Default 0.9. */
  readonly maxBulletShare?: number;
  /** Share of lines that end with an ellipsis. Default 0.3. */
  readonly maxEllipsisShare?: number;
  /** Share of words with at least one letter. Default 0.8. */
  readonly minAlphabeticShare?: number;
  /** Share of words with a letter or a digit, or such as `+`, `==` and `|`. Default 0. */
  readonly minReadableShare?: number;
  /** How many different stop words are in the text. Default 2. */
  readonly minStopWords?: number;
  /** In lower case. Default: Gopher's eight English ones. */
  readonly stopWords?: readonly string[];
}

const NAMES: OptionNames<QualityOptions> = {
  minWords: true,
  maxWords: true,
  minMeanWordLength: true,
  maxMeanWordLength: true,
  maxSymbolRatio: true,
  maxBulletShare: true,
  maxEllipsisShare: true,
  minAlphabeticShare: true,
  minReadableShare: true,
  minStopWords: true,
  stopWords: true,
};

const STOP_WORDS = ["the", "be", "to", "of", "and", "that", "have", "with"];
const BULLET = /^\s*[•‣◦⁃∙·*+-]\s/;
const ELLIPSIS = /(?:\.\.\.|…)$/;
const LETTER = /\p{L}/u;
const READABLE = /[\p{L}\p{N}]|^(?:[-+*/=<>%&:|.~^−×÷–—•]|[-=]>|[=!<>+*/-]=|&&|\|\||[-|:]+)$/u;
const OUTER_PUNCTUATION = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu;

/**
 * Drops what does not look like prose.
 * @throws {ArgumentError} if a threshold is not a number, or negative.
 */
export function qualityFilter(options: QualityOptions = {}): DocumentFilter {
  assertOptions("qualityFilter", options, NAMES);
  const { stopWords = STOP_WORDS, ...thresholds } = options;
  assertThresholds("qualityFilter", thresholds);
  if (!isList(stopWords) || Array.from(stopWords).some((word) => typeof word !== "string")) {
    throw refusals("qualityFilter").argument("stopWords", "a list of words", brief(stopWords));
  }
  const stops = new Set(stopWords);
  return {
    name: "quality",
    check: (text) => firstBroken("quality", broken(text, stops, options)),
  };
}

function* broken(text: string, stops: ReadonlySet<string>, of: QualityOptions): Generator<Broken> {
  const chunks = text.split(/\s+/).filter((chunk) => chunk !== "");
  const bare = chunks.map((chunk) => chunk.replace(OUTER_PUNCTUATION, ""));
  const words = bare.filter((word) => word !== "");
  yield atLeast("words", words.length, of.minWords ?? 50);
  yield atMost("words", words.length, of.maxWords ?? 100_000);

  const meanLength = ratio(
    words.reduce((sum, word) => sum + word.length, 0),
    words.length,
  );
  yield atLeast("mean word length", meanLength, of.minMeanWordLength ?? 3);
  yield atMost("mean word length", meanLength, of.maxMeanWordLength ?? 10);

  const alphabetic = ratio(chunks.filter((chunk) => LETTER.test(chunk)).length, chunks.length);
  yield atLeast("alphabetic words", alphabetic, of.minAlphabeticShare ?? 0.8);

  const readable = ratio(chunks.filter((chunk) => READABLE.test(chunk)).length, chunks.length);
  yield atLeast("readable words", readable, of.minReadableShare ?? 0);

  const { maxSymbolRatio = 0.1 } = of;
  yield atMost("hashes to words", ratio(count(text, /#/g), chunks.length), maxSymbolRatio);
  yield atMost("ellipses to words", ratio(count(text, /\.\.\.|…/g), chunks.length), maxSymbolRatio);

  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const share = (pattern: RegExp) =>
    ratio(lines.filter((line) => pattern.test(line.trimEnd())).length, lines.length);
  yield atMost("lines with a bullet", share(BULLET), of.maxBulletShare ?? 0.9);
  yield atMost("lines that end with an ellipsis", share(ELLIPSIS), of.maxEllipsisShare ?? 0.3);

  const found = new Set(words.map((word) => word.toLowerCase()).filter((word) => stops.has(word)));
  yield atLeast("stop words", found.size, of.minStopWords ?? 2);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** 0 where there is nothing to share. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

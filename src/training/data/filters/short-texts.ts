/**
 * Thresholds for texts of some sentences, of which Gopher's would drop most: those are for web pages.
 * @module
 */
import type { QualityOptions } from "./quality.ts";
import type { RepetitionOptions } from "./repetition.ts";

/** Options of both filters, for stories and answers of one to ten sentences. */
export const SHORT_TEXTS: {
  /**
   * Ten words are enough, of which most may be numbers, signs of arithmetic and cells of tables, but not any other signs; and one stop
   * word will do. Words may be short: sums are.
   */
  readonly quality: QualityOptions;
  /** Two sentences made alike are much of a text of four, so that half of it may be the same as what came before. */
  readonly repetition: RepetitionOptions;
} = {
  quality: {
    minWords: 10,
    minMeanWordLength: 1,
    minAlphabeticShare: 0.1,
    minReadableShare: 0.6,
    minStopWords: 1,
  },
  repetition: { maxTop: { 2: 0.4, 3: 0.4, 4: 0.4 }, maxRepeated: { 5: 0.5, 10: 0.4 } },
};

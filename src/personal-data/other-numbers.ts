/**
 * Words in front of a number that say that it belongs to nobody: "part 555-1234", "Chapter 3 The Long Road", "case 123-45-6789".
 * @module
 */

const THINGS =
  "part|order|item|sku|model|serial|ref|reference|invoice|ticket|case|batch|lot|product|catalog|catalogue|cas|version|release|room|suite|gate|flight|pages?|pp?|chapters?|sections?|figures?|fig|tables?|volumes?|vol|issue|episodes?|seasons?|scenes?|lines?|verses?|scores?|levels?|tracks?|top|isbn|issn|build|docket|patent|form";

/** One of them, at the end of what stands before the number: "Part no. ", "item #". */
export const OTHER_NUMBER: RegExp = new RegExp(
  `(?<!\\p{L})(?:${THINGS})(?:[ .]{0,2}(?:no\\.?|nr\\.?|number|num|id))?[\\s:=#.]{0,3}$`,
  "iu",
);

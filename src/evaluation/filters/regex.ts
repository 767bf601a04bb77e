/**
 * Answers found by a pattern.
 * @module
 */
import { type PythonRegex, pythonRegex } from "../../python/regex/regex.ts";
import { strip } from "../../python/text.ts";
import type { FilterStep, RegexOptions } from "./filter.ts";

/** The pattern of GSM8K, which the harness takes if there is no other. */
export const NUMBER_PATTERN: string = String.raw`#### (\-?[0-9\.\,]+)`;

const FALLBACK = "[invalid]";

/** The filter `regex`. An answer that is not a text is taken for an empty one. */
export function regexFilter({
  pattern,
  select = 0,
  fallback = FALLBACK,
}: RegexOptions): FilterStep {
  const regex = pythonRegex(pattern ?? NUMBER_PATTERN);
  return (answers) =>
    answers.map((answer) => selected(regex, answer, select, fallback) ?? fallback);
}

/**
 * What a pattern finds in an answer, without white space at its ends; undefined where it finds nothing, or fewer matches
 * than `select` wants (the harness ends there with an error).
 * @param allEmpty what is given for a match of several groups that are all empty.
 */
export function selected(
  regex: PythonRegex,
  answer: unknown,
  select: number,
  allEmpty: string,
): string | undefined {
  const match = regex.findall(typeof answer === "string" ? answer : "").at(select);
  if (match === undefined) return undefined;
  return strip(typeof match === "string" ? match : (match.find(Boolean) ?? allEmpty));
}

/** The filter `regexPos`: tags of parts of speech, as a list; ["invalid"] without any. */
export const regexPosFilter: FilterStep = (answers) => {
  const tagged = pythonRegex(String.raw`\('([^']*)', '([^']*)'\)`);
  return answers.map((answer) => {
    const tags = tagged.findall(String(answer)).map(([, tag]) => tag);
    return tags.length > 0 ? tags : ["invalid"];
  });
};

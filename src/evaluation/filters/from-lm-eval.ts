/**
 * Filters as the harness's YAML writes them: `{function: regex, regex_pattern: ..., group_select: -1}`.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { FilterSpec } from "./filter.ts";

/** The harness's names, and ours. */
export const FILTERS: Readonly<Record<string, FilterSpec["filter"]>> = {
  regex: "regex",
  multi_choice_regex: "multiChoiceRegex",
  map: "map",
  take_first: "takeFirst",
  take_first_k: "takeFirstK",
  majority_vote: "majorityVote",
  remove_whitespace: "removeWhitespace",
  lowercase: "lowercase",
  uppercase: "uppercase",
  format_span: "formatSpan",
};

/** The same of their options. */
export const OPTIONS: Readonly<Record<string, string>> = {
  regex_pattern: "pattern",
  group_select: "select",
  fallback: "fallback",
  ignore_case: "ignoreCase",
  ignore_punctuation: "ignorePunctuation",
  regexes_to_ignore: "regexesToIgnore",
  mapping_dict: "values",
  default_value: "default",
  k: "count",
};

/**
 * A filter of `filter_list`.
 * @throws {UnsupportedError} naming a function that is written in Python (`custom`, `!function`).
 * @throws {ArgumentError} for an option that is not the harness's.
 */
export function filterFromLmEval(entry: Readonly<Record<string, unknown>>): FilterSpec {
  const refuse = refusals("filterFromLmEval");
  const { function: name, ...options } = entry;
  if (typeof name !== "string") throw refuse.argument("function", "a name", brief(name));
  if (!Object.hasOwn(FILTERS, name)) {
    const known = Object.keys(FILTERS).join(", ");
    const hint = "write it in TypeScript, as the score function of a task";
    throw refuse.unsupported("function", `one of ${known}`, brief(name), hint);
  }
  const ours: Record<string, unknown> = { filter: FILTERS[name] };
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, option)) {
      throw refuse.argument(option, `an option of ${name}`, brief(value));
    }
    // null is Python's None: as if it were not there.
    if (value !== null) ours[OPTIONS[option]] = value;
  }
  return ours as unknown as FilterSpec;
}

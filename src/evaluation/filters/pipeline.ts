/**
 * Filters by their names, one after the other.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, assertOneOf } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Answer, FilterDocument, FilterSpec, FilterStep } from "./filter.ts";
import { multiChoiceRegexFilter } from "./multi-choice.ts";
import { regexFilter, regexPosFilter } from "./regex.ts";
import {
  formatSpanFilter,
  lowercaseFilter,
  removeWhitespaceFilter,
  uppercaseFilter,
} from "./rewrite.ts";
import { majorityVoteFilter, mapFilter, takeFirstFilter, takeFirstKFilter } from "./select.ts";

type Name = FilterSpec["filter"];
type SpecOf<N extends Name> = Extract<FilterSpec, { readonly filter: N }>;

/** What a filter is made by, and the options it takes. */
interface Entry<S> {
  readonly make: (spec: S) => FilterStep;
  readonly options: OptionNames<Omit<S, "filter">>;
}

const REGEX = { pattern: true, select: true, fallback: true } as const;
const IGNORE = {
  regexesToIgnore: true,
  ignoreCase: "boolean",
  ignorePunctuation: "boolean",
} as const;
const plain = (step: FilterStep) => ({ make: () => step, options: {} });

/** All filters. */
const FILTERS: { readonly [N in Name]: Entry<SpecOf<N>> } = {
  regex: { make: regexFilter, options: REGEX },
  multiChoiceRegex: { make: multiChoiceRegexFilter, options: { ...REGEX, ...IGNORE } },
  map: { make: mapFilter, options: { values: true, default: true } },
  takeFirstK: { make: takeFirstKFilter, options: { count: true } },
  takeFirst: plain(takeFirstFilter),
  majorityVote: plain(majorityVoteFilter),
  removeWhitespace: plain(removeWhitespaceFilter),
  lowercase: plain(lowercaseFilter),
  uppercase: plain(uppercaseFilter),
  formatSpan: plain(formatSpanFilter),
  regexPos: plain(regexPosFilter),
};

/**
 * A pipeline: the answers to one document → what is scored.
 *
 *     const score = filterPipeline([{ filter: "regex", pattern: "#### ([0-9]+)" }, { filter: "takeFirst" }]);
 *     score(["so it is #### 42"], {}); // "42"
 *
 * @throws {ArgumentError} for a filter or an option that is not known, and a pattern that Python would refuse.
 * @throws {UnsupportedError} for a pattern that JavaScript cannot say.
 */
export function filterPipeline(
  specs: readonly FilterSpec[],
): (answers: readonly string[], document: FilterDocument) => Answer {
  const op = "filterPipeline";
  if (!Array.isArray(specs)) throw refusals(op).argument("filters", "a list", brief(specs));
  const steps = specs.map(stepOf);
  return (answers, document) => {
    let handed: Answer = answers;
    for (const [i, step] of steps.entries()) {
      if (!Array.isArray(handed)) {
        const hint = "takeFirst is the last of a pipeline";
        throw refusals(op).argument(
          `filters[${i}]`,
          "a list of answers before it",
          brief(handed),
          hint,
        );
      }
      handed = step(handed, document);
    }
    return handed;
  };
}

function stepOf(spec: FilterSpec): FilterStep {
  const op = "filterPipeline";
  const { filter, ...options } = spec;
  const names = Object.keys(FILTERS);
  if (typeof filter !== "string") {
    throw refusals(op).argument(
      "filter",
      `the name of a filter (${names.join(", ")})`,
      brief(filter),
    );
  }
  assertOneOf(op, "filter", filter, names);
  // The compiler does not see that the spec and its entry belong together.
  const { make, options: known } = FILTERS[filter] as unknown as Entry<FilterSpec>;
  assertOptions(op, options as object, known as OptionNames<object>);
  const { select, count } = options as { select?: number; count?: number };
  const { MIN_SAFE_INTEGER: from } = Number;
  if (select !== undefined) assertInteger(op, "select", select, { from, as: "an integer" });
  if (filter === "takeFirstK") assertInteger(op, "count", count as number, { from: 1 });
  return make(spec);
}

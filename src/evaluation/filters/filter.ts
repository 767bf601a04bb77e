/**
 * Filters: from the answers of a model to what is scored. A filter is data, a name with its options; several make a
 * pipeline. Results equal those of EleutherAI's lm-evaluation-harness (`lm_eval/filters`).
 * @module
 */

/** An example of a benchmark, as it stands in its file. */
export type FilterDocument = Readonly<Record<string, unknown>>;

/** What filters hand on: texts at first; with {@link MapFilter}, whatever its values are. */
export type Answer = unknown;

/** Options of filters that look for a pattern. */
export interface RegexOptions {
  /** A pattern of Python's `re`. Default: `#### (\-?[0-9\.\,]+)`, a number as in GSM8K. */
  readonly pattern?: string;
  /** Which of the matches is taken; -1 is the last. Default: 0. */
  readonly select?: number;
  /** What an answer without a match becomes. Default: "[invalid]". */
  readonly fallback?: string;
}

/** Options of filters that clean a text before they look for it. */
export interface IgnoreOptions {
  /** Patterns of Python's `re`: their matches are left out first. */
  readonly regexesToIgnore?: readonly string[];
  /** Both are looked at in lower case. Default false. */
  readonly ignoreCase?: boolean;
  /** Without the 32 characters of punctuation in ASCII. Default false. */
  readonly ignorePunctuation?: boolean;
}

/** The match of a pattern: its first group that is not empty, or all of it where there are no groups. */
export interface RegexFilter extends RegexOptions {
  /** Its name. */
  readonly filter: "regex";
}

/**
 * The letter of a choice as "(B)": a match of the pattern; else a choice that the answer repeats; else a letter behind a
 * colon. The document has its choices in `choices`.
 */
export interface MultiChoiceRegexFilter extends RegexOptions, IgnoreOptions {
  /** Its name. */
  readonly filter: "multiChoiceRegex";
}

/** Whatever a table has for an answer, and a default for all others. */
export interface MapFilter {
  /** Its name. */
  readonly filter: "map";
  /** By answers. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Default: null. */
  readonly default?: unknown;
}

/** The first `count` answers. */
export interface TakeFirstKFilter {
  /** Its name. */
  readonly filter: "takeFirstK";
  /** How many; fewer are an error. */
  readonly count: number;
}

/**
 * Filters without options. `takeFirst` gives one answer instead of a list, and so ends a pipeline; `majorityVote` the most
 * frequent answer, the first of equals; `formatSpan` names and their kinds in one notation (named entities); `regexPos` the tags in
 * "('token', 'TAG')" as a list.
 */
export interface PlainFilter {
  /** Its name. */
  readonly filter:
    | "takeFirst"
    | "majorityVote"
    | "removeWhitespace"
    | "lowercase"
    | "uppercase"
    | "formatSpan"
    | "regexPos";
}

/** A step of a pipeline, as data. */
export type FilterSpec =
  | RegexFilter
  | MultiChoiceRegexFilter
  | MapFilter
  | TakeFirstKFilter
  | PlainFilter;

/** A step, ready to run: the answers to one document → the answers handed on; with `takeFirst`, one answer. */
export type FilterStep = (answers: readonly Answer[], document: FilterDocument) => Answer;

/**
 * Whether a text is the right one, letter by letter after some cleaning: `exact_match` of EleutherAI's
 * lm-evaluation-harness (`lm_eval/api/metrics.py`, ported there from Hugging Face's evaluate).
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { pythonRegex } from "../../python/regex/regex.ts";
import { DIGITS, length, lower, PUNCTUATION, rstrip, slice, without } from "../../python/text.ts";

/** What does not count; done in this order. */
export interface ExactMatchOptions {
  /** Patterns of Python's `re`: their matches are left out, one pattern after the other. */
  readonly regexesToIgnore?: readonly string[];
  /** Both are compared in lower case. Default false. */
  readonly ignoreCase?: boolean;
  /** The 32 characters of punctuation in ASCII: “ and ” count. */
  readonly ignorePunctuation?: boolean;
  /** The digits 0 to 9. */
  readonly ignoreNumbers?: boolean;
}

const NAMES: OptionNames<ExactMatchOptions> = {
  regexesToIgnore: true,
  ignoreCase: "boolean",
  ignorePunctuation: "boolean",
  ignoreNumbers: "boolean",
};

/** Cleans all predictions, or all references, of one document. */
export type Cleaning = (texts: readonly string[]) => readonly string[];

/**
 * Makes the comparison that the options ask for: 1 if the prediction is one of the references, else 0.
 *
 *     exactMatch({ ignoreCase: true, ignorePunctuation: true })("Paris.", ["paris", "Lutetia"]); // 1
 *
 * @throws {ArgumentError} for an unknown option, and a pattern that Python would refuse.
 */
export function exactMatch(
  options: ExactMatchOptions = {},
): (prediction: string, references: readonly string[]) => 0 | 1 {
  assertOptions("exactMatch", options, NAMES);
  const clean = cleaning(options);
  return (prediction, references) => {
    const [said] = clean([prediction]);
    return clean(references).includes(said) ? 1 : 0;
  };
}

function cleaning(options: ExactMatchOptions): Cleaning {
  const ignored = (options.regexesToIgnore ?? []).map((pattern) => pythonRegex(pattern));
  return (texts) => {
    let left = texts.map((text) => ignored.reduce((rest, regex) => regex.sub("", rest), text));
    if (options.ignoreCase) left = lowered(left);
    if (options.ignorePunctuation) left = left.map((text) => without(text, PUNCTUATION));
    if (options.ignoreNumbers) left = left.map((text) => without(text, DIGITS));
    // NumPy, which the harness compares with, ends a text before the zeros at its end.
    return left.map((text) => rstrip(text, "\0"));
  };
}

/** In lower case, as NumPy does it: cut to the longest text as it was before. Only İ becomes longer. */
function lowered(texts: readonly string[]): string[] {
  const longest = Math.max(0, ...texts.map(length));
  return texts.map((text) => slice(lower(text), 0, longest));
}

/**
 * The letter of a choice, whether the model has said the letter or the choice.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { escapePattern, pythonRegex } from "../../python/regex/regex.ts";
import { lower, strip, withoutPunctuation } from "../../python/text.ts";
import type { FilterDocument, FilterStep, IgnoreOptions, RegexOptions } from "./filter.ts";
import { NUMBER_PATTERN, selected } from "./regex.ts";

/** The filter `multiChoiceRegex`. */
export function multiChoiceRegexFilter(options: RegexOptions & IgnoreOptions): FilterStep {
  const { pattern = NUMBER_PATTERN, select = 0, fallback = "[invalid]" } = options;
  const regex = pythonRegex(pattern);
  const clean = cleaner(options);
  return (answers, document) => {
    const choices = choicesOf(document).map((choice) => clean(strip(choice)));
    const letters = choices.map((_, i) => String.fromCodePoint(65 + i));
    const said = pythonRegex(choices.map(escapePattern).join("|"));
    const lettered = pythonRegex(String.raw`:[\s]*(${letters.join("|")})`);
    // Of equal choices the last.
    const letterOf = new Map(choices.map((choice, i) => [choice, `(${letters[i]})`]));
    return answers.map((answer) => {
      const text = typeof answer === "string" ? answer : "";
      const direct = selected(regex, text, select, "");
      if (direct) return direct;
      const choice = selected(said, clean(text), select, "");
      if (choice) return letterOf.get(choice) ?? choice;
      const letter = selected(lettered, text, select, "");
      return letter ? `(${letter})` : fallback;
    });
  };
}

/** What the options of a filter leave of a text. */
export function cleaner(options: IgnoreOptions): (text: string) => string {
  const ignored = (options.regexesToIgnore ?? []).map((pattern) => pythonRegex(pattern));
  return (text) => {
    let left = ignored.reduce((rest, regex) => regex.sub("", rest), text);
    if (options.ignoreCase) left = lower(left);
    return options.ignorePunctuation ? withoutPunctuation(left) : left;
  };
}

function choicesOf({ choices }: FilterDocument): readonly string[] {
  const isTexts = Array.isArray(choices) && choices.every((one) => typeof one === "string");
  if (isTexts) return choices;
  throw refusals("multiChoiceRegex").argument(
    "document.choices",
    "a list of texts",
    brief(choices),
  );
}

/**
 * Filters that rewrite each answer.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { pythonRegex } from "../../python/regex/regex.ts";
import { lower, rstrip, strip, upper } from "../../python/text.ts";
import type { FilterStep } from "./filter.ts";

/** A filter that does the same to each answer, which has to be a text. */
function each(name: string, rewrite: (text: string) => string): FilterStep {
  return (answers) =>
    answers.map((answer) => {
      if (typeof answer === "string") return rewrite(answer);
      throw refusals(name).argument("answer", "a text", brief(answer));
    });
}

/** The filter `removeWhitespace`: without white space at both ends. */
export const removeWhitespaceFilter: FilterStep = each("removeWhitespace", (text) => strip(text));
/** The filter `lowercase`. */
export const lowercaseFilter: FilterStep = each("lowercase", lower);
/** The filter `uppercase`. */
export const uppercaseFilter: FilterStep = each("uppercase", upper);

/** What models write before a colon, and the four kinds of named entities. */
const KINDS: Readonly<Record<string, string>> = {
  person: "PER",
  location: "LOC",
  organization: "ORG",
  counties: "LOC",
  places: "LOC",
  people: "PER",
  persons: "PER",
  company: "ORG",
  country: "LOC",
  continent: "LOC",
  time: "DATE",
  date: "DATE",
  per: "PER",
  loc: "LOC",
  org: "ORG",
};

const LABELS = Object.entries(KINDS).map(
  ([label, kind]) => [pythonRegex(String.raw`\b${label}\s*:`), kind] as const,
);
const ENTITIES = pythonRegex(String.raw`\b(PER|LOC|ORG|DATE):\s*([^$]+)`);

/** The filter `formatSpan`: "Person: Ann, Bo$$LOC: Rome" → "per: ann $ per: bo $ loc: rome". */
export const formatSpanFilter: FilterStep = each("formatSpan", (text) => {
  let left = lower(text);
  for (const [label, kind] of LABELS) left = label.sub(`${kind}:`, left);
  left = rstrip(left.split("$$").join("$"), "$");
  const found = ENTITIES.findall(strip(left.replaceAll("\n", "$"))) as string[][];
  return found
    .flatMap(([kind, values]) => values.split(",").map((value) => [lower(kind), strip(value)]))
    .filter(([, value]) => lower(value) !== "none")
    .map(([kind, value]) => `${kind}: ${value}`)
    .join(" $ ");
});

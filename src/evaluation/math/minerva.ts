/**
 * The final answer of a solution, found and normalised as for Minerva: Lewkowycz et al. 2022, arXiv:2206.14858, appendix D.
 * The lists are the paper's. They do what they say, no more: "and" within a word goes, too.
 * @module
 */
import { pythonRegex } from "../../python/regex/regex.ts";
import { strip } from "../../python/text.ts";

/** How a solution ends, as the four examples in the prompt do. */
const ENDING = "I hope it is correct.";
const FINAL = pythonRegex(`Final Answer: The final answer is(.*?). ${ENDING}`);

/** What a solution without a final answer has for one. */
export const NO_FINAL_ANSWER = "[invalidanswer]";

const SUBSTITUTIONS: readonly (readonly [from: string, to: string])[] = [
  ["an ", ""],
  ["a ", ""],
  [".$", "$"],
  ["\\$", ""],
  ["\\ ", ""],
  [" ", ""],
  ["mbox", "text"],
  [",\\text{and}", ","],
  ["\\text{and}", ","],
  ["\\text{m}", "\\text{}"],
];

const WORDS =
  "square ways integers dollars mph inches ft hours km units \\ldots sue points feet minutes digits cents degrees cm gm pounds meters meals edges students childrentickets multiples".split(
    " ",
  );
const MARKUP = [
  ...["\\text{s}", "\\text{.}", "\\text{\ns}", "\\text{}^2", "\\text{}^3", "\\text{\n}"],
  ...["\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", '"', "\\dots"],
];

/** Patterns, and what stays of their matches. */
const UNWRAPPED = [
  [String.raw`(.*?)(\$)(.*?)(\$)(.*)`, String.raw`$\3$`],
  [String.raw`(\\text\{)(.*?)(\})`, String.raw`\2`],
  [String.raw`(\\textbf\{)(.*?)(\})`, String.raw`\2`],
  [String.raw`(\\overline\{)(.*?)(\})`, String.raw`\2`],
  [String.raw`(\\boxed\{)(.*)(\})`, String.raw`\2`],
  ["(frac)([^{])(.)", String.raw`frac{\2}{\3}`],
  ["(sqrt)([^{])", String.raw`sqrt{\2}`],
].map(([pattern, kept]) => [pythonRegex(pattern), kept] as const);

/** The answer in "Final Answer: The final answer is ... I hope it is correct." */
export function minervaFinalAnswer(solution: string): string {
  const match = FINAL.search(solution + ENDING);
  return match ? strip(match.groups[1] ?? "") : NO_FINAL_ANSWER;
}

/** An answer without units, spaces, dollars and markup, fractions and roots with braces. */
export function minervaNormalized(answer: string): string {
  let text = answer.split("=").pop() ?? "";
  for (const [from, to] of SUBSTITUTIONS) text = text.replaceAll(from, to);
  for (const removed of [...WORDS, ...MARKUP]) text = text.replaceAll(removed, "");
  for (const [regex, kept] of UNWRAPPED) text = regex.sub(kept, text);
  text = text.replaceAll("$", "");
  const digits = text.replaceAll(",", "");
  return /^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u.test(digits) ? digits : text;
}

/**
 * HellaSwag's texts (Zellers et al. 2019, arXiv:1905.07830) cleaned, as the harness does it before it builds a prompt: those
 * from WikiHow have marks in brackets.
 * @module
 */
import { pythonRegex } from "../../python/regex/regex.ts";
import { strip } from "../../python/text.ts";

const BRACKETS = pythonRegex(String.raw`\[.*?\]`);

/** A title ends a sentence, other brackets go with what is in them, of two spaces one stays. */
export function hellaswagText(text: string): string {
  return BRACKETS.sub("", strip(text).replaceAll(" [title]", ". ")).replaceAll("  ", " ");
}

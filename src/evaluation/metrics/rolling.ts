/**
 * What perplexities of whole texts are divided by, counted on the text as it stands in the document.
 * @module
 */
import { pythonRegex } from "../../python/regex/regex.ts";

const SPACES = pythonRegex(String.raw`\s+`);

/** len(re.split(r"\s+", text)): an empty text at an end counts as a word, as in the harness. */
export function countWords(text: string): number {
  return SPACES.split(text).length;
}

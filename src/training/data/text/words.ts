/**
 * Words, as n-grams and shingles have them: two texts that differ in case, punctuation or width have the same. Of
 * EleutherAI's `janitor.py`, and thus of GPT-3's decontamination (arXiv:2005.14165, appendix C): lower case, the 32
 * characters of punctuation in ASCII taken out, cut at whitespace.
 *
 * Beyond that: NFKC first (wide and narrow forms, ligatures); other punctuation than ASCII's, and two hyphens in a row,
 * separate words; and a character of a script that writes no spaces is a word of its own.
 * @module
 */

const DELETED = /[!-/:-@[-`{-~‘’]/g;
const SEPARATING = /[\p{P}\p{Z}]/gu;
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu;
const SPACES = /\s+/;

/** `It's well-known.` → `its`, `wellknown`. */
export function words(text: string): string[] {
  const plain = text.normalize("NFKC").toLowerCase().replace(DELETED, deletedOrSpace);
  const spaced = plain.replace(SEPARATING, " ").replace(WITHOUT_SPACES, " $& ");
  return spaced.split(SPACES).filter((word) => word !== "");
}

/** A hyphen beside another is a dash, and separates. */
function deletedOrSpace(character: string, at: number, text: string): string {
  const isDash = character === "-" && (text[at - 1] === "-" || text[at + 1] === "-");
  return isDash ? " " : "";
}

/** Runs of `n` words, each joined by spaces, in the order of the text. A shorter text has none. */
export function* ngrams(of: readonly string[], n: number): Generator<string> {
  for (let i = 0; i + n <= of.length; i++) yield of.slice(i, i + n).join(" ");
}

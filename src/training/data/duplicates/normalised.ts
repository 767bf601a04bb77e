/**
 * When two texts are called equal.
 * @module
 */

/** What they have in common: NFKC, lower case, runs of whitespace one space. */
export function normalised(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

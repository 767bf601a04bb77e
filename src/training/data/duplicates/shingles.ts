/**
 * A text as the set of its runs of words (Broder 1997), and how alike two sets are.
 * @module
 */
import { hash53 } from "../text/hash.ts";
import { signedWords } from "../text/signed-words.ts";
import { ngrams } from "../text/words.ts";
import { normalised } from "./normalised.ts";

/** The hashes of a text's shingles, each once, ascending. */
export type Shingles = Float64Array;

/** The shingles of `size` words of a text, signs among them; of a shorter text, all of it as one. */
export function shinglesOf(text: string, size: number): Shingles {
  const of = signedWords(text);
  const runs = of.length < size ? [normalised(text)] : ngrams(of, size);
  return Float64Array.from(new Set(Array.from(runs, hash53))).sort();
}

/** |a ∩ b| / |a ∪ b| (Jaccard): 1 for equal sets, 0 for sets that share nothing. */
export function jaccard(a: Shingles, b: Shingles): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) shared++;
    const [x, y] = [a[i], b[j]];
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return shared / (a.length + b.length - shared);
}
